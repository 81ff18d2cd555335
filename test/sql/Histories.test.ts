import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TaskStore from "../../src/TaskStore.ts"
import { databases, storeLayer } from "./databases.ts"
import { crowds, histories, replay, rush } from "./history.ts"

/** As many as there is time for. */
const runs = (name: string): number => name === "Postgres" ? 30 : 150

describe("the SQL store answers like the one in memory", () => {
  for (const [name, client] of databases) {
    it.effect.prop(`on ${name}, to any history`, [histories], ([history]) =>
      Effect.gen(function*() {
        const expected = yield* Effect.provide(replay(history), TaskStore.layerMemory)
        const actual = yield* Effect.provide(replay(history), storeLayer(client))
        assert.deepStrictEqual(actual, expected)
      }), { arbitrary: { runs: runs(name), size: 80 }, timeout: 120_000 })

    it.effect.prop(
      `on ${name}, to many at once as to one after another`,
      [crowds],
      ([crowd]) =>
        Effect.gen(function*() {
          const expected = yield* Effect.provide(rush(crowd), TaskStore.layerMemory)
          const actual = yield* Effect.provide(rush(crowd), storeLayer(client))
          assert.deepStrictEqual(actual, expected)
        }),
      { arbitrary: { runs: runs(name), size: 60 }, timeout: 120_000 }
    )
  }
})
