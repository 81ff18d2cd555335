/**
 * What is wrong with a field of a cron expression, and what to write instead. Only expressions that were refused come
 * here.
 */
import type { InvalidRecurrence } from "../../TaskError.ts"
import {
  dayOfMonth,
  dayOfWeek,
  type Field,
  type FieldKind,
  hour,
  invalidField,
  minute,
  month,
  year
} from "./cronFields.ts"

interface Problem {
  readonly reason: string
  readonly expected: string
}

const rangeOf = ({ max, min, names }: FieldKind): string =>
  names.length === 0 ? `${min} to ${max}` : `${min} to ${max} or ${names[0]} to ${names.at(-1)}`

const fullNames = /^(sun|mon|tue|wed|thu|fri|sat)[a-z]*day$|^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]+$/i

/** The number that a value stands for, or what is wrong with it. */
const readValue = (kind: FieldKind, text: string): number | Problem => {
  const named = kind.names.indexOf(text.toUpperCase())
  if (named >= 0) return kind.min + named
  const full = fullNames.exec(text)
  if (full !== null) return { reason: `names have three letters`, expected: (full[1] ?? full[2])!.toUpperCase() }
  if (!/^\d+$/.test(text)) return { reason: `"${text}" is not a value`, expected: rangeOf(kind) }
  const value = Number(text)
  if (value >= kind.min && value <= kind.max) return value
  return { reason: `${text} is out of range`, expected: rangeOf(kind) }
}

/** What to write instead of a step that is too long for cron. */
const longSteps = (kind: FieldKind): string =>
  kind === minute || kind === hour
    ? `a step from 1 to ${kind.max}; a longer interval is Recurrence.every("90 minutes") or the like`
    : `a step from 1 to ${kind.max}`

const stepProblem = (kind: FieldKind, step: string): Problem | undefined => {
  if (!/^\d+$/.test(step)) return { reason: `"${step}" is not a step`, expected: `a step from 1 to ${kind.max}` }
  if (Number(step) === 0) return { reason: `a step cannot be 0`, expected: `a step from 1 to ${kind.max}` }
  return Number(step) > kind.max
    ? { reason: `a step of ${step} is longer than the field`, expected: longSteps(kind) }
    : undefined
}

/** A range that runs backwards, as the two ranges that were meant. The week ends with Sunday here. */
const forwards = (kind: FieldKind, from: string, to: string): string => {
  if (kind === year) return `${to}-${from}`
  const named = !/^\d/.test(from)
  const [end, start] = kind === dayOfWeek ? (named ? ["SUN", "MON"] : ["7", "1"]) : [`${kind.max}`, `${kind.min}`]
  return `${from}-${end},${to.toUpperCase() === start ? to : `${start}-${to}`}`
}

const rangeProblem = (kind: FieldKind, from: string, to: string): Problem | undefined => {
  const low = readValue(kind, from)
  if (typeof low !== "number") return low
  const high = readValue(kind, to)
  if (typeof high !== "number") return high
  return low > high
    ? { reason: `the range ${from}-${to} runs backwards`, expected: forwards(kind, from, to) }
    : undefined
}

const signProblem = (kind: FieldKind, text: string): Problem | undefined => {
  if (text.includes("?")) {
    return { reason: "? has to stand alone, in day of month or day of week", expected: "* or a value" }
  }
  if (/H/i.test(text) && !/th/i.test(text)) return { reason: "H is always the whole field", expected: "H, or numbers" }
  if (text.startsWith("+")) return { reason: "+ may only stand at the start of day of week", expected: rangeOf(kind) }
  if (text.includes("#")) {
    return kind === dayOfWeek
      ? { reason: `"${text}" is not the nth of a weekday`, expected: "MON#1 to MON#5, or MON#L for the last one" }
      : { reason: "# belongs to day of week", expected: rangeOf(kind) }
  }
  if (/^(L|\d+)?W$/i.test(text)) {
    return kind === dayOfMonth
      ? { reason: `"${text}" is not a working day`, expected: "1W to 31W alone in the field, or LW for the last one" }
      : { reason: "W belongs to day of month", expected: rangeOf(kind) }
  }
  if (/^L/i.test(text) || /^\dL$/i.test(text)) {
    return kind === dayOfMonth
      ? { reason: `"${text}" is not a last day`, expected: "L, or L-1 to L-30" }
      : { reason: `"${text}" is not a value`, expected: kind === dayOfWeek ? "5L for the last Friday" : rangeOf(kind) }
  }
  return undefined
}

const itemProblem = (kind: FieldKind, item: string): Problem | undefined => {
  if (item === "") return { reason: "a list has an empty item", expected: "values with one comma between them" }
  const [base = "", step, ...rest] = item.split("/")
  if (rest.length > 0) return { reason: `"${item}" has more than one step`, expected: "one step, such as */15" }
  const [from = "", to, ...more] = base.split("-")
  const sign = signProblem(kind, item)
  if (sign !== undefined) return sign
  if (base !== "*") {
    if (more.length > 0 || from === "" || to === "") {
      return { reason: `"${base}" is not a range`, expected: `a range within ${rangeOf(kind)}` }
    }
    const problem = to === undefined ? readValue(kind, from) : rangeProblem(kind, from, to)
    if (typeof problem === "object") return problem
  }
  return step === undefined ? undefined : stepProblem(kind, step)
}

const problemOf = ({ kind, text }: Field): Problem | undefined => {
  for (const item of text.split(",")) {
    const problem = itemProblem(kind, item)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** The error for an expression, about the first of its fields that has a problem. */
export const explain = (
  input: string,
  fields: ReadonlyArray<Field>,
  fallback: string
): InvalidRecurrence => {
  for (const field of fields) {
    const problem = problemOf(field)
    if (problem !== undefined) return invalidField(input, field, problem.reason, problem.expected)
  }
  return invalidField(input, fields[0]!, fallback, rangeOf(month))
}
