/** Tasks in one object, as `import` shows a module of CommonJS. Their pools have no size, so that they do not start. */
import * as pooled from "./pooled.ts"

export default { ...pooled }
