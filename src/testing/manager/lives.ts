/**
 * Managers that a test can start, stop and freeze, over a store that it keeps.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type * as Task from "../../Task.ts"
import * as TaskManager from "../../TaskManager.ts"
import { TaskStore } from "../../TaskStore.ts"
import * as clock from "../internal/clock.ts"
import { caseOf } from "../internal/suite.ts"
import * as Testing from "../Testing.ts"
import { configuration, handlers, type Journal, manager, type World } from "./world.ts"

/** A world without a manager. */
export type Store = TaskStore | Journal

/** A test in this world. */
export const test = caseOf<Store>()

/** The kit's clock as an ordinary one, which stands still while `thawed` is closed: no sleeper wakes. */
const clockOf = (kits: Clock.Clock, thawed: Latch.Latch): Clock.Clock =>
  clock.ordinary(kits, (duration) => Effect.andThen(kits.sleep(duration), thawed.await))

/** A manager that a test can stop or freeze; a frozen one looks like one that has crashed. */
export interface Process {
  readonly within: <A, E>(self: Effect.Effect<A, E, World>) => Effect.Effect<A, E>
  readonly stop: Effect.Effect<void>
  readonly freeze: Effect.Effect<unknown>
  readonly thaw: Effect.Effect<unknown>
}

/** Starts a manager with a configuration. It is stopped at the end of the test, if it is not stopped before. */
export const startWith = Effect.fnUntraced(function*(given: TaskManager.Configuration) {
  const scope = yield* Scope.make()
  const outside = yield* Effect.context<Store>()
  const thawed = yield* Latch.make(true)
  const ordinaryClock = Layer.succeed(Clock.Clock, clockOf(yield* Clock.Clock, thawed))
  const layer = handlers.pipe(
    Layer.provideMerge(TaskManager.layer),
    Layer.provide([ordinaryClock, configuration(given)]),
    Layer.fresh
  )
  const inside = yield* Layer.buildWithScope(layer, scope)
  const process: Process = {
    within: Effect.provideContext(Context.merge(outside, inside)),
    stop: Scope.close(scope, Exit.void),
    freeze: thawed.close,
    thaw: thawed.open
  }
  yield* Effect.addFinalizer(() => Effect.andThen(process.thaw, process.stop))
  yield* clock.freeAtEnd
  yield* Testing.settle
  return process
})

/** A manager that no other manager waits for. */
export const start = startWith({})

/** A manager whose tasks others take over when it has been silent for a lease. */
export const startLeasing = startWith({ lease: "30 seconds" })

/** Queues a task, and lets it start if it can. */
export const enqueue = <T extends Task.Any>(template: Task.Template<T>) =>
  Effect.tap(Effect.flatMap(manager, ({ addTaskToQueue }) => addTaskToQueue(template)), () => Testing.settle)

/** The status of a task in the store. */
export const statusOf = (taskId: string) =>
  Effect.map(TaskStore.use((store) => store.getTask(taskId)), (task) => task?.status)

/** Why a task in the store did not succeed. */
export const messageOf = (taskId: string) =>
  Effect.map(TaskStore.use((store) => store.getTask(taskId)), (task) => task?.failure?.message)

/** The status of a task that was cut off by the end of its manager. */
export const cutOffStatus = TaskStore.useSync(({ durable }) => durable ? "queued" : "cancelled")

/** A test of what only a durable store can do. */
export const durably = (name: string, body: Parameters<typeof test>[1]) =>
  test(name, function*() {
    const { durable } = yield* TaskStore
    if (durable) yield* Effect.gen(body)
  })
