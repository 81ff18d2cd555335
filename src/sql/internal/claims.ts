/**
 * Claims and their answers, for both dialects. They are decided in the order of the claims.
 */
import * as Effect from "effect/Effect"
import type { Claim, TaskRecord, Turned } from "../../TaskStore.ts"
import type * as counters from "./counters.ts"
import * as rows from "./rows.ts"

/** What becomes of a claim whose task can be claimed. */
export type Verdict = "taken" | "busy" | "full"

/** Answers claims, and counts the tasks that were taken. */
export const answer = <E>(
  claims: ReadonlyArray<Claim>,
  verdicts: ReadonlyArray<Verdict | undefined>,
  count: (taken: ReadonlyArray<TaskRecord>) => Effect.Effect<counters.Folded, E>
): Effect.Effect<Turned["claimed"], E> => {
  const tasks = claims.map((claim, i) => verdicts[i] === "taken" ? rows.toClaimed(claim) : undefined)
  return Effect.map(
    count(tasks.filter((task) => task !== undefined)),
    ({ after }) =>
      verdicts.map((verdict, i) => verdict === "taken" ? { task: tasks[i]!, counters: after.get(tasks[i]!) } : verdict)
  )
}
