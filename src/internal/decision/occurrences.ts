/**
 * When a recurring task is due: its recurrence, bounded by `startAt` and `endAt`, plus jitter.
 */
import type { Spec } from "../../Decision.ts"
import { hash } from "../hash.ts"

/**
 * The next occurrence after an instant, within `startAt` and `endAt`.
 */
export const next = (spec: Spec, after: number): number | undefined => {
  const from = spec.startAt === null ? after : Math.max(after, spec.startAt - 1)
  const at = spec.timetable.next(from)
  return at === undefined || (spec.endAt !== null && at > spec.endAt) ? undefined : at
}

/**
 * The last occurrence before an instant, within `startAt` and `endAt`.
 */
export const prev = (spec: Spec, before: number): number | undefined => {
  const until = spec.endAt === null ? before : Math.min(before, spec.endAt + 1)
  const at = spec.timetable.prev(until)
  return at === undefined || (spec.startAt !== null && at < spec.startAt) ? undefined : at
}

/**
 * When an occurrence is really due: its nominal time plus its jitter, which is always the same for an occurrence and
 * never reaches the next one.
 */
export const effective = (spec: Spec, nominal: number): number => {
  if (spec.jitter === 0) return nominal
  const following = spec.timetable.next(nominal)
  const room = following === undefined ? spec.jitter : Math.min(spec.jitter, following - nominal)
  return nominal + hash(`${spec.seed}\u0000${nominal}`) % room
}

/**
 * An occurrence that is late by at most this (in milliseconds), and by at most half the gap to the next one, counts as
 * punctual and not as missed.
 */
const ordinaryLateness = 30_000

/** The last occurrence that is due at `now`, jitter included. */
export const lastDue = (spec: Spec, now: number): number | undefined => {
  const at = prev(spec, now + 1)
  return at === undefined || effective(spec, at) <= now ? at : prev(spec, at)
}

/** Whether an occurrence that is due is too late to count as punctual. */
export const isMissed = (spec: Spec, nominal: number, now: number): boolean => {
  const following = spec.timetable.next(nominal)
  const half = following === undefined ? ordinaryLateness : (following - nominal) / 2
  return now - effective(spec, nominal) > Math.min(ordinaryLateness, half)
}
