/**
 * Limits over several processes, in each isolation of transactions that a client of Postgres may have by default.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TaskStore } from "../../src/TaskStore.ts"
import { claimOf, task } from "../../src/testing/store/records.ts"
import { databases, postgresOf, storeBeside, storeOver } from "./databases.ts"

const clientOf = (level: string) => postgresOf(4, { default_transaction_isolation: level })

for (const [name] of databases.filter(([name]) => name === "Postgres")) {
  describe(`on ${name}, transactions that by default are`, () => {
    for (const level of ["read committed", "serializable"]) {
      it.effect(`${level} keep the limit of a pool when several processes claim at once`, () =>
        Effect.gen(function*() {
          const stores = [yield* TaskStore, yield* storeBeside, yield* storeBeside]
          for (let round = 0; round < 20; round++) {
            const tasks = stores.map((_, i) => task(`t${round}.${i}`, { semaphore: `pool ${round}` }))
            yield* stores[0]!.insertTasks(tasks)
            const answers = yield* Effect.forEach(
              tasks,
              (task, i) => stores[i]!.claim({ ...claimOf(task), limit: 1 }),
              { concurrency: "unbounded" }
            )
            assert.lengthOf(answers.filter((answer) => typeof answer === "object"), 1)
          }
        }).pipe(Effect.scoped, Effect.provide(storeOver(clientOf(level)))))
    }

    it.effect("repeatable read are refused, with what to do about it", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Effect.provide(TaskStore, storeOver(clientOf("repeatable read"))))
        assert.deepInclude(error, { _tag: "IncompatibleDatabase", reason: "Isolation" })
        assert.include(String(error), `startupParameters: { default_transaction_isolation: "read committed" }`)
      }))
  })
}
