import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TaskStore from "../../src/TaskStore.ts"
import { crowds, histories, replay, rush } from "./history.ts"
import { stores } from "./stores.ts"

/** As many as there is time for. */
const runs = (name: string): number => name === "Postgres" ? 30 : 150

describe("the SQL store answers like the one in memory", () => {
  for (const [name, store] of stores) {
    it.effect.prop(`on ${name}, to any history`, [histories], ([history]) =>
      Effect.gen(function*() {
        const expected = yield* Effect.provide(replay(history), TaskStore.layerMemory)
        const actual = yield* Effect.provide(replay(history), store)
        assert.deepStrictEqual(actual, expected)
      }), { arbitrary: { runs: runs(name), size: 80 }, timeout: 120_000 })

    it.effect.prop(
      `on ${name}, to many at once as to one after another`,
      [crowds],
      ([crowd]) =>
        Effect.gen(function*() {
          const expected = yield* Effect.provide(rush(crowd), TaskStore.layerMemory)
          const actual = yield* Effect.provide(rush(crowd), store)
          assert.deepStrictEqual(actual, expected)
        }),
      { arbitrary: { runs: runs(name), size: 60 }, timeout: 120_000 }
    )
  }
})
