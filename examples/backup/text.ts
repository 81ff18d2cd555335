/** How sizes, counts and times are said to a person, and how text from outside is made harmless. */
import { ByteSize, DateTime } from "effect"
import { CliOutput } from "effect/cli"

/** `1 file`, `1,204 files`. */
export const count = (n: number, noun: string): string => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`

/** `512 B`, `1.3 MB`: units of 1000. */
export const size = (bytes: number): string =>
  ByteSize.format(ByteSize.bytes(bytes), { system: "decimal", precision: 1 })

/** Says instants in one time zone: the time alone today, with the day otherwise. */
export type Clock = (at: DateTime.DateTime, now: DateTime.DateTime) => string

export const clock = (timeZone: string): Clock => {
  const time = new Intl.DateTimeFormat("en-GB", { timeZone, timeStyle: "medium" })
  const day = new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "short", day: "numeric", month: "short" })
  return (at, now) => {
    const date = DateTime.formatIntl(at, day)
    return `${date === DateTime.formatIntl(now, day) ? "" : `${date} `}${DateTime.formatIntl(at, time)}`
  }
}

/** Control characters and marks that turn text around, written out: a file's name must not steer the terminal. */
export const printable = (text: string): string =>
  text.replaceAll(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`
  )

/** What an error says, and what those below it say that it does not. */
export const told = (error: Error): ReadonlyArray<string> => {
  const said: Array<string> = []
  for (let cause: unknown = error; cause instanceof Error && said.length < 8; cause = cause.cause) {
    const { message } = cause
    if (!said.some((text) => text.includes(message))) said.push(message)
  }
  return said
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" })

/** Text cut to so many columns of a terminal. */
export const fit = (text: string, columns: number): string => {
  if (CliOutput.displayWidth(text) <= columns) return text
  let fitting = ""
  let width = 0
  for (const { segment } of graphemes.segment(text)) {
    width += CliOutput.displayWidth(segment)
    if (width > columns - 1) break
    fitting += segment
  }
  return `${fitting}…`
}

/**
 * Text in lines of so many columns, broken at spaces; the later ones begin where the first one does. A word that is too
 * long, such as a path, stays whole, so that it can be copied.
 */
export const wrap = (text: string, columns: number): ReadonlyArray<string> => {
  const indent = /^ */.exec(text)![0]
  const lines: Array<string> = []
  let line = ""
  for (const word of text.trimStart().split(" ")) {
    const longer = line === "" ? indent + word : `${line} ${word}`
    if (line === "" || CliOutput.displayWidth(longer) <= columns) line = longer
    else {
      lines.push(line)
      line = indent + word
    }
  }
  return [...lines, line]
}

const barWidth = 24

/** A bar for 0 to 100; an empty one while nobody knows. */
export const bar = (progress: number): string => {
  const full = progress < 0 ? 0 : Math.round(barWidth * Math.min(progress, 100) / 100)
  return "█".repeat(full) + "░".repeat(barWidth - full)
}
