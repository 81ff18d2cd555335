/**
 * Tasks that wait for their concurrency key. They are parked in the store, which knows how many tasks with the key are
 * active. Whoever adds one, or ends one, asks which of them may leave, and takes those in.
 */
import * as Effect from "effect/Effect"
import type { TaskRecord } from "../TaskStore.ts"
import * as announcing from "./announcing.ts"
import * as fetching from "./fetching.ts"
import * as pools from "./pools.ts"
import * as publishing from "./publishing.ts"
import { type Live, now, type State } from "./state.ts"
import { logDefects, untilStored } from "./storeFailures.ts"
import * as waiting from "./waiting.ts"

/** How many keys are asked for at once, and how many tasks leave then: their payloads may be large. */
const mostKeys = 500
const mostTasks = 100

/** Asks soon which tasks with this key may leave. Those of one moment are asked for together. */
export const ask = (state: State, key: string): void => {
  const { parking } = state
  parking.keys.add(key)
  if (parking.isAsking) return
  parking.isAsking = true
  state.fork(Effect.andThen(Effect.yieldNow, askAll(state)))
}

const askAll = (state: State): Effect.Effect<void> => {
  const { parking } = state
  return Effect.whileLoop({
    while: () => {
      if (parking.keys.size > 0) return true
      parking.isAsking = false
      parking.idle?.()
      return false
    },
    body: () => logDefects("Looking for tasks whose concurrency key is free", askNext(state)),
    step: () => undefined
  })
}

const askNext = (state: State): Effect.Effect<void> => {
  const { keys } = state.parking
  const asked = [...keys].slice(0, mostKeys)
  for (const key of asked) keys.delete(key)
  const unparked = Effect.flatMap(
    wakeHere(state),
    () => untilStored(state, state.store.unparkTasks(asked, mostTasks))
  )
  return Effect.flatMap(unparked, ({ held, tasks }) => {
    if (tasks.length === mostTasks) { for (const key of asked) keys.add(key) }
    if (held.length > 0) askLater(state, held)
    return take(state, tasks)
  })
}

/** How long the end of a transaction is waited for that may bring tasks back into line. */
const pause = "1 second"

/** Asks again after a while, for all keys that are held until then. */
const askLater = (state: State, held: ReadonlyArray<string>): void => {
  const { parking } = state
  const isWaiting = parking.held.size > 0
  for (const key of held) parking.held.add(key)
  if (isWaiting) return
  const again = Effect.sync(() => {
    const keys = [...parking.held]
    parking.held.clear()
    for (const key of keys) ask(state, key)
  })
  state.fork(Effect.andThen(Effect.sleep(pause), again))
}

/** In memory, tasks that have slept are woken here and not in the store. */
const wakeHere = (state: State): Effect.Effect<unknown> => {
  if (!state.parking.isDue) return Effect.void
  state.parking.isDue = false
  return untilStored(state, state.store.wakeTasks(now(state), Infinity))
}

/** What others have to run is announced to them, at once and even while this process stops. */
const take = (state: State, tasks: ReadonlyArray<TaskRecord>): Effect.Effect<void> => {
  const isArriving = ({ taskId }: TaskRecord) => state.storing.has(taskId)
  for (const task of tasks) if (isArriving(task)) state.parking.early.set(task.taskId, task)
  const known = tasks.filter((task) => !isArriving(task))
  for (const task of known) publishing.task(state, task)
  if (!state.store.durable) return Effect.sync(() => release(state, known))
  const isForHere = ({ taskType }: TaskRecord) => !state.stopping && state.registry.get(taskType) !== undefined
  for (const task of known) if (!isForHere(task)) announcing.queued(state, task.taskType)
  return fetching.take(state, known.filter(isForHere))
}

/** They wait for their pools from now on. */
const release = (state: State, tasks: ReadonlyArray<TaskRecord>): void => {
  if (state.stopping) return
  const released = tasks.flatMap((task): ReadonlyArray<Live> => {
    const live = state.live.get(task.taskId)
    if (live === undefined || live.settled) return []
    live.record = { ...live.record, parked: false }
    return [live]
  })
  for (const live of released) waiting.enter(state, live, true)
  for (const pool of new Set(released.map((live) => live.pool))) pools.pump(state, pool)
}

/** How many keys are read at once. */
const page = 1_000

/** Asks for all keys of which tasks are parked: whoever had to ask for one may have died. */
export const recheck = (state: State, after = ""): Effect.Effect<void> =>
  Effect.flatMap(untilStored(state, state.store.parkedKeys(after, page)), (keys) => {
    for (const key of keys) ask(state, key)
    return keys.length < page ? Effect.void : recheck(state, keys.at(-1)!)
  })

/** Waits until nothing is being asked. */
export const idle = (state: State): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (!state.parking.isAsking) return resume(Effect.void)
    state.parking.idle = () => resume(Effect.void)
  })
