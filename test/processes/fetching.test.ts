import { assert, describe, it } from "@effect/vitest"
import type { TaskStore } from "brinjal"
import { Testing } from "brinjal/testing"
import { Effect } from "effect"
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
