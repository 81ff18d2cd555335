/**
 * The command as a program for Node: its services, its version, and its exit code.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import { Command } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import { version } from "../http/internal/v1/version.ts"
import { command, layer } from "./command.ts"

/** Interruption is how a command is stopped, and not a failure. */
const teardown: Runtime.Teardown = (exit, onExit) =>
  Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) ? onExit(0) : Runtime.defaultTeardown(exit, onExit)

/** A terminal that is closed stops a command as gracefully as being told to. */
const heedHangUp = () => process.on("SIGHUP", () => process.emit("SIGTERM", "SIGTERM"))

/** Runs the command line, and ends the process. */
export const main = (): void => {
  heedHangUp()
  command.pipe(
    Command.run({ version }),
    Effect.provide(Layer.provideMerge(layer, NodeServices.layer)),
    NodeRuntime.runMain({ teardown })
  )
}
