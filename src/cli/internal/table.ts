/**
 * Tables as text: aligned and cut to a width for people, tab-separated for programs. Pure.
 */
import { CliOutput } from "effect/cli"

/** The meaning of a colour. */
export type Tone = "good" | "bad" | "warning" | "quiet" | "strong"

/** A cell: what people see, what programs read instead if it is given, and a colour. */
export type Cell = string | {
  readonly text: string
  readonly plain?: string | undefined
  readonly tone?: Tone | undefined
}

/** A row of cells, one for each column. */
export type Row = ReadonlyArray<Cell>

/**
 * A column. `elastic` ones are cut if the table is wider than the terminal. A column can be `for` people or programs
 * only, if the other ones say the same.
 */
export interface Column {
  readonly title: string
  readonly for?: "people" | "programs" | undefined
  readonly elastic?: boolean | undefined
  readonly right?: boolean | undefined
}

const colours: Record<Tone, number> = { good: 32, bad: 31, warning: 33, quiet: 2, strong: 1 }

/** Colours a text, for a terminal. */
export const paint = (text: string, tone: Tone): string => `\u001B[${colours[tone]}m${text}\u001B[0m`

/** Replaces control characters, so that a heading can neither move the cursor nor change colours. */
export const printable = (text: string): string =>
  text.replace(/\p{Cc}|\u2028|\u2029/gu, (control) => control === "\n" || control === "\t" ? " " : "�")

/** Cuts a text to a width. */
export const fit = (text: string, width: number): string => {
  if (CliOutput.displayWidth(text) <= width) return text
  let kept = ""
  for (const character of text) {
    if (CliOutput.displayWidth(kept + character) >= width) break
    kept += character
  }
  return width < 1 ? "" : `${kept}…`
}

const shown = (cell: Cell): string => printable(typeof cell === "string" ? cell : cell.text)

const read = (cell: Cell): string => printable(typeof cell === "string" ? cell : cell.plain ?? cell.text)

const padding = (text: string, width: number): string => " ".repeat(Math.max(0, width - CliOutput.displayWidth(text)))

const gap = 2

/** The width of each column: that of its widest cell, but elastic ones share what is left. */
const widths = (columns: ReadonlyArray<Column>, rows: ReadonlyArray<Row>, width: number): ReadonlyArray<number> => {
  const natural = columns.map(({ title }, at) =>
    Math.max(CliOutput.displayWidth(title), ...rows.map((row) => CliOutput.displayWidth(shown(row[at]!))))
  )
  const elastic = columns.flatMap((column, at) => column.elastic === true ? [natural[at]!] : [])
  const total = natural.reduce((sum, width) => sum + width, gap * (columns.length - 1))
  const share = shares(elastic, elastic.reduce((sum, width) => sum + width, 0) - (total - width))
  return natural.map((width, at) => columns[at]!.elastic === true ? Math.min(width, share) : width)
}

const narrowest = 8

/** The largest width at which columns together fit into `room`, but not below the narrowest. */
const shares = (natural: ReadonlyArray<number>, room: number): number => {
  let left = room
  const ascending = [...natural].sort((a, b) => a - b)
  for (const [at, width] of ascending.entries()) {
    const fair = Math.floor(left / (ascending.length - at))
    if (width > fair) return Math.max(narrowest, fair)
    left -= width
  }
  return Number.POSITIVE_INFINITY
}

/** The columns for people or for programs, and their cells. */
const only = (
  who: "people" | "programs",
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<Row>
): readonly [ReadonlyArray<Column>, ReadonlyArray<Row>] => {
  const isFor = (_: unknown, at: number) => (columns[at]?.for ?? who) === who
  return [columns.filter(isFor), rows.map((row) => row.filter(isFor))]
}

/** A table for people: a title line and aligned columns, no wider than the terminal as far as elastic columns allow. */
export const format = (
  all: ReadonlyArray<Column>,
  lines: ReadonlyArray<Row>,
  options: { readonly width: number; readonly paint: (text: string, tone: Tone) => string }
): string => {
  const [columns, rows] = only("people", all, lines)
  const sizes = widths(columns, rows, options.width)
  const line = (cells: Row, tone?: Tone) =>
    cells.map((cell, at) => {
      const text = fit(shown(cell), sizes[at]!)
      const colour = tone ?? (typeof cell === "string" ? undefined : cell.tone)
      const painted = colour === undefined || text === "" ? text : options.paint(text, colour)
      const blank = padding(text, sizes[at]!)
      return columns[at]!.right === true ? blank + painted : at === cells.length - 1 ? painted : painted + blank
    }).join(" ".repeat(gap)).trimEnd()
  return [line(columns.map(({ title }) => title), "quiet"), ...rows.map((row) => line(row))].join("\n")
}

/** A table for programs: a line per row, with tab-separated values. */
export const plain = (columns: ReadonlyArray<Column>, rows: ReadonlyArray<Row>): string =>
  only("programs", columns, rows)[1].map((row) => row.map(read).join("\t")).join("\n")
