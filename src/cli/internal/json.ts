/**
 * Values of the library as JSON: keys in snake_case, instants in ISO 8601, durations in milliseconds under a key that
 * ends in `_ms`, absence as `null`. Pure.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { snake } from "../../http/internal/v1/wire.ts"
import * as Recurrence from "../../Recurrence.ts"

const encodeRecurrence = Schema.encodeSync(Recurrence.Recurrence)

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const field = ([name, value]: readonly [string, unknown]): readonly [string, unknown] => {
  const bare = Option.isOption(value) ? Option.getOrUndefined(value) : value
  return Duration.isDuration(bare) ? [`${snake(name)}_ms`, Duration.toMillis(bare)] : [snake(name), json(bare)]
}

/** A value as JSON. */
export const json = (value: unknown): unknown => {
  if (value === undefined) return null
  if (Option.isOption(value)) return json(Option.getOrNull(value))
  if (DateTime.isDateTime(value)) return DateTime.formatIso(value)
  if (Duration.isDuration(value)) return Duration.toMillis(value)
  if (Recurrence.isRecurrence(value)) return encodeRecurrence(value)
  if (Array.isArray(value)) return value.map(json)
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).filter(([name]) => name !== "_tag").map(field))
    : value
}
