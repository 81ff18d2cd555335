/**
 * The programs in the documentation: those of the README and those of doc comments, made into modules that a compiler reads.
 *
 * A program may use what others before it in the text have imported, and a few names of `assumed.ts`: imports are added for
 * what it does not declare itself.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as assumed from "./assumed.ts"

const root = Path.join(import.meta.dirname, "../..")

/** A program, and where it stands. */
export interface Program {
  readonly name: string
  readonly text: string
}

const fence = /^( *\* ?|)```ts\n([^]*?)^\1```$/gm

const withoutMargin = (text: string, margin: string): string => margin === "" ? text : text.replaceAll(/^ *\* ?/gm, "")

/** The programs in a file. */
const programsIn = (file: string): ReadonlyArray<Program> => {
  const text = Fs.readFileSync(Path.join(root, file), "utf8")
  return [...text.matchAll(fence)].map(([, margin = "", body = ""], i) => ({
    name: `${file}-${i + 1}`.replaceAll(/[^\w-]+/g, "_"),
    text: withoutMargin(body, margin)
  }))
}

/** All of them. */
export const all = (): ReadonlyArray<Program> =>
  ["README.md", ...Fs.globSync("src/**/*.ts", { cwd: root })].flatMap(programsIn)

const libraries: Readonly<Record<string, ReadonlyArray<string>>> = {
  "brinjal": ["Calendar", "Lint", "Recurrence", "RecurringTask", "Simulation", "Task", "TaskManager", "TaskStore"],
  "brinjal/dashboard": ["Dashboard"],
  "brinjal/http": ["TaskApiClient", "TaskApiServer"],
  "brinjal/testing": ["TaskManagerTest", "TaskStoreTest", "Testing"],
  "effect": ["Console", "DateTime", "Effect", "Layer", "Schedule", "Schema", "Stream"],
  "@effect/vitest": ["assert", "it"],
  "../assumed.ts": ["after", "configs", "manager", "order", "sourcePath", "sql", "token", ...Object.keys(assumed)]
}

const declares = (text: string, name: string): boolean =>
  new RegExp(String.raw`(import \{[^}]*\b${name}\b[^}]*\}|\b(class|const) ${name}\b)`).test(text)

const uses = (text: string, name: string): boolean => new RegExp(String.raw`(?<![\w."/])${name}\b(?!:)`).test(text)

const importsFor = (text: string): string =>
  Object.entries(libraries).map(([library, names]) => {
    const missing = names.filter((name) => uses(text, name) && !declares(text, name))
    return missing.length === 0 ? "" : `import { ${missing.join(", ")} } from "${library}"\n`
  }).join("")

/** Steps of a program stand in one, as they do where they are read. */
const inProgram = (text: string): string =>
  /^yield\*/m.test(text) ? `export const program = Effect.gen(function*() {\n${text}})\n` : text

/** A module of its own. */
export const moduleOf = ({ text }: Program): string => {
  const body = inProgram(text)
  return `${importsFor(body)}${body}export {}\n`
}
