/**
 * What happens at an instant to the occurrences of one recurring task: a pure function of what was decided before, the
 * clock, and the active instances.
 *
 * The manager's loop, `explain`, simulations and the tests all call this one function. Times are epoch milliseconds; it
 * uses no Effect and no service.
 */
import { closeUpTo } from "./internal/decision/catchUp.ts"
import { Draft } from "./internal/decision/draft.ts"
import * as occurrences from "./internal/decision/occurrences.ts"
import { plain } from "./internal/decision/plain.ts"
import { weigh } from "./internal/decision/weigh.ts"
import type { Timetable } from "./internal/recurrence/timetable.ts"
import type { MissedPolicy, OverlapPolicy } from "./RecurringTaskInfo.ts"

export type {
  /**
   * How many steps a search for an occurrence may still take; below zero once it has been cut short.
   *
   * @category models
   * @since 0.1.0
   */
  Budget,
  /**
   * A number of occurrences, and up to which instant they were counted.
   *
   * @category models
   * @since 0.1.0
   */
  Count,
  /**
   * When something occurs, in epoch milliseconds: the next occurrence, the previous one, and a count.
   *
   * @category models
   * @since 0.1.0
   */
  Timetable
} from "./internal/recurrence/timetable.ts"

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
 * What a recurring task is meant to do. Durations are in milliseconds, `startAt` and `endAt` are inclusive epoch
 * milliseconds. `seed` (usually the id) determines the jitter.
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
 * An occurrence that waits for room. One that is `caughtUp` was missed, and waits whatever the overlap policy is;
 * `covers` are the missed occurrences that it stands for.
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
 * - `Skipped`: it was due, but was ruled out by `Overlap` (no room), `BufferFull`, `Superseded` (a later one took its
 *   place), `DeadlinePassed`, `LimitReached` (`maxRuns`) or `Disabled`.
 * - `Missed`: nothing decided it in time, and it is not caught up with because of the policy (`NotCaughtUp`), the
 *   window (`TooOld`) or the maximum (`TooMany`).
 * - `Absorbed`: it was missed, and left to the occurrence at `into`, which may itself be skipped.
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
 * Why an occurrence did not start; empty if it started or was absorbed.
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
 * What to do now, and what to remember. `interrupts` are instances to cancel; with `terminate`, their slots are free at
 * once. `wakeAt` is when to decide again if nothing else happens, absent if nothing will become due; `exhausted` says
 * that nothing ever will.
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

/**
 * The next occurrence after an instant, within `startAt` and `endAt`.
 *
 * @category occurrences
 * @since 0.1.0
 */
export const next: (spec: Spec, after: number) => number | undefined = occurrences.next

/**
 * The last occurrence before an instant, within `startAt` and `endAt`.
 *
 * @category occurrences
 * @since 0.1.0
 */
export const prev: (spec: Spec, before: number) => number | undefined = occurrences.prev

/**
 * When an occurrence is really due: its nominal time plus its jitter, which is always the same for an occurrence and
 * never reaches the next one.
 *
 * @category occurrences
 * @since 0.1.0
 */
export const effective: (spec: Spec, nominal: number) => number = occurrences.effective

/**
 * Decides everything that is due at `now`. `active` are the ids of the instances that have not ended, oldest first.
 *
 * @category deciding
 * @since 0.1.0
 */
export const decide = (spec: Spec, state: State, now: number, active: ReadonlyArray<string>): Decision =>
  plain(spec, state, now, active.length) ?? weigh(spec, state, now, active)

/**
 * The outcomes of occurrences up to `at` that still wait for their jitter to pass, for when the recurrence is changed
 * under them.
 *
 * @category deciding
 * @since 0.1.0
 */
export const supersede = (spec: Spec, state: State, at: number): ReadonlyArray<Outcome> => {
  const draft = new Draft(spec, state, at, [])
  closeUpTo(draft, at, "Skipped", "Superseded")
  return draft.outcomes
}
