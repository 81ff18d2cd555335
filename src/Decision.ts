/**
 * What happens at an instant to the occurrences of one recurring task: a pure function of what was decided before, the
 * clock, and the instances that are active.
 *
 * The manager's loop, `explain`, the tests and a replayed history all ask this one function. Times are epoch
 * milliseconds; no Effect and no service comes near.
 */
import { hash } from "./internal/hash.ts"
import type { Timetable } from "./internal/recurrence/timetable.ts"
import type { MissedPolicy, OverlapPolicy } from "./RecurringTaskInfo.ts"

/**
 * Occurrences from `from` to `to` (both included), `count` of them.
 *
 * @category models
 * @since 0.1.0
 */
export interface Range {
  readonly from: number
  readonly to: number
  readonly count: number
}

/**
 * What a recurring task is meant to do. Durations are in milliseconds. `seed` places its jitter, usually its id;
 * `startAt` and `endAt` are included.
 *
 * @category models
 * @since 0.1.0
 */
export interface Spec {
  readonly timetable: Timetable
  readonly seed: string
  readonly maxConcurrent: number
  readonly overlap: OverlapPolicy
  readonly bufferLimit: number
  readonly onMissed: MissedPolicy
  readonly catchUpWindow: number
  readonly catchUpMax: number
  readonly startDeadline: number | null
  readonly jitter: number
  readonly startAt: number | null
  readonly endAt: number | null
  readonly maxRuns: number | null
}

/**
 * An occurrence that waits for room. `caughtUp` says that it was missed, so that it waits its turn whatever the overlap
 * policy is; `covers` are the missed occurrences that it stands for.
 *
 * @category models
 * @since 0.1.0
 */
export interface Buffered {
  readonly scheduledAt: number
  readonly covers: Range | null
  readonly caughtUp: boolean
}

/**
 * What is remembered between two decisions. `lastDecided` is the nominal time up to which every occurrence has its
 * outcome; it never decreases. `runs` counts the occurrences that were started, against `maxRuns`.
 *
 * @category models
 * @since 0.1.0
 */
export interface State {
  readonly enabled: boolean
  readonly lastDecided: number
  readonly buffer: ReadonlyArray<Buffered>
  readonly runs: number
}

/**
 * What happened to the occurrences of a range, and why.
 *
 * - `Started`: an instance was made for it.
 * - `Skipped`: it was time, but `Overlap` (no room), `BufferFull`, `Superseded` (a later one took its place),
 *   `DeadlinePassed`, `LimitReached` (`maxRuns`) or `Disabled` forbade it.
 * - `Missed`: nobody was there in time, and the policy (`NotCaughtUp`), the window (`TooOld`) or the maximum (`TooMany`)
 *   leaves it at that.
 * - `Absorbed`: missed, and covered by the run at `into`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Outcome extends Range {
  readonly outcome: "Started" | "Skipped" | "Missed" | "Absorbed"
  readonly reason: Reason
  /** Ids of the instances that left no room. */
  readonly blockedBy: ReadonlyArray<string>
  /** The run that covers it. */
  readonly into: number | null
}

/**
 * Why an occurrence ended as it did; empty for one that started or was absorbed.
 *
 * @category models
 * @since 0.1.0
 */
export type Reason =
  | ""
  | "Overlap"
  | "BufferFull"
  | "Superseded"
  | "DeadlinePassed"
  | "LimitReached"
  | "Disabled"
  | "NotCaughtUp"
  | "TooOld"
  | "TooMany"

/**
 * An instance to make.
 *
 * @category models
 * @since 0.1.0
 */
export interface Start {
  readonly scheduledAt: number
  readonly covers: Range | null
}

/**
 * What to do now and what to remember. `interrupts` are to be cancelled; with `terminate`, their slots are free at once.
 * `wakeAt` is when to ask again if nothing else happens, absent when nothing will become due; `exhausted` says that
 * nothing ever will.
 *
 * @category models
 * @since 0.1.0
 */
export interface Decision {
  readonly state: State
  readonly starts: ReadonlyArray<Start>
  readonly interrupts: ReadonlyArray<{ readonly taskId: string; readonly terminate: boolean }>
  readonly outcomes: ReadonlyArray<Outcome>
  readonly wakeAt: number | undefined
  readonly exhausted: boolean
}

/** Below this lateness an occurrence is an ordinary late one, not a missed one; never more than half the gap. */
const ordinaryLateness = 30_000

/** How many occurrences one decision counts step by step, where there is no arithmetic for it. */
const countLimit = 100_000

/**
 * The next occurrence after an instant, within `startAt` and `endAt`.
 *
 * @category occurrences
 * @since 0.1.0
 */
export const next = (spec: Spec, after: number): number | undefined => {
  const from = spec.startAt === null ? after : Math.max(after, spec.startAt - 1)
  const at = spec.timetable.next(from)
  return at === undefined || (spec.endAt !== null && at > spec.endAt) ? undefined : at
}

/**
 * The last occurrence before an instant, within `startAt` and `endAt`.
 *
 * @category occurrences
 * @since 0.1.0
 */
export const prev = (spec: Spec, before: number): number | undefined => {
  const until = spec.endAt === null ? before : Math.min(before, spec.endAt + 1)
  const at = spec.timetable.prev(until)
  return at === undefined || (spec.startAt !== null && at < spec.startAt) ? undefined : at
}

/**
 * When an occurrence is really due: its nominal time and its jitter, which is always the same for one occurrence and
 * ends before the next occurrence.
 *
 * @category occurrences
 * @since 0.1.0
 */
export const effective = (spec: Spec, nominal: number): number => {
  if (spec.jitter === 0) return nominal
  const following = spec.timetable.next(nominal)
  const room = following === undefined ? spec.jitter : Math.min(spec.jitter, following - nominal)
  return nominal + hash(`${spec.seed}\u0000${nominal}`) % room
}

/**
 * Decides what happens to everything that is due at `now`. `active` are the ids of the instances that have not ended,
 * oldest first.
 *
 * @category deciding
 * @since 0.1.0
 */
export const decide = (spec: Spec, state: State, now: number, active: ReadonlyArray<string>): Decision => {
  const draft = new Draft(spec, state, now, active)
  const caughtUp = catchUp(draft)
  if (caughtUp === undefined) return draft.decision(now)
  for (const occurrence of [...state.buffer, ...caughtUp]) settle(draft, occurrence)
  return draft.decision(wakeAt(draft))
}

/**
 * Outcomes of the occurrences up to `at` that their jitter has kept waiting: for when the recurrence changes under them.
 *
 * @category deciding
 * @since 0.1.0
 */
export const supersede = (spec: Spec, state: State, at: number): ReadonlyArray<Outcome> => {
  const draft = new Draft(spec, state, at, [])
  closeUpTo(draft, at, "Skipped", "Superseded")
  return draft.outcomes
}

/** A decision in the making. */
class Draft {
  readonly spec: Spec
  readonly now: number
  readonly active: Array<string>
  readonly enabled: boolean
  readonly starts: Array<Start> = []
  readonly interrupts: Array<{ readonly taskId: string; readonly terminate: boolean }> = []
  readonly outcomes: Array<Outcome> = []
  buffer: Array<Buffered> = []
  lastDecided: number
  runs: number

  constructor(spec: Spec, state: State, now: number, active: ReadonlyArray<string>) {
    this.spec = spec
    this.now = now
    this.active = [...active]
    this.enabled = state.enabled
    this.lastDecided = state.lastDecided
    this.runs = state.runs
  }

  get limitReached() {
    return this.spec.maxRuns !== null && this.runs >= this.spec.maxRuns
  }
  get full() {
    return this.active.length + this.starts.length >= this.spec.maxConcurrent
  }

  start(occurrence: Buffered) {
    this.runs++
    this.starts.push({ scheduledAt: occurrence.scheduledAt, covers: occurrence.covers })
    this.close(single(occurrence.scheduledAt), "Started", "")
  }
  skip(occurrence: Buffered, reason: Reason) {
    const blockedBy = reason === "Overlap" || reason === "BufferFull" ? this.active : []
    this.close(single(occurrence.scheduledAt), "Skipped", reason, blockedBy)
  }
  close(
    range: Range,
    outcome: Outcome["outcome"],
    reason: Reason,
    blockedBy: ReadonlyArray<string> = [],
    into: number | null = null
  ) {
    if (range.count > 0) this.outcomes.push({ ...range, outcome, reason, blockedBy, into })
  }

  decision(wakeAt: number | undefined): Decision {
    const state = { enabled: this.enabled, lastDecided: this.lastDecided, buffer: this.buffer, runs: this.runs }
    return {
      state,
      starts: this.starts,
      interrupts: this.interrupts,
      outcomes: this.outcomes,
      wakeAt,
      exhausted: this.enabled && wakeAt === undefined && this.buffer.length === 0
    }
  }
}

const single = (at: number): Range => ({ from: at, to: at, count: 1 })

/** The last occurrence that is due at `now`. */
const lastDue = (spec: Spec, now: number): number | undefined => {
  const at = prev(spec, now + 1)
  return at === undefined || effective(spec, at) <= now ? at : prev(spec, at)
}

const isMissed = (spec: Spec, nominal: number, now: number): boolean => {
  const following = spec.timetable.next(nominal)
  const half = following === undefined ? ordinaryLateness : (following - nominal) / 2
  return now - effective(spec, nominal) > Math.min(ordinaryLateness, half)
}

/**
 * Moves `lastDecided` over everything that is due, closes what will not run, and gives what may run; `undefined` when
 * there was more to count than one decision should.
 */
const catchUp = (draft: Draft): ReadonlyArray<Buffered> | undefined => {
  const last = lastDue(draft.spec, draft.now)
  if (last === undefined || last <= draft.lastDecided) return []
  if (!draft.enabled) return closeUpTo(draft, last, "Skipped", "Disabled") && []
  if (draft.limitReached) return closeUpTo(draft, last, "Skipped", "LimitReached") && []
  const punctual = punctualOnes(draft, last)
  const picked = missedPicks(draft, punctual, last)
  const first = picked[0] ?? punctual[0]
  const before = (first ?? last + 1) - 1
  const tooOld = draft.spec.onMissed === "none" ? before : Math.min(before, horizon(draft))
  const old = closeUpTo(draft, tooOld, "Missed", draft.spec.onMissed === "none" ? "NotCaughtUp" : "TooOld")
  const covered = old && (draft.spec.onMissed === "all"
    ? closeUpTo(draft, before, "Missed", "TooMany")
    : closeUpTo(draft, before, "Absorbed", "", first))
  if (covered === undefined) return undefined
  if (draft.spec.onMissed !== "earliest" || picked.length === 0) {
    draft.lastDecided = last
    return runnable(draft, picked, punctual, covered)
  }
  draft.lastDecided = picked[0]!
  const later = closeUpTo(draft, last, "Absorbed", "", first)
  return later && runnable(draft, picked, punctual, later)
}

/** Missed occurrences at or before it are too old to catch up with. */
const horizon = (draft: Draft): number => Math.max(draft.lastDecided, draft.now - draft.spec.catchUpWindow - 1)

/** Those that are due and not late, in order: hardly ever more than one. */
const punctualOnes = (draft: Draft, last: number): ReadonlyArray<number> => {
  const found: Array<number> = []
  let at: number | undefined = last
  while (at !== undefined && at > draft.lastDecided && !isMissed(draft.spec, at, draft.now)) {
    found.unshift(at)
    at = prev(draft.spec, at)
  }
  return found
}

/** The missed ones that the policy wants to run: none beside a punctual one, unless it wants them all. */
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
      covers: picked.length === 0 && i === 0 ? absorbed : null,
      caughtUp: false
    }))
  ]
}

/** What is undecided up to `end` (included). `complete` is false when it was too much to count. */
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

/** Gives everything up to `end` one outcome; `undefined` when it was too much, so that a part of it was given up. */
const closeUpTo = (
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

/** Starts an occurrence, skips it, or lets it wait. */
const settle = (draft: Draft, occurrence: Buffered): void => {
  const { overlap, startDeadline } = draft.spec
  if (!draft.enabled) return draft.skip(occurrence, "Disabled")
  if (draft.limitReached) return draft.skip(occurrence, "LimitReached")
  if (startDeadline !== null && draft.now - occurrence.scheduledAt > startDeadline) {
    return draft.skip(occurrence, "DeadlinePassed")
  }
  if (!draft.full || overlap === "allowAll") return draft.start(occurrence)
  if (occurrence.caughtUp) return void draft.buffer.push(occurrence)
  return onOverlap[overlap](draft, occurrence)
}

/** What the policies do with an occurrence for which there is no room. */
const onOverlap: Record<Exclude<OverlapPolicy, "allowAll">, (draft: Draft, occurrence: Buffered) => void> = {
  skip: (draft, occurrence) => draft.skip(occurrence, "Overlap"),
  bufferOne: (draft, occurrence) => bufferUpTo(draft, occurrence, 1),
  bufferAll: (draft, occurrence) => bufferUpTo(draft, occurrence, draft.spec.bufferLimit),
  cancelOther: (draft, occurrence) => {
    supersedeWaiting(draft)
    draft.buffer.push(occurrence)
    for (const taskId of draft.active.slice(0, excess(draft))) draft.interrupts.push({ taskId, terminate: false })
  },
  terminateOther: (draft, occurrence) => {
    for (const taskId of draft.active.splice(0, excess(draft))) draft.interrupts.push({ taskId, terminate: true })
    if (draft.full) return draft.skip(occurrence, "Overlap")
    // an older one must not start after it
    supersedeWaiting(draft)
    draft.start(occurrence)
  }
}

const supersedeWaiting = (draft: Draft): void => {
  for (const older of draft.buffer) draft.skip(older, "Superseded")
  draft.buffer = []
}

/** How many instances must go for one more to start. */
const excess = (draft: Draft): number => draft.active.length + draft.starts.length - draft.spec.maxConcurrent + 1

const bufferUpTo = (draft: Draft, occurrence: Buffered, limit: number): void => {
  const waiting = draft.buffer.filter((other) => !other.caughtUp).length
  if (waiting < limit) draft.buffer.push(occurrence)
  else draft.skip(occurrence, "BufferFull")
}

/** When the next occurrence is due, or the deadline of one that waits has passed. */
const wakeAt = (draft: Draft): number | undefined => {
  const { spec } = draft
  if (!draft.enabled || draft.limitReached) return undefined
  const following = next(spec, draft.lastDecided)
  const due = following === undefined ? Infinity : effective(spec, following)
  const deadline = spec.startDeadline
  const expiries = deadline === null ? [] : draft.buffer.map(({ scheduledAt }) => scheduledAt + deadline + 1)
  const first = Math.min(due, ...expiries)
  return first === Infinity ? undefined : first
}
