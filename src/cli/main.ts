#!/usr/bin/env node
/**
 * The executable `brinjal`. It loads the rest itself, to say what to do when `@effect/platform-node` is not there, and with
 * Node's cache of compiled code, since most of a short command is loading.
 */
import { enableCompileCache } from "node:module"

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND" &&
  error.message.includes("@effect/platform-node")

const advice = "The command brinjal needs the package @effect/platform-node, which is not installed.\n" +
  "Add it beside brinjal: npm install @effect/platform-node\n"

// a reader such as `head` that has seen enough is no failure
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
