/**
 * What becomes of occurrences that are due: punctual ones may run; missed ones are caught up with, absorbed by another
 * run, or given up, as the policy says.
 */
import type { Buffered, Outcome, Range, Reason } from "../../Decision.ts"
import type { Draft } from "./draft.ts"
import { isMissed, lastDue, next, prev } from "./occurrences.ts"

/** How many occurrences one decision counts one by one, if their number cannot be computed. */
const countLimit = 100_000

/**
 * Moves `lastDecided` past everything that is due, records outcomes for what will not run, and returns what may run;
 * `undefined` if there was more to count than one decision should.
 */
export const catchUp = (draft: Draft): ReadonlyArray<Buffered> | undefined => {
  const last = lastDue(draft.spec, draft.now)
  if (last === undefined || last <= draft.lastDecided) return []
  if (!draft.enabled) return skipAll(draft, last, "Disabled")
  if (draft.limitReached) return skipAll(draft, last, "LimitReached")
  const punctual = punctualOnes(draft, last)
  const picked = missedPicks(draft, punctual, last)
  const first = picked[0] ?? punctual[0]
  const before = (first ?? last + 1) - 1
  if (giveUpOld(draft, before) === undefined) return undefined
  const covered = draft.spec.onMissed === "all"
    ? closeUpTo(draft, before, "Missed", "TooMany")
    : closeUpTo(draft, before, "Absorbed", "", first)
  if (covered === undefined) return undefined
  if (draft.spec.onMissed !== "earliest" || picked.length === 0) {
    draft.lastDecided = last
    return runnable(draft, picked, punctual, covered)
  }
  draft.lastDecided = picked[0]!
  const later = closeUpTo(draft, last, "Absorbed", "", first)
  return later === undefined ? undefined : runnable(draft, picked, punctual, later)
}

const skipAll = (draft: Draft, last: number, reason: Reason): ReadonlyArray<never> | undefined =>
  closeUpTo(draft, last, "Skipped", reason) === undefined ? undefined : []

/** Gives up those up to `before` (included) that the policy does not catch up with. */
const giveUpOld = (draft: Draft, before: number): Range | undefined =>
  draft.spec.onMissed === "none"
    ? closeUpTo(draft, before, "Missed", "NotCaughtUp")
    : closeUpTo(draft, Math.min(before, horizon(draft)), "Missed", "TooOld")

/** Missed occurrences at or before this instant are too old to catch up with. */
const horizon = (draft: Draft): number => Math.max(draft.lastDecided, draft.now - draft.spec.catchUpWindow - 1)

/** The occurrences that are due and not late, in order; hardly ever more than one. */
const punctualOnes = (draft: Draft, last: number): ReadonlyArray<number> => {
  const found: Array<number> = []
  let at: number | undefined = last
  while (at !== undefined && at > draft.lastDecided && !isMissed(draft.spec, at, draft.now)) {
    found.unshift(at)
    at = prev(draft.spec, at)
  }
  return found
}

/**
 * The missed occurrences that the policy wants to run. There are none beside a punctual one, unless it wants all of
 * them.
 */
const missedPicks = (draft: Draft, punctual: ReadonlyArray<number>, last: number): ReadonlyArray<number> => {
  const { catchUpMax, onMissed } = draft.spec
  if (onMissed === "none" || (onMissed !== "all" && punctual.length > 0)) return []
  if (onMissed === "earliest") {
    const at = next(draft.spec, horizon(draft))
    return at === undefined || at > last ? [] : [at]
  }
  return newest(draft, punctual[0] ?? last + 1, onMissed === "latest" ? 1 : catchUpMax)
}

/** The newest `max` occurrences before `end` that are not too old, in order. */
const newest = (draft: Draft, end: number, max: number): ReadonlyArray<number> => {
  const found: Array<number> = []
  let at = prev(draft.spec, end)
  while (at !== undefined && at > horizon(draft) && found.length < max) {
    found.push(at)
    at = prev(draft.spec, at)
  }
  return found.reverse()
}

const runnable = (
  draft: Draft,
  picked: ReadonlyArray<number>,
  punctual: ReadonlyArray<number>,
  covered: Range
): ReadonlyArray<Buffered> => {
  const absorbed = covered.count > 0 && draft.spec.onMissed !== "all" ? covered : null
  const caughtUp = draft.spec.onMissed === "all"
  return [
    ...picked.map((scheduledAt) => ({ scheduledAt, covers: absorbed, caughtUp })),
    ...punctual.map((scheduledAt, i) => ({
      scheduledAt,
      covers: i === 0 ? absorbed : null,
      caughtUp: false
    }))
  ]
}

/** The occurrences that are undecided up to `end` (included). `complete` is false if there were too many to count. */
const undecided = (draft: Draft, end: number): { readonly range: Range; readonly complete: boolean } => {
  const { endAt, startAt, timetable } = draft.spec
  const after = startAt === null ? draft.lastDecided : Math.max(draft.lastDecided, startAt - 1)
  const upTo = endAt === null ? end : Math.min(end, endAt)
  if (upTo <= after) return { range: { from: end, to: end, count: 0 }, complete: true }
  const counted = timetable.count(after, upTo, countLimit)
  const from = timetable.next(after) ?? end
  const to = timetable.prev(counted.upTo + 1) ?? end
  return { range: { from, to, count: counted.count }, complete: counted.upTo >= upTo }
}

/**
 * Gives all undecided occurrences up to `end` (included) one outcome; `undefined` if there were too many, so that only
 * the first of them were closed.
 */
export const closeUpTo = (
  draft: Draft,
  end: number,
  outcome: Outcome["outcome"],
  reason: Reason,
  into?: number | undefined
): Range | undefined => {
  const { complete, range } = undecided(draft, end)
  if (complete) {
    draft.close(range, outcome, reason, [], into ?? null)
    draft.lastDecided = Math.max(draft.lastDecided, end)
    return range
  }
  draft.close(range, outcome === "Skipped" ? outcome : "Missed", outcome === "Skipped" ? reason : "TooMany")
  draft.lastDecided = range.to
  return undefined
}
