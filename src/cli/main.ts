#!/usr/bin/env node
/**
 * The executable `brinjal`. It imports the rest dynamically, to say what to do if Node is too old or
 * `@effect/platform-node` is missing, and with Node's compile cache, since a short command spends most of its time
 * loading. What is in this file has to be understood by versions of Node that are too old.
 */
import * as nodeModule from "node:module"

/** The same as in `engines` of package.json. */
const required = [22, 19] as const

const isTooOld = (version: string): boolean => {
  const parts = version.split(".")
  const major = Number(parts[0])
  return major < required[0] || (major === required[0] && Number(parts[1]) < required[1])
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND" &&
  error.message.includes("@effect/platform-node")

const advice = "The command brinjal needs the package @effect/platform-node, which is not installed.\n" +
  "Add it beside brinjal: npm install @effect/platform-node\n"

const refuse = (reason: string): void => {
  process.stderr.write(reason)
  process.exitCode = 1
}

const start = async (): Promise<void> => {
  nodeModule.enableCompileCache()
  try {
    const { main } = await import("./program.ts")
    main()
  } catch (error) {
    if (!isMissing(error)) throw error
    refuse(advice)
  }
}

// a reader such as `head` that closes the pipe is not a failure
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error
  process.exit(0)
})

if (isTooOld(process.versions.node)) {
  refuse(
    `The command brinjal requires Node ${required.join(".")} or later, and this is Node ${process.versions.node} ` +
      `(${process.execPath}).\n`
  )
} else void start()
