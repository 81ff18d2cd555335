/**
 * Finds the clock changes of the next year that affect a cron expression, and how: which local times are jumped over or
 * repeated, and when the expression really fires around them.
 */
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import { ClockChange } from "../../LintWarning.ts"
import * as Recurrence from "../../Recurrence.ts"
import { parse } from "../recurrence/cron.ts"
import { type Timetable, timetable } from "../recurrence/timetable.ts"
import * as zones from "../recurrence/zone.ts"
import { instant, list, year } from "./instants.ts"
import { type Leaf, leavesOf, seedOf, type Subject } from "./subject.ts"

/** An expression on the clock of its zone, and on a clock that never changes, whose instants are local times. */
interface Part {
  readonly leaf: Leaf
  readonly real: Timetable
  readonly local: Timetable
}

/** What a clock change does to local times: the first few of them, and how many there are. */
interface Touched {
  readonly times: ReadonlyArray<number>
  readonly count: number
  readonly effect: ClockChange["effect"]
  readonly runsAt: ReadonlyArray<number>
}

/** A warning for every clock change of the next year that affects one of the expressions. */
export const clockChanges = (subject: Subject): ReadonlyArray<ClockChange> =>
  leavesOf(subject).flatMap((leaf) => {
    const { dst, expression, timezone } = leaf.cron
    const local = Recurrence.cron(expression, { dst, seed: seedOf(leaf.cron) })
    if (Result.isFailure(local)) return []
    const part = { leaf, real: timetable(leaf.cron), local: timetable(local.success) }
    return zones.changesBetween(timezone, subject.now, subject.now + year).flatMap((change) => {
      const touched = touch(part, change)
      return touched === undefined ? [] : [warning(subject, leaf.cron, change, touched)]
    })
  })

/** How many local times are named, and how many are counted one by one if their number cannot be computed. */
const named = 3
const countLimit = 100_000

const touch = (part: Part, change: zones.Change): Touched | undefined => {
  const { after, at, before } = change
  const last = at + Math.max(before, after) - 1
  const first = at + Math.min(before, after)
  const times = list(part.local.next, first - 1, named, last)
  if (times.length === 0 || isEven(part.real, change)) return undefined
  const touched = after > before ? jumped(part, change, times[0]!) : repeated(part, change, times[0]!)
  return touched && { ...touched, times, count: part.local.count(first - 1, last, countLimit).count }
}

/** How many occurrences around a clock change are compared. */
const compared = 20_000

/** Whether the intervals around a clock change are all the same, so that nobody notices it. */
const isEven = ({ next, prev }: Timetable, { after, at, before }: zones.Change): boolean => {
  const size = Math.abs(after - before)
  const begin = twice(prev, at - size) ?? at - size
  const end = twice(next, at + size) ?? at + size
  const occurrences = list(next, begin - 1, compared, end)
  const intervals = new Set(occurrences.slice(1).map((at, index) => at - occurrences[index]!))
  return occurrences.length > 2 && intervals.size === 1
}

const twice = (step: (from: number) => number | undefined, from: number): number | undefined => {
  const once = step(from)
  return once === undefined ? undefined : step(once)
}

const occurs = ({ next }: Timetable, at: number): boolean => next(at - 1) === at

type Fate = Pick<Touched, "effect" | "runsAt">

/** Local times that the clock jumps over. Those that run do so after the jump, within its length. */
const jumped = (part: Part, change: zones.Change, local: number): Fate | undefined => {
  const { after, at, before } = change
  if (!part.leaf.allows(local - before)) return undefined
  const moved = list(part.real.next, at - 1, compared, at + after - before - 1)
    .find((at) => !occurs(part.local, at + after))
  if (moved !== undefined) return { effect: "Moved", runsAt: [moved] }
  return isMerged(part, change) ? { effect: "Moved", runsAt: [at] } : { effect: "Skipped", runsAt: [] }
}

/**
 * Whether what is jumped over coincides with what is due at the jump anyway. The occurrences do not show that, but the
 * policy tells.
 */
const isMerged = ({ leaf: { cron }, real }: Part, { at }: zones.Change): boolean => {
  const parsed = parse(cron.expression, seedOf(cron))
  return cron.dst === "vixie" && Result.isSuccess(parsed) && !parsed.success.isInterval && occurs(real, at)
}

/** Local times that the clock shows twice. */
const repeated = ({ leaf, real }: Part, { after, before }: zones.Change, local: number): Fate | undefined => {
  const runsAt = [local - before, local - after].filter((at) => occurs(real, at))
  return runsAt.some(leaf.allows) ? { effect: runsAt.length === 2 ? "Twice" : "Once", runsAt } : undefined
}

/** `2026-03-29T02:30`, with seconds where there are any. */
const shown = (local: number): string => DateTime.formatIso(instant(local)).slice(0, 19).replace(/:00$/, "")

const warning = (
  { config: { recurringId } }: Subject,
  { expression, timezone }: Recurrence.Cron,
  { after, at, before }: zones.Change,
  { count, effect, runsAt, times }: Touched
): ClockChange =>
  new ClockChange({
    recurringId,
    expression,
    timezone,
    at: instant(at),
    from: shown(at + before),
    to: shown(at + after),
    localTimes: times.map(shown),
    count,
    effect,
    runsAt: runsAt.map(instant)
  })
