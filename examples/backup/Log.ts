/**
 * Prints what the library logs among the other lines of the program, with no colours and codes of its own.
 */
import { Cause, type Context, Effect, type Layer, Logger, type LogLevel } from "effect"
import { type Line, Screen } from "./Screen.ts"
import * as text from "./text.ts"

const signs: Partial<Record<LogLevel.LogLevel, string>> = { Warn: "!", Error: "!", Fatal: "!" }

const wordsOf = (part: unknown): string => part instanceof Error ? text.told(part).join(" ") : String(part)

/** The lines of a message; all but the first are indented. */
const lines = (message: unknown, level: LogLevel.LogLevel, cause: Cause.Cause<unknown>): ReadonlyArray<Line> => {
  const parts = [message].flat().map(wordsOf)
  const reasons = cause.reasons.map((reason) => wordsOf(Cause.squash(Cause.fromReasons([reason]))))
  const [first = "", ...rest] = [...parts, ...reasons].join(" ").split("\n")
  const tone = signs[level] === undefined ? "quiet" : "bad"
  return [
    { text: text.printable(`  ${signs[level] ?? "·"} ${first}`), tone },
    ...rest.map((line) => ({ text: text.printable(`    ${line}`), tone }) as const)
  ]
}

/** Whether a message is about a task that has failed, which the report tells already. */
const isTold = (message: unknown): boolean => /^Task ".*?" failed/.test(String([message].flat()[0]))

const logger = (context: Context.Context<Screen>) => {
  const fork = Effect.runForkWith(context)
  return Logger.make(({ cause, logLevel, message }) => {
    if (!isTold(message)) fork(Screen.use((screen) => screen.print(lines(message, logLevel, cause))))
  })
}

/** Layer that prints logs on the screen. */
export const layer: Layer.Layer<never, never, Screen> = Logger.layer([
  Effect.map(Effect.context<Screen>(), logger)
])
