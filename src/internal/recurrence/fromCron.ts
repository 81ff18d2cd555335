/**
 * Converts Effect's `Cron` to an expression. Its fields are sets, which an expression can list; how it treats hours
 * that a clock change jumps over or repeats is kept only if a policy here does the same.
 */
import * as EffectCron from "effect/Cron"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { InvalidRecurrence } from "../../TaskError.ts"
import type { Made } from "./intern.ts"
import { cron } from "./leaves.ts"
import type { Cron } from "./model.ts"
import * as zone from "./zone.ts"

/** Effect represents an unrestricted field by an empty set. */
const field = (members: ReadonlySet<number>): string =>
  members.size === 0 ? "*" : [...members].sort((a, b) => a - b).join()

/** Whether both day fields must match. The flag is in the public JSON of a `Cron`, but not in its type. */
const isAnd = (effectCron: EffectCron.Cron): boolean => {
  const json = effectCron.toJSON()
  return Predicate.hasProperty(json, "and") && json.and === true
}

const expressionOf = (effectCron: EffectCron.Cron): string => {
  const { days, hours, minutes, months, seconds, weekdays } = effectCron
  const weekday = `${isAnd(effectCron) ? "+" : ""}${field(weekdays)}`
  return [field(seconds), field(minutes), field(hours), field(days), field(months), weekday].join(" ")
}

/** The recurrence that equals a `Cron`, or why there is none. */
export const fromCron = (effectCron: EffectCron.Cron): Made<Cron> => {
  const fail = (name: string, reason: string, expected: string) =>
    Result.fail(new InvalidRecurrence({ input: EffectCron.format(effectCron), field: name, reason, expected }))
  if (Option.isNone(effectCron.tz)) {
    return fail(
      "timezone",
      "a Cron without one takes the offset of the host at the time it is asked",
      "a Cron with a time zone"
    )
  }
  const timezone = DateTime.zoneToString(effectCron.tz.value)
  const isFixed = zone.get(timezone)?.fixed !== undefined
  if (effectCron.onDstOverlap !== "earlier" && !isFixed) {
    const reason = `no policy repeats as "${effectCron.onDstOverlap}" does`
    return fail("onDstOverlap", reason, "\"earlier\", or Recurrence.cron with a dst policy")
  }
  return cron(expressionOf(effectCron), { timezone, dst: isFixed ? "vixie" : "shift" })
}
