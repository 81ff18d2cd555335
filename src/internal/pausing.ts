/**
 * Task types that are paused: nothing of them starts, in any process. The store knows which they are, and what this
 * process knows comes from there: it asks when it starts, when it hears that one was paused or resumed, and whenever it
 * sweeps. What waits here is held back meanwhile, and the rest is left in the store, as if there were no handler.
 */
import * as Effect from "effect/Effect"
import type { Paused } from "../Backlog.ts"
import { InvalidTaskType, type TaskStoreError } from "../TaskError.ts"
import type { Pause } from "../TaskStore.ts"
import * as announcing from "./announcing.ts"
import * as coalescing from "./coalescing.ts"
import * as fetching from "./fetching.ts"
import * as pools from "./pools.ts"
import { instant } from "./records.ts"
import * as sizes from "./sizes.ts"
import { now, type State } from "./state.ts"
import { bounded, logDefects, untilStored } from "./storeFailures.ts"
import * as turns from "./turns.ts"
import { typeIssue } from "./validate.ts"
import * as waiting from "./waiting.ts"

/** A task definition, or the name of its type. */
export type TaskOrType = string | { readonly _tag: string }

/** The name of a type, whether it can be one or not. */
export const typeOf = (given: TaskOrType): string => typeof given === "string" ? given : given._tag

/** The name of a type, if it can be one. */
const named = (given: TaskOrType): Effect.Effect<string, InvalidTaskType> => {
  const taskType = typeOf(given)
  const issue = typeIssue(taskType)
  return issue === undefined ? Effect.succeed(taskType) : Effect.fail(new InvalidTaskType({ taskType, issue }))
}

/** Pauses a type. Once this returns, nothing of it starts here, and soon nowhere else. */
export const pause = (
  state: State,
  given: TaskOrType,
  note: string
): Effect.Effect<typeof Paused.Type, InvalidTaskType | TaskStoreError> =>
  Effect.flatMap(named(given), (taskType) => {
    const short = sizes.cut(note, sizes.text)
    const stored = Effect.suspend(() => state.store.pauseType({ taskType, since: now(state), note: short }))
    const held = changing(state, bounded(state, "pauseType", stored), (pause) => {
      changed(state, taskType)
      hold(state, pause)
    })
    return Effect.map(held, shown)
  })

/** Resumes a type; what has waited starts in its order. Returns whether it was paused. */
export const resume = (
  state: State,
  given: TaskOrType
): Effect.Effect<boolean, InvalidTaskType | TaskStoreError> =>
  Effect.flatMap(
    named(given),
    (taskType) =>
      changing(state, bounded(state, "resumeType", state.store.resumeType(taskType)), (was) => {
        // another process may have resumed it just now
        if (!was) return void state.fork(look(state))
        changed(state, taskType)
        release(state, taskType)
      })
  )

const shown = ({ note, since }: Pause): typeof Paused.Type => ({ since: instant(since), note })

/** Acts on what is stored, once it is committed. If it is not known whether it is, the store is asked. */
const changing = <A>(
  state: State,
  stored: Effect.Effect<A, TaskStoreError>,
  act: (stored: A) => void
): Effect.Effect<A, TaskStoreError> =>
  Effect.tap(stored, (answer) => state.store.afterCommit(Effect.sync(() => act(answer)))).pipe(
    Effect.onError(() => Effect.sync(() => void state.fork(look(state))))
  )

/** Another process may have changed the same: what is being read may be older, so it is read again. */
const changed = (state: State, taskType: string): void => {
  state.pauses.looking.isAsked = true
  state.fork(look(state))
  announcing.paused(state, taskType)
}

/** Nothing more of a type starts here. What is reserved goes back to the store, which others must be able to end. */
const hold = (state: State, pause: Pause): void => {
  const { taskType } = pause
  const isNew = !state.pauses.known.has(taskType)
  state.pauses.known.set(taskType, pause)
  if (!isNew) return
  waiting.holdAll(state, taskType)
  state.peers.backlogs.delete(taskType)
  turns.giveBack(state)
  pumpAll(state)
}

/**
 * What is held starts again, together with what is only in the store and may come before it. Without a handler, nothing
 * of that is read here.
 */
const release = (state: State, taskType: string): void => {
  state.pauses.known.delete(taskType)
  if (state.store.durable && state.registry.get(taskType) !== undefined) {
    return void state.fork(fetching.fetchType(state, taskType))
  }
  waiting.releaseAll(state, taskType)
  pumpAll(state)
}

const pumpAll = (state: State): void => {
  for (const pool of state.pools.values()) pools.pump(state, pool)
}

/** Reads which types are paused. */
export const read = (state: State): Effect.Effect<void, TaskStoreError> =>
  Effect.map(state.store.pauses, (pauses) => take(state, pauses))

const take = (state: State, pauses: ReadonlyArray<Pause>): void => {
  const paused = new Set(pauses.map(({ taskType }) => taskType))
  for (const taskType of Array.from(state.pauses.known.keys())) if (!paused.has(taskType)) release(state, taskType)
  for (const pause of pauses) hold(state, pause)
}

/**
 * Reads again which types are paused, for as long as it takes. One look is taken at a time; a call meanwhile causes
 * another one, and what the first has found does not count then.
 */
export const look = (state: State): Effect.Effect<void> =>
  coalescing.run(
    state.pauses.looking,
    () => state.stopping,
    logDefects("Looking for task types that are paused", lookOnce(state))
  )

const lookOnce = (state: State): Effect.Effect<void> =>
  Effect.map(untilStored(state, state.store.pauses), (found) => {
    if (!state.pauses.looking.isAsked) take(state, found)
  })

/** What is paused, as users see it. */
export const known = ({ pauses }: State) =>
  Array.from(pauses.known.values(), (pause) => ({ taskType: pause.taskType, ...shown(pause) }))
