import { assert, describe, it } from "@effect/vitest"
import { Health, TaskError, type TaskStore } from "brinjal"
import { Testing } from "brinjal/testing"
import { Effect, Logger, Option } from "effect"
import { journal, lasting, layer, start, Work } from "./support.ts"

type Store = typeof TaskStore.TaskStore.Service

/** A store that takes 5 ms to read the queue. */
const slowlyRead = (store: Store): Store => ({
  ...store,
  queuedTasks: (page) => Effect.delay(Effect.suspend(() => store.queuedTasks(page)), 5)
})

const template = (_: unknown, i: number) => Work.template(lasting(`t${i}`, 0))

describe("a long queue", () => {
  it.effect("is read on while its first tasks are to be read again", () =>
    Effect.scoped(Effect.gen(function*() {
      const { manager, within } = yield* start("b", { handlers: [] })
      yield* within(manager.addTasksToQueue(Array.from({ length: 3_000 }, template)))
      yield* start("a", { store: slowlyRead })
      // more come while the first ones are being read
      yield* within(manager.addTasksToQueue([template(undefined, 3_000)]))
      yield* Testing.advance("6 millis")
      yield* within(manager.addTasksToQueue([template(undefined, 3_001)]))
      for (let i = 0; i < 12; i++) yield* Testing.advance("5 millis")
      assert.isAtLeast((yield* journal).filter((line) => line.endsWith(" starts")).length, 3_000)
    })).pipe(Effect.provide(layer)))
})

describe("a queue that cannot be read", () => {
  const refused = new TaskError.TaskStoreError({ operation: "queuedTasks", cause: new Error("connection refused") })

  it.effect("is read as soon as it can be, and until then the log and the health of the process say so", () =>
    Effect.scoped(Effect.gen(function*() {
      let isDown = true
      let tries = 0
      const broken = (store: Store): Store => ({
        ...store,
        queuedTasks: (page) =>
          Effect.suspend(() => {
            tries++
            return isDown ? Effect.fail(refused) : store.queuedTasks(page)
          })
      })
      const logged: Array<string> = []
      const collector = Logger.make(({ message }) => void logged.push(String(message)))
      const queuer = yield* start("b", { handlers: [] })
      yield* queuer.within(queuer.manager.addTaskToQueue(template(undefined, 0)))
      const worker = yield* Effect.provide(start("a", { store: broken }), Logger.layer([collector]))
      yield* Testing.advance("20 seconds")
      assert.isAbove(tries, 3)
      assert.deepStrictEqual(logged.filter((line) => line.includes("queuedTasks")), [
        `The task store failed in "queuedTasks"; trying again until it answers`
      ])
      const health = yield* worker.manager.health
      assert.isTrue(Option.isSome(health.storeFailingSince))
      assert.isFalse(Health.isReady(health))
      assert.strictEqual(Option.getOrThrow(health.lastStoreFailure).operation, "queuedTasks")
      isDown = false
      yield* Testing.advance("6 seconds")
      assert.deepStrictEqual(yield* journal, ["a: t0 starts", "a: t0 ends"])
      assert.isTrue(Health.isReady(yield* worker.manager.health))
    })).pipe(Effect.provide(layer)))
})

describe("a queue of large tasks", () => {
  it.effect("is read in pages of few tasks", () =>
    Effect.scoped(Effect.gen(function*() {
      const sizes: Array<number> = []
      const measured = (store: Store): Store => ({
        ...store,
        queuedTasks: (page) =>
          Effect.tap(store.queuedTasks(page), (tasks) => Effect.sync(() => sizes.push(tasks.length)))
      })
      const large = "x".repeat(1_000_000)
      const { manager, within } = yield* start("b", { handlers: [] })
      yield* within(
        manager.addTasksToQueue(Array.from({ length: 200 }, () => Work.template(lasting(large, 0))))
      )
      yield* start("a", { handlers: ["Work"], store: measured })
      yield* Testing.advance("1 second")
      assert.strictEqual((yield* journal).filter((line) => line.endsWith(" starts")).length, 200)
      assert.isAtMost(Math.max(...sizes), 100)
      assert.isAtMost(Math.max(...sizes.slice(1)), 33)
    })).pipe(Effect.provide(layer)))
})
