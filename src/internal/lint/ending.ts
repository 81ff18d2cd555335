/**
 * Finds recurring tasks that do not fire any more.
 */
import * as Option from "effect/Option"
import * as Decision from "../../Decision.ts"
import { EndInThePast, NeverFires, type Warning } from "../../LintWarning.ts"
import { instant } from "./instants.ts"
import type { Subject } from "./subject.ts"

/** A warning if it does not fire after `now`. */
export const ending = ({ config: { recurringId }, decisionSpec, now, spec }: Subject): ReadonlyArray<Warning> => {
  if (Decision.next(decisionSpec, now) !== undefined) return []
  const { recurrence } = spec
  const end = recurrence._tag === "EndAt" ? recurrence.instant.epochMilliseconds : Infinity
  const endAt = Math.min(end, spec.endAt ?? Infinity)
  if (endAt <= now) return [new EndInThePast({ recurringId, endAt: instant(endAt) })]
  const last = Decision.prev(decisionSpec, now + 1)
  const reason = last === undefined ? "it has no occurrence" : "it has no occurrence any more"
  return [new NeverFires({ recurringId, reason, last: Option.map(Option.fromUndefinedOr(last), instant) })]
}
