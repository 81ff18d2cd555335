/**
 * The fields of a cron expression: their names, what they allow, and how to split an expression into them.
 */
import * as Result from "effect/Result"
import { InvalidRecurrence } from "../../TaskError.ts"
import { shortened } from "../texts.ts"

/** What a field allows. */
export interface FieldKind {
  readonly name: string
  readonly min: number
  readonly max: number
  /** Names that stand for numbers, in order from `min`. */
  readonly names: ReadonlyArray<string>
}

/** A field as it was written, starting at the character `position` (from 0). */
export interface Field {
  readonly kind: FieldKind
  readonly text: string
  readonly position: number
}

const second: FieldKind = { name: "second", min: 0, max: 59, names: [] }
export const minute: FieldKind = { name: "minute", min: 0, max: 59, names: [] }
export const hour: FieldKind = { name: "hour", min: 0, max: 23, names: [] }
export const dayOfMonth: FieldKind = { name: "day of month", min: 1, max: 31, names: [] }
export const month: FieldKind = {
  name: "month",
  min: 1,
  max: 12,
  names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
}
export const dayOfWeek: FieldKind = {
  name: "day of week",
  min: 0,
  max: 7,
  names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
}
export const year: FieldKind = { name: "year", min: 1_970, max: 2_199, names: [] }

/** All seven fields, written or implied. */
export interface Fields {
  readonly input: string
  readonly second: Field
  readonly minute: Field
  readonly hour: Field
  readonly dayOfMonth: Field
  readonly month: Field
  readonly dayOfWeek: Field
  readonly year: Field
}

/** Longer texts are refused unread. The longest useful one, with every list written out, has about 700 characters. */
const longest = 1_024

const shown = (input: string) => shortened(input, 120)

/** An error about the expression as a whole. */
const invalid = (input: string, field: string, reason: string, expected: string): InvalidRecurrence =>
  new InvalidRecurrence({ input: shown(input), field, reason, expected })

/** An error about a field. */
export const invalidField = (input: string, field: Field, reason: string, expected: string): InvalidRecurrence =>
  new InvalidRecurrence({ input: shown(input), field: field.kind.name, position: field.position, reason, expected })

const nicknames: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *"
}

const invalidNickname = (input: string): InvalidRecurrence => {
  const word = input.trim().split(/\s/, 1)[0]!
  const lower = word.toLowerCase()
  if (lower === "@reboot") {
    return invalid(
      input,
      "nickname",
      "@reboot is the start of a machine, not a time",
      "a time, and start what must run at the start of the program in the program"
    )
  }
  if (lower === "@every") {
    return invalid(input, "nickname", "@every is not cron", "Recurrence.every(\"90 minutes\") or the like")
  }
  const known = Object.hasOwn(nicknames, lower)
  return invalid(
    input,
    "nickname",
    known ? `nicknames stand alone and in lower case` : `"${shown(word)}" is not a nickname`,
    known ? lower : Object.keys(nicknames).join(", ")
  )
}

/** The text itself, or the fields that it stands for if it is a nickname. */
const expand = (input: string): Result.Result<string, InvalidRecurrence> => {
  if (input.length > longest) {
    const reason = `it has ${input.length} characters`
    return Result.fail(invalid(input, "expression", reason, `at most ${longest} characters`))
  }
  const text = input.trim()
  if (!text.startsWith("@")) return Result.succeed(input)
  const expanded = Object.hasOwn(nicknames, text) ? nicknames[text] : undefined
  return expanded === undefined ? Result.fail(invalidNickname(input)) : Result.succeed(expanded)
}

const wrongNumber = (input: string, count: number): InvalidRecurrence =>
  invalid(
    input,
    "expression",
    count === 0 ? "it is empty" : `it has ${count} ${count === 1 ? "field" : "fields"}`,
    "5 fields (minute, hour, day of month, month, day of week), 6 (second first) or 7 (second first, year last)"
  )

/** Splits an expression into its fields. */
export const split = (input: string): Result.Result<Fields, InvalidRecurrence> =>
  Result.flatMap(expand(input), (text) => {
    const parts = Array.from(text.matchAll(/\S+/g), (match) => ({ text: match[0], position: match.index }))
    if (parts.length < 5 || parts.length > 7) return Result.fail(wrongNumber(input, parts.length))
    if (parts.length === 5) parts.unshift({ text: "0", position: 0 })
    if (parts.length === 6) parts.push({ text: "*", position: text.length })
    const field = (kind: FieldKind, index: number): Field => ({ kind, ...parts[index]! })
    return Result.succeed({
      input,
      second: field(second, 0),
      minute: field(minute, 1),
      hour: field(hour, 2),
      dayOfMonth: field(dayOfMonth, 3),
      month: field(month, 4),
      dayOfWeek: field(dayOfWeek, 5),
      year: field(year, 6)
    })
  })
