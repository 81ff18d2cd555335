/**
 * The command as a program for Node: its services, its version, and its exit code.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import * as Stdio from "effect/Stdio"
import { version } from "../http/internal/v1/version.ts"
import { layer, run } from "./command.ts"
import * as Ending from "./internal/Ending.ts"

const signals: ReadonlyArray<Ending.Signal> = ["SIGHUP", "SIGINT", "SIGTERM"]

/** A terminal that is closed stops a command as gracefully as being told to. */
const heedHangUp = () => process.on("SIGHUP", () => process.emit("SIGTERM", "SIGTERM"))

/** Remembers what tells a command to stop, until it has ended. */
const heedSignals = (ending: Ending.State): () => void => {
  const heed = (signal: NodeJS.Signals) => void (ending.signal ??= signals.find((known) => known === signal))
  for (const signal of signals) process.on(signal, heed)
  return () => {
    for (const signal of signals) process.off(signal, heed)
  }
}

/** Being interrupted is not an error to report, but the exit code tells whether something was cut off. */
const teardown = (ending: Ending.State, forget: () => void): Runtime.Teardown => (exit, onExit) => {
  forget()
  if (Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)) onExit(Ending.exitCode(ending))
  else Runtime.defaultTeardown(exit, onExit)
}

/** Runs the command line, and ends the process. */
export const main = (): void => {
  const ending = Ending.make()
  const forget = heedSignals(ending)
  heedHangUp()
  Stdio.Stdio.use(({ args }) => args).pipe(
    Effect.flatMap(run({ version })),
    Effect.provide(Layer.provideMerge(layer, NodeServices.layer)),
    Effect.provideService(Ending.Ending, ending),
    NodeRuntime.runMain({ teardown: teardown(ending, forget) })
  )
}
