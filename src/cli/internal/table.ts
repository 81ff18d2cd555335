/**
 * Tables as text: aligned and cut to a width for people, values between tabs for programs. Pure.
 */
import { CliOutput } from "effect/cli"

/** What a text says beside its words. */
export type Tone = "good" | "bad" | "warning" | "quiet" | "strong"

/** A cell: what people see, what programs read if that is something else, and its colour. */
export type Cell = string | {
  readonly text: string
  readonly plain?: string | undefined
  readonly tone?: Tone | undefined
}

/** A row of cells, one for each column. */
export type Row = ReadonlyArray<Cell>

/**
 * A column. Those that are `elastic` are cut when the table is wider than the terminal. Those `for` people repeat what others
 * say, and are left out for programs; the other way round, those for programs.
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

/** Shows what would move a cursor or change a colour, so that a heading cannot do either. */
export const printable = (text: string): string =>
  text.replace(/\p{Cc}|\u2028|\u2029/gu, (control) => control === "\n" || control === "\t" ? " " : "�")

/** Cuts a text to a number of columns. */
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

/** The width of each column: as wide as its widest cell, but for the elastic ones, which share what is left. */
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

/** The largest width at which columns together take no more than `room`, if each has at least the narrowest. */
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

/** The columns that are for somebody, and what of each row is in them. */
const only = (
  who: "people" | "programs",
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<Row>
): readonly [ReadonlyArray<Column>, ReadonlyArray<Row>] => {
  const isFor = (_: unknown, at: number) => (columns[at]?.for ?? who) === who
  return [columns.filter(isFor), rows.map((row) => row.filter(isFor))]
}

/** A table for people: titles, aligned columns, and no line wider than the terminal if the elastic ones give enough. */
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

/** A table for programs: a line for each row, its values between tabs. */
export const plain = (columns: ReadonlyArray<Column>, rows: ReadonlyArray<Row>): string =>
  only("programs", columns, rows)[1].map((row) => row.map(read).join("\t")).join("\n")
