/**
 * Lines at the bottom of a terminal that are redrawn all the time, below others that stay. If the output is not a
 * terminal, only those that stay are pending.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { Screen } from "./Screen.ts"

/** The lines to draw, for a time and a terminal size. */
export type Render = (
  options: { readonly now: DateTime.Utc; readonly columns: number; readonly rows: number }
) => ReadonlyArray<string>

/** Prints a line that stays. */
export type Print = (line: string) => Effect.Effect<void>

const hideCursor = "\u001B[?25l"
const showCursor = "\u001B[?25h"

/** Moves to the first of the last `lines` lines, and clears from there on. */
const erase = (lines: number): string => lines === 0 ? "\r\u001B[0J" : `\u001B[${lines}A\r\u001B[0J`

const onTerminal = Effect.fnUntraced(function*(render: Render): Effect.fn.Return<Print, never, Screen | Scope.Scope> {
  const screen = yield* Screen
  let shown = 0
  let pending: Array<string> = []
  const draw = (live: ReadonlyArray<string>) =>
    Effect.suspend(() => {
      const text = `${erase(shown)}${[...pending, ...live].map((line) => `${line}\n`).join("")}`
      shown = live.length
      pending = []
      return screen.write(text)
    })
  const redraw = Effect.gen(function*() {
    const now = yield* DateTime.now
    const { columns, rows } = yield* screen.size
    yield* draw(render({ now, columns, rows }).slice(0, rows - 1))
  })
  yield* screen.write(hideCursor)
  yield* Effect.addFinalizer(() => Effect.andThen(draw([]), screen.write(showCursor)))
  yield* Effect.forkScoped(Effect.repeat(redraw, Schedule.spaced("200 millis")))
  return (line) => Effect.sync(() => void pending.push(line))
})

/** Draws while the scope is open, and returns a function that prints a line that stays. */
export const make = (render: Render): Effect.Effect<Print, never, Screen | Scope.Scope> =>
  Effect.flatMap(Screen, (screen) => screen.isTerminal ? onTerminal(render) : Effect.succeed(screen.print))
