/**
 * The full decision: catches up with what is due, then starts, keeps or skips everything that waits or is due.
 */
import type { Decision, Spec, State } from "../../Decision.ts"
import { catchUp } from "./catchUp.ts"
import { Draft } from "./draft.ts"
import { effective, next } from "./occurrences.ts"
import { settle } from "./overlap.ts"

/** The decision in any case. */
export const weigh = (spec: Spec, state: State, now: number, active: ReadonlyArray<string>): Decision => {
  const draft = new Draft(spec, state, now, active)
  const caughtUp = catchUp(draft)
  if (caughtUp === undefined) return draft.decision(now)
  for (const occurrence of [...state.buffer, ...caughtUp]) settle(draft, occurrence)
  return draft.decision(wakeAt(draft))
}

/** When the next occurrence is due, or the start deadline of a waiting one passes. */
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
