/**
 * The exit code of a command that is told to stop. A command that is cut off before its answer is known ends as a shell
 * reports a process that a signal has killed (128 and the number of the signal), so that `brinjal run Backup && ...`
 * does not go on. One that runs until it is told to stop, as `serve` and `watch` do, has then done what it was asked to.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** What stops a command. */
export type Signal = "SIGHUP" | "SIGINT" | "SIGTERM"

/** The exit code of a command that each has cut off. */
export const codes: Readonly<Record<Signal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

/** How the process is to end. */
export interface State {
  /** What has told it to stop first. */
  signal: Signal | undefined
  /** Whether its command runs until it is told to stop. */
  isEndless: boolean
}

/** Makes the state of a process that has just started. */
export const make = (): State => ({ signal: undefined, isEndless: false })

/** How this process is to end. */
export const Ending = Context.Reference<State>("brinjal/cli/internal/Ending", { defaultValue: make })

/** Marks a command that runs until it is told to stop. */
export const endless = <A, E, R>(command: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Ending, (ending) => {
    ending.isEndless = true
    return command
  })

/** The exit code of a process that stops because it was told to. */
export const exitCode = ({ isEndless, signal = "SIGINT" }: State): number => isEndless ? 0 : codes[signal]
