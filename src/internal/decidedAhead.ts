/**
 * Recurring tasks that are decided beyond the present: a process whose clock was ahead has done that, and nothing is
 * decided twice. How they are recognised, and the sentence about them that logs and the command line have in common.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Recurrence from "../Recurrence.ts"
import type { RecurringTaskInfo } from "../RecurringTaskInfo.ts"
import { iso } from "./format.ts"

/** What is looked at of a recurring task. */
export type Shown = Pick<
  RecurringTaskInfo,
  "recurringId" | "recurrence" | "startAt" | "endAt" | "maxRuns" | "enabled" | "nextRun"
>

/**
 * How far beyond the present an occurrence may be decided, in milliseconds: no process starts whose clock is more than
 * half of this from that of its database.
 */
export const tolerance = 60_000

/** Those of which an occurrence is decided that is not due for a while. */
export const decidedAhead = <A extends Shown>(all: ReadonlyArray<A>, now: DateTime.Utc): ReadonlyArray<A> =>
  all.filter((one) => one.enabled && skipsSome(one, DateTime.add(now, { milliseconds: tolerance })))

/** Whether there is an occurrence between an instant and the next run. Without a next run, `maxRuns` may be why. */
const skipsSome = ({ endAt, maxRuns, nextRun, recurrence, startAt }: Shown, after: DateTime.Utc): boolean => {
  const first = Option.map(startAt, (at) => DateTime.subtract(at, { milliseconds: 1 }))
  const from = Option.match(first, { onNone: () => after, onSome: (first) => DateTime.max(first, after) })
  const following = Option.filter(
    Recurrence.next(recurrence, from),
    (at) => Option.isNone(endAt) || DateTime.isLessThanOrEqualTo(at, endAt.value)
  )
  if (Option.isNone(following)) return false
  return Option.match(nextRun, {
    onNone: () => Option.isNone(maxRuns),
    onSome: (at) => DateTime.isLessThan(following.value, at)
  })
}

/** How many are named. */
const most = 5

/** What is wrong, and what to do. */
export const sentence = (found: ReadonlyArray<Pick<Shown, "recurringId" | "nextRun">>): string => {
  const named = found.slice(0, most).map(({ nextRun, recurringId }) =>
    `"${recurringId}" ${Option.match(nextRun, { onNone: () => "(never)", onSome: (at) => `(${iso(at)})` })}`
  )
  const names = found.length > most ? [...named, `and ${found.length - most} more`] : named
  return `A process whose clock was ahead has decided occurrences that are not due yet, so that these recurring tasks ` +
    `start nothing before their next run: ${names.join(", ")}. When all clocks are right, remove them and add them ` +
    `again: what a program declares is added when it starts. Their history is lost.`
}
