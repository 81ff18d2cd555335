/**
 * Where commands print. On a terminal: tables that fit its width, colours, hints. Into a pipe or a file: the same facts
 * as tab-separated values, with times in ISO 8601 and nothing else. JSON is the same everywhere, except that a terminal
 * gets it indented.
 */
import { TerminalCapabilities } from "effect/cli"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Terminal from "effect/Terminal"
import * as table from "./table.ts"

/** Where commands print. */
export class Screen extends Context.Service<Screen, {
  /** Whether the output is a terminal. */
  readonly isTerminal: boolean
  readonly size: Effect.Effect<{ readonly columns: number; readonly rows: number }>
  /** Colours a text, if colours are supported. */
  readonly paint: (text: string, tone: table.Tone) => string
  /** Prints lines of text. */
  readonly print: (text: string) => Effect.Effect<void>
  /** Prints lines for people; nothing into a pipe. */
  readonly hint: (text: string) => Effect.Effect<void>
  /** Writes a line for people to standard error, which a pipe does not take. */
  readonly warn: (text: string) => Effect.Effect<void>
  readonly json: (value: unknown) => Effect.Effect<void>
  readonly table: (columns: ReadonlyArray<table.Column>, rows: ReadonlyArray<table.Row>) => Effect.Effect<void>
  /** Asks people something, and gives the line that they answer: an empty one if they give none. */
  readonly ask: (question: string) => Effect.Effect<string>
  /** Writes a text as it is, without a newline. */
  readonly write: (text: string) => Effect.Effect<void>
}>()("brinjal/cli/internal/Screen") {}

const make = Effect.gen(function*() {
  const { canAnimate: isTerminal, canColor } = yield* TerminalCapabilities.TerminalCapabilities
  const terminal = yield* Terminal.Terminal
  const paint = (text: string, tone: table.Tone) => canColor ? table.paint(text, tone) : text
  const size = Effect.all({
    columns: Effect.map(terminal.columns, (columns) => columns || 80),
    rows: Effect.map(terminal.rows, (rows) => rows || 24)
  })
  const print = (text: string) => text === "" ? Effect.void : Console.log(text)
  return Screen.of({
    isTerminal,
    size,
    paint,
    print,
    hint: (text) => isTerminal ? print(paint(text, "quiet")) : Effect.void,
    warn: (text) => Console.error(text),
    json: (value) => Console.log(JSON.stringify(value, null, isTerminal ? 2 : undefined)),
    table: (columns, rows) =>
      isTerminal
        ? Effect.flatMap(size, (size) => print(table.format(columns, rows, { width: size.columns, paint })))
        : print(table.plain(columns, rows)),
    ask: (question) =>
      Effect.andThen(
        Effect.ignore(terminal.display(`${question} `)),
        Effect.orElseSucceed(terminal.readLine, () => "")
      ),
    // that the terminal is gone is noticed by the signal that comes with it
    write: (text) => Effect.ignore(terminal.display(text))
  })
})

/** Layer of the screen for the output of the process. */
export const layer: Layer.Layer<Screen, never, Terminal.Terminal> = Layer.effect(Screen, make)
