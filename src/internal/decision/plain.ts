/**
 * The decision when there is nothing to weigh, as in almost every case: nothing is due, or a single punctual occurrence
 * finds room. It equals the full decision, at a fraction of its cost.
 */
import type { Decision, Outcome, Spec, State } from "../../Decision.ts"
import { isMissed, next } from "./occurrences.ts"

/** The decision, if there is nothing to weigh. */
export const plain = (spec: Spec, state: State, now: number, active: number): Decision | undefined => {
  if (!isPlain(spec, state)) return undefined
  const due = next(spec, state.lastDecided)
  if (due === undefined || due > now) return nothing(state, due)
  const following = next(spec, due)
  return mayStart(spec, due, following, now, active) ? started(state, due, following) : undefined
}

/** The occurrence that starts, if it is all that is due and there is nothing to weigh. */
export const punctual = (spec: Spec, state: State, now: number, active: number): number | undefined => {
  if (!isPlain(spec, state)) return undefined
  const due = next(spec, state.lastDecided)
  return due !== undefined && due <= now && mayStart(spec, due, next(spec, due), now, active) ? due : undefined
}

/**
 * Whether nothing starts until it is changed. What it skips until then is recorded with the change: if it were recorded
 * whenever somebody looks, processes that hear nothing of each other would have each other look in turn, for ever.
 */
export const isOver = ({ maxRuns }: Pick<Spec, "maxRuns">, { buffer, enabled, runs }: State): boolean =>
  buffer.length === 0 && (!enabled || (maxRuns !== null && runs >= maxRuns))

const isPlain = ({ jitter, maxRuns }: Spec, { buffer, enabled }: State): boolean =>
  enabled && buffer.length === 0 && jitter === 0 && maxRuns === null

/** Whether this is the only occurrence that is due, and nothing prevents its start. */
const mayStart = (spec: Spec, due: number, following: number | undefined, now: number, active: number): boolean =>
  (following === undefined || following > now) &&
  (active < spec.maxConcurrent || spec.overlap === "allowAll") && !isMissed(spec, due, now) &&
  (spec.startDeadline === null || now - due <= spec.startDeadline)

const nothing = (state: State, wakeAt: number | undefined): Decision => ({
  state,
  starts: none,
  interrupts: none,
  outcomes: none,
  wakeAt,
  exhausted: wakeAt === undefined
})

const started = (state: State, at: number, wakeAt: number | undefined): Decision => ({
  state: { enabled: state.enabled, lastDecided: at, buffer: state.buffer, runs: state.runs + 1 },
  starts: [{ scheduledAt: at, covers: null }],
  interrupts: none,
  outcomes: [start(at)],
  wakeAt,
  exhausted: wakeAt === undefined
})

const start = (at: number): Outcome => ({
  from: at,
  to: at,
  count: 1,
  outcome: "Started",
  reason: "",
  blockedBy: none,
  into: null
})

const none: ReadonlyArray<never> = []
