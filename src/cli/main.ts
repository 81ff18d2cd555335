#!/usr/bin/env node
/**
 * The executable `brinjal`. It imports the rest dynamically, to say what to do if `@effect/platform-node` is missing, and
 * with Node's compile cache, since a short command spends most of its time loading.
 */
import { enableCompileCache } from "node:module"

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND" &&
  error.message.includes("@effect/platform-node")

const advice = "The command brinjal needs the package @effect/platform-node, which is not installed.\n" +
  "Add it beside brinjal: npm install @effect/platform-node\n"

// a reader such as `head` that closes the pipe is not a failure
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error
  process.exit(0)
})

enableCompileCache()
try {
  const { main } = await import("./program.ts")
  main()
} catch (error) {
  if (!isMissing(error)) throw error
  process.stderr.write(advice)
  process.exitCode = 1
}
