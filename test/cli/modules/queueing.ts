/** A module without handlers, for a server whose tasks another process runs. */
import { Greet } from "../tasks.ts"

export const Queueing = Greet.handledElsewhere
