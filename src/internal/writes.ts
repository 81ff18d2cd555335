/**
 * What the manager writes for every task and every tick. A store in memory answers while the Effect is made, so that a
 * task never has to wait on its way through the manager: call these only to write now, and once. Any other store
 * answers when the Effect runs.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { TaskStoreError } from "../TaskError.ts"
import type { Claim, Claimed, Commit, Settled, TaskRecord } from "../TaskStore.ts"
import * as members from "./members.ts"
import { type Live, now, type State } from "./state.ts"

/** Whether the store has already answered. */
export const isAnswer = <A, E>(self: Effect.Effect<A, E>): self is Exit.Success<A> =>
  Exit.isExit(self) && Exit.isSuccess(self)

/** Adds a task. */
export const insertTask = ({ direct, store }: State, task: TaskRecord): Effect.Effect<void, TaskStoreError> =>
  direct === undefined ? store.insertTasks([task]) : Effect.succeed(direct.insertTask(task))

/** A claim without lease or limits: no other process takes part in them. */
export const claimOf = (state: State, task: TaskRecord): Claim => ({
  task,
  owner: state.owner,
  now: now(state),
  leaseUntil: null,
  limit: Infinity,
  maxConcurrent: Infinity
})

/** Makes a queued task a running one. */
export const claim = (
  state: State,
  task: TaskRecord,
  stored: Live["stored"]
): Effect.Effect<Claimed | "busy" | "full" | undefined, TaskStoreError> => {
  const { direct, owner, store } = state
  return direct === undefined
    ? store.claim(claimOf(state, task))
    : Effect.succeed(direct.claim(task, owner, now(state), stored))
}

/** Ends a task whose attempt is still `attempt`. */
export const settle = (
  state: State,
  task: TaskRecord,
  attempt: number,
  stored?: Live["stored"]
): Effect.Effect<Settled | undefined, TaskStoreError> => {
  const { direct, store } = state
  const retention = members.retention(state)
  return direct === undefined
    ? store.settle(task, attempt, retention)
    : Effect.succeed(direct.settle(task, attempt, retention, stored))
}

/** Commits a decision. */
export const commit = (state: State, commit: Commit): Effect.Effect<boolean | Claimed, TaskStoreError> => {
  const { direct, store } = state
  const retention = members.retention(state)
  return direct === undefined ? store.commit(commit, retention) : Effect.succeed(direct.commit(commit, retention))
}
