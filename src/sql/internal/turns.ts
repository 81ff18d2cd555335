/**
 * Turns: what processes do with tasks at the same moment is written together, endings first, so that a task that takes
 * the place of another one costs one commit for both.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Claim, Retention, TaskRecord, Turn as TurnOfOne, Turned } from "../../TaskStore.ts"
import type { Turn, Writes } from "./writes.ts"

const nothing: Turn = { endings: [], claims: [], reservations: [], returns: [] }

/** The turn of a single ending. */
export const ofEnding = (task: TaskRecord, expected: number, retention: Retention, owner: string | null): Turn => ({
  ...nothing,
  endings: [{ task, expected, retention, owner }]
})

/** The turn of a single claim. */
export const ofClaim = (claim: Claim): Turn => ({ ...nothing, claims: [claim] })

/** The turn of a process. */
export const of = (
  { claims, endings, leaseUntil, owner, reservations, retention, returns }: TurnOfOne
): Turn => ({
  endings: endings.map(({ attempt, task }) => ({ task, expected: attempt, retention, owner })),
  claims,
  reservations: reservations.map((task) => ({ task, owner, leaseUntil })),
  returns: returns.map((task) => ({ task, owner, leaseUntil }))
})

/** The tasks that a turn is about. */
export const taskIdsOf = ({ claims, endings, reservations, returns }: Turn): ReadonlyArray<string> => {
  const ids: Array<string> = []
  for (const { task } of endings) ids.push(task.taskId)
  for (const { task } of claims) ids.push(task.taskId)
  for (const { task } of reservations) ids.push(task.taskId)
  for (const { task } of returns) ids.push(task.taskId)
  return ids
}

/** How many rows a turn writes. */
export const weightOf = ({ claims, endings, reservations, returns }: Turn): number =>
  endings.length + claims.length + reservations.length + returns.length

/** Writes turns as one, and returns their answers in order. */
export const write = (writes: Writes) => (turns: ReadonlyArray<Turn>): Effect.Effect<ReadonlyArray<Turned>, SqlError> =>
  Effect.map(
    writes.turn({
      endings: turns.flatMap(({ endings }) => endings),
      claims: turns.flatMap(({ claims }) => claims),
      reservations: turns.flatMap(({ reservations }) => reservations),
      returns: turns.flatMap(({ returns }) => returns)
    }),
    (turned) => {
      const settled = parts(turned.settled)
      const claimed = parts(turned.claimed)
      const reserved = parts(turned.reserved)
      return turns.map(({ claims, endings, reservations }): Turned => ({
        settled: settled(endings.length),
        claimed: claimed(claims.length),
        reserved: reserved(reservations.length)
      }))
    }
  )

/** Returns the next `n` items of a list at each call. */
const parts = <A>(all: ReadonlyArray<A>) => {
  let from = 0
  return (count: number): ReadonlyArray<A> => all.slice(from, from += count)
}
