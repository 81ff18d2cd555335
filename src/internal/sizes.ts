/**
 * How large encoded values are: in bytes, as JSON in UTF-8. What is measured most is small, and that is seen at a glance
 * and without making its JSON; only what may be too large is measured exactly.
 */
import { TaskTooLarge } from "../TaskError.ts"
import { plural } from "./format.ts"
import * as texts from "./texts.ts"

/** Whether JSON writes a number without an exponent; Postgres writes out those with one, in hundreds of digits. */
const isPlain = (value: number): boolean => {
  const magnitude = Math.abs(value)
  return magnitude === 0 || magnitude >= 1e-6 && magnitude < 1e21
}

/** The most bytes that one unit of a text can become: a control character is escaped with six. */
const mostPerUnit = 6

/** No less than a sixth of the bytes, and about their number where there are ordinary texts. */
const glance = (value: unknown): number => {
  if (typeof value === "string") return value.length + 1
  if (typeof value === "number") return isPlain(value) ? 5 : 64
  if (typeof value !== "object" || value === null) return 1
  let size = 2
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) size += 1 + glance(value[i])
  } else {
    for (const name in value) size += name.length + 3 + glance(value[name as keyof typeof value])
  }
  return size
}

const encoder = new TextEncoder()

const bytesOf = (value: unknown): number => encoder.encode(JSON.stringify(value) ?? "null").length

/** The bytes of JSON, with a number written out as Postgres does it. */
const exactly = (value: unknown): number => {
  if (typeof value === "number" && !isPlain(value)) return bytesOf(value) + 310
  if (typeof value !== "object" || value === null) return bytesOf(value)
  if (Array.isArray(value)) return value.reduce<number>((size, one) => size + 1 + exactly(one), 2)
  return Object.entries(value).reduce((size, [name, one]) => size + bytesOf(name) + 2 + exactly(one), 2)
}

/** About how large a value is. */
export const about = (value: unknown): number => {
  try {
    return glance(value)
  } catch {
    // the stack was not deep enough
    return Number.MAX_SAFE_INTEGER
  }
}

/** The size of a value that is larger than a limit; `null` if it cannot be walked through, `undefined` if it is not. */
const excess = (value: unknown, limit: number): number | null | undefined => {
  if (about(value) * mostPerUnit <= limit) return undefined
  try {
    const size = exactly(value)
    return size > limit ? size : undefined
  } catch {
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

const lengthOf = (text: string | null): number => text === null ? 0 : text.length

/** The same for the payload of a template, which counts with the texts beside it. */
export const refusalOf = (
  { body, heading, img, payload, taskType }: Template,
  limit: number
): TaskTooLarge | undefined =>
  (about(payload) + lengthOf(heading) + lengthOf(body) + lengthOf(img) + 10) * mostPerUnit <= limit
    ? undefined
    : refusal(taskType, "payload", [payload, heading, body, img], limit)

/** What is measured of a template. */
interface Template {
  readonly taskType: string
  readonly payload: unknown
  readonly heading: string | null
  readonly body: string | null
  readonly img: string | null
}

/** How large the value of a task may be that every store keeps. */
export const most = 4 * 1_024 * 1_024

/** How large it may be unless a manager is told otherwise. */
export const usual = 1_024 * 1_024

/** How many characters are kept of a text that a running task reports, and of one that nobody can be told about. */
export const text = 65_536

/** The beginning of a text, if it is longer than `limit` characters, and how many more it has. */
export const cut = (text: string, limit: number): string => {
  if (text.length <= limit) return text
  const kept = texts.cut(text, limit)
  return `${kept}… (${plural(text.length - kept.length, "more character")})`
}
