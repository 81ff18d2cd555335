/**
 * Building blocks of explanations: instants and lists as text, and the steps from one sentence per question.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Calendar from "../Calendar.ts"
import * as Decision from "../Decision.ts"
import { Explanation, Question, type Step } from "../Explanation.ts"
import * as Recurrence from "../Recurrence.ts"
import type { Spec } from "../RecurringTaskSpec.ts"
import { iso, plural } from "./format.ts"

const instant = (millis: number): DateTime.Utc => DateTime.makeUnsafe(millis)

/** `2026-01-01T02:00:00Z`, with milliseconds where there are any. */
export const at = (millis: number): string => iso(instant(millis))

/** `1m 30s`. */
export const length = (millis: number): string => Duration.format(Duration.millis(millis))

/** How many ids of a long list are shown. */
const named = 3

/** `task a`, `tasks a and b`, `tasks a, b, c and 4 more`. */
export const tasks = (ids: ReadonlyArray<string>): string => {
  if (ids.length <= 1) return `task ${ids.join()}`
  const shown = ids.length > named ? [...ids.slice(0, named), `${ids.length - named} more`] : ids
  return `tasks ${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`
}

/** The sentence of every question that is asked. */
export type Sentences = { readonly [Q in Question]?: string | undefined }

/** The steps up to the question that failed, in order; all of them if none did. */
export const steps = (sentences: Sentences, failed: Question | undefined): ReadonlyArray<Step> => {
  const asked: Array<Step> = []
  for (const step of Question.literals) {
    const detail = sentences[step]
    if (detail !== undefined) asked.push({ step, ok: step !== failed, detail })
    if (step === failed) break
  }
  return asked
}

/** An explanation for an instant; fields that are not given are empty. */
export const explanation = (
  recurringId: string,
  millis: number,
  fields: Pick<Explanation, "source" | "verdict" | "steps"> & Partial<Explanation>
): Explanation =>
  new Explanation(
    { recurringId, instant: instant(millis), reason: "", blockedBy: [], taskId: Option.none(), ...fields },
    { disableChecks: true }
  )

/** The question that decided an outcome other than a start. */
export const failedAt = ({ outcome, reason }: Pick<Decision.Outcome, "outcome" | "reason">): Question => {
  if (outcome !== "Skipped") return "catchUp"
  switch (reason) {
    case "Disabled":
      return "pause"
    case "LimitReached":
      return "limit"
    case "DeadlinePassed":
      return "deadline"
    default:
      return "overlap"
  }
}

/** Whether there is an occurrence at an instant, and if not, what there is instead. */
export const calendar = (
  spec: Decision.Spec,
  recurrence: Spec["recurrence"],
  millis: number
): { readonly due: boolean; readonly detail: string } => {
  const before = Decision.prev(spec, millis + 1)
  if (before === millis) return { due: true, detail: occurrence(spec, recurrence, millis) }
  const why = leftOut(spec, recurrence, millis)
  const jittered = before !== undefined && spec.jitter > 0 && Decision.effective(spec, before) === millis
    ? `It is when the occurrence of ${at(before)} is due with its jitter.`
    : undefined
  const neighbours = around(before, Decision.next(spec, millis))
  return { due: false, detail: [`There is no occurrence then${why}.`, jittered, neighbours].filter(Boolean).join(" ") }
}

const occurrence = (spec: Decision.Spec, recurrence: Spec["recurrence"], millis: number): string => {
  const due = Decision.effective(spec, millis)
  const jitter = due === millis ? "" : ` Its jitter puts it off until ${at(due)}.`
  return `It is an occurrence: ${Recurrence.describe(recurrence)}.${jitter}`
}

const around = (before: number | undefined, after: number | undefined): string => {
  if (before === undefined && after === undefined) return "There is none."
  const last = before === undefined ? "There is none before" : `The previous one is at ${at(before)}`
  const next = after === undefined ? "there is none after" : `the next one is at ${at(after)}`
  return `${last}, ${next}.`
}

/** What keeps an instant from being an occurrence that it would otherwise be; empty if nothing does. */
const leftOut = ({ endAt, startAt, timetable }: Decision.Spec, recurrence: Spec["recurrence"], millis: number) => {
  if (timetable.prev(millis + 1) === millis) {
    if (startAt !== null && millis < startAt) return `, because startAt is ${at(startAt)}`
    if (endAt !== null && millis > endAt) return `, because endAt is ${at(endAt)}`
  }
  const why = exclusion(recurrence, instant(millis))
  return why === undefined ? "" : `, because ${why}`
}

const exclusion = (recurrence: Recurrence.Recurrence, instant: DateTime.Utc): string | undefined => {
  switch (recurrence._tag) {
    case "Cron":
    case "Every":
    case "At":
      return undefined
    case "Union":
    case "Intersect":
      return recurrence.members.map((member) => exclusion(member, instant)).find((why) => why !== undefined)
    default: {
      if (Recurrence.matches(recurrence, instant)) return undefined
      const { recurrence: inner } = recurrence
      return Recurrence.matches(inner, instant) ? outside(recurrence) : exclusion(inner, instant)
    }
  }
}

const outside = (recurrence: Extract<Recurrence.Recurrence, { readonly recurrence: unknown }>): string => {
  switch (recurrence._tag) {
    case "Within":
      return `it is outside of this calendar: ${Calendar.describe(recurrence.calendar)}`
    case "Except": {
      const { excluded } = recurrence
      const text = Calendar.isCalendar(excluded) ? Calendar.describe(excluded) : Recurrence.describe(excluded)
      return `it is excluded: ${text}`
    }
    case "StartAt":
      return `the recurrence starts at ${at(recurrence.instant.epochMilliseconds)}`
    case "EndAt":
      return `the recurrence ends at ${at(recurrence.instant.epochMilliseconds)}`
    case "Limit":
      return `the recurrence ends after ${plural(recurrence.count, "occurrence")}`
  }
}
