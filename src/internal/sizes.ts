/**
 * How large encoded values are: in bytes, as JSON in UTF-8. What is measured most is small, and that is seen at a glance
 * and without making its JSON; only what may be too large is measured exactly.
 */
import { TaskTooLarge } from "../TaskError.ts"

/** The size of one value that contains no others. */
type Measure = (value: unknown) => number

/** The sum over a value and everything in it. A name and a separator are counted like a text of their own. */
const sum = (value: unknown, measure: Measure): number => {
  if (typeof value !== "object" || value === null) return measure(value)
  let size = 2
  if (Array.isArray(value)) {
    for (const one of value) size += 1 + sum(one, measure)
  } else {
    for (const [name, one] of Object.entries(value)) size += measure(name) + 2 + sum(one, measure)
  }
  return size
}

/** Whether JSON writes a number without an exponent; Postgres writes out those with one, in hundreds of digits. */
const isPlain = (value: number): boolean => {
  const magnitude = Math.abs(value)
  return magnitude === 0 || magnitude >= 1e-6 && magnitude < 1e21
}

/** The most bytes that one unit of a text can become: a control character is escaped with six. */
const mostPerUnit = 6

/** No less than a sixth of the bytes. For an ordinary text it is about their number. */
const glance: Measure = (value) => {
  if (typeof value === "string") return value.length + 1
  return typeof value === "number" && !isPlain(value) ? 64 : 5
}

const encoder = new TextEncoder()

const exactly: Measure = (value) => {
  const size = encoder.encode(JSON.stringify(value) ?? "null").length
  return typeof value === "number" && !isPlain(value) ? size + 310 : size
}

/** About how large a value is. */
export const about = (value: unknown): number => {
  try {
    return sum(value, glance)
  } catch {
    return Number.MAX_SAFE_INTEGER
  }
}

/** The size of a value that is larger than a limit; `null` if it cannot be walked through, `undefined` if it is not. */
const excess = (value: unknown, limit: number): number | null | undefined => {
  try {
    if (sum(value, glance) * mostPerUnit <= limit) return undefined
    const size = sum(value, exactly)
    return size > limit ? size : undefined
  } catch {
    // the stack was not deep enough
    return null
  }
}

/** Why a value is not kept as a part of a task; `undefined` if it is. */
export const refusal = (
  taskType: string,
  part: TaskTooLarge["part"],
  value: unknown,
  limit: number
): TaskTooLarge | undefined => {
  const size = excess(value, limit)
  return size === undefined ? undefined : new TaskTooLarge({ taskType, part, size, limit })
}

/** How large the value of a task may be that every store keeps. */
export const most = 4 * 1_024 * 1_024

/** How large it may be unless a manager is told otherwise. */
export const usual = 1_024 * 1_024

/** How many characters are kept of a text that a running task reports, and of one that nobody can be told about. */
export const text = 65_536

/** The beginning of a text, if it is longer than `limit` characters. */
export const cut = (text: string, limit: number): string =>
  text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length - limit} more characters)`
