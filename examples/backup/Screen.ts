/**
 * Where lines are printed: a terminal, with live lines at its end that are drawn again and again; or anything else,
 * with plain lines, no colour and no control characters.
 */
import { Console, Context, Effect, Layer, Semaphore, Terminal } from "effect"
import { TerminalCapabilities } from "effect/cli"
import * as text from "./text.ts"

export interface Line {
  readonly text: string
  readonly tone?: "good" | "bad" | "quiet" | "strong" | undefined
}

export class Screen extends Context.Service<Screen, {
  /** Whether live lines are shown. */
  readonly isLive: boolean
  /**
   * Prints lines that stay, and then the live ones in place of those that were shown before; without any, those again.
   */
  readonly print: (lines: ReadonlyArray<Line>, live?: ReadonlyArray<Line>) => Effect.Effect<void>
}>()("backup/Screen") {}

const colours = { good: "32", bad: "31", quiet: "2", strong: "1;36" }

const colour = ({ text, tone }: Line): string => tone === undefined ? text : `\u001B[${colours[tone]}m${text}\u001B[0m`

const plain = ({ text }: Line): string => text

/** Moves to the first of the last `lines` lines, and clears from there. */
const erase = (lines: number): string => lines === 0 ? "\r\u001B[0J" : `\u001B[${lines}A\r\u001B[0J`

const makeTerminal = (terminal: Terminal.Terminal, style: (line: Line) => string): typeof Screen.Service => {
  const oneAtATime = Semaphore.makeUnsafe(1).withPermits(1)
  let shown: ReadonlyArray<Line> = []
  return {
    isLive: true,
    print: Effect.fnUntraced(function*(lines, live = shown) {
      if (lines.length === 0 && live.length === 0 && shown.length === 0) return
      const columns = (yield* terminal.columns) || 80
      const rows = (yield* terminal.rows) || 24
      const fitting = live.slice(0, rows - 1).map((line) => ({ ...line, text: text.fit(line.text, columns - 1) }))
      const staying = lines.flatMap(({ text: said, tone }) =>
        text.wrap(said, columns - 1).map((line) => ({ text: line, tone }))
      )
      const drawn = [...staying, ...fitting].map((line) => `${style(line)}\n`).join("")
      // a terminal that is gone must not stop the backups
      yield* Effect.ignore(terminal.display(erase(shown.length) + drawn))
      shown = fitting
    }, oneAtATime)
  }
}

const makePlain = (style: (line: Line) => string): typeof Screen.Service => ({
  isLive: false,
  print: (lines) => Effect.forEach(lines, (line) => Console.log(style(line)), { discard: true })
})

/** Layer of the screen that fits what the program writes to. */
export const layer: Layer.Layer<Screen, never, Terminal.Terminal> = Layer.effect(
  Screen,
  Effect.gen(function*() {
    const { canAnimate, canColor } = yield* TerminalCapabilities.TerminalCapabilities
    const style = canColor ? colour : plain
    return canAnimate ? makeTerminal(yield* Terminal.Terminal, style) : makePlain(style)
  })
)
