/**
 * Turns: tasks that end and tasks that are claimed in the same moment are written together, the ends first, so that where
 * one task takes the place of another, both cost one commit.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Claim, Claimed, Settled } from "../../TaskStore.ts"
import type { Ending, Writes } from "./writes.ts"

/** An end or a claim. */
export type Call = { readonly ending: Ending; readonly claim?: never } | {
  readonly claim: Claim
  readonly ending?: never
}

/** What came of a call: one of the two. */
export interface Answer {
  readonly settled?: Settled | undefined
  readonly claimed?: Claimed | "busy" | "full" | undefined
}

/** The task that a call is about. */
export const taskIdOf = ({ claim, ending }: Call): string => (ending ?? claim).task.taskId

/** Writes calls in one turn, and gives the answers in the order of the calls. */
export const write =
  ({ turn }: Writes) => (calls: ReadonlyArray<Call>): Effect.Effect<ReadonlyArray<Answer>, SqlError> =>
    Effect.map(
      turn({
        endings: calls.flatMap(({ ending }) => ending ?? []),
        claims: calls.flatMap(({ claim }) => claim ?? [])
      }),
      (turned) => {
        const settled = turned.settled.values()
        const claimed = turned.claimed.values()
        return calls.map(({ ending }): Answer =>
          ending === undefined ? { claimed: claimed.next().value } : { settled: settled.next().value }
        )
      }
    )
