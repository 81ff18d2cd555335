import { assert, describe, it } from "@effect/vitest"
import { TaskStore } from "brinjal"
import { Effect, Exit, Layer, Scope } from "effect"
import { databases, storeBeside, storeOver } from "../../sql/databases.ts"
import { get, layer, patch, post } from "./support.ts"

/** A server as another process has it, until it stops. */
const server = Effect.gen(function*() {
  const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
  const store = Layer.effect(TaskStore.TaskStore, Effect.orDie(storeBeside))
  const context = yield* Layer.buildWithScope(
    layer({}, { shutdownGrace: 0 }, { store: Layer.provide(store, Layer.effectContext(yield* contextNow)) }),
    scope
  )
  const here = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.provideContext(self, context)
  return { here, stop: Scope.close(scope, Exit.void) }
})

const contextNow = Effect.map(Effect.context<Effect.Services<typeof storeBeside>>(), Effect.succeed)

const key = (name: string) => ({ "idempotency-key": name })

const task = { task_type: "WaitTask", payload: { name: "a" } }

const config = { cron_expression: "0 2 * * *", task_type: "QuickTask" }

for (const [name, client] of databases) {
  const test = (name: string, program: () => Generator<Effect.Effect<any, any, any>, void, any>) =>
    it.effect(
      name,
      () => Effect.gen(program).pipe(Effect.scoped, Effect.provide(storeOver(client))) as Effect.Effect<void, unknown>
    )

  describe(`servers on ${name}`, () => {
    test("queue one task for a key, whichever of them is asked, and when", function*() {
      const [one, two] = [yield* server, yield* server]
      const asked = Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? one : two).here(post("/tasks", task, key("k"))))
      const answers = yield* Effect.all(asked, { concurrency: "unbounded" })
      assert.deepStrictEqual(answers.map(({ status }) => status), answers.map(() => 201))
      assert.strictEqual(new Set(answers.map(({ json }) => json.task_id)).size, 1)
      assert.lengthOf((yield* two.here(get("/tasks"))).json.items, 1)
    })

    test("know a key after a restart, and refuse it for another request", function*() {
      const first = yield* server
      const before = yield* first.here(post("/tasks", task, key("k")))
      yield* first.stop
      const { here } = yield* server
      const after = yield* here(post("/tasks", task, key("k")))
      assert.deepStrictEqual([after.status, after.json], [201, before.json])
      const other = yield* here(post("/tasks", { ...task, heading: "Another" }, key("k")))
      assert.strictEqual(other.status, 422)
      assert.strictEqual(other.json.error, "IdempotencyKeyReused")
      assert.lengthOf((yield* here(get("/tasks"))).json.items, 1)
    })

    test("add one recurring task for a key", function*() {
      const [one, two] = [yield* server, yield* server]
      const answers = yield* Effect.all(
        [one, two, one, two].map(({ here }) => here(post("/recurring", config, key("k")))),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(answers.map(({ status }) => status), [201, 201, 201, 201])
      assert.strictEqual(new Set(answers.map(({ json }) => json.recurring_id)).size, 1)
      assert.lengthOf((yield* one.here(get("/recurring"))).json, 1)
    })

    test("let one of all change what all have seen", function*() {
      const [one, two] = [yield* server, yield* server]
      const { json } = yield* one.here(post("/recurring", { ...config, recurring_id: "r" }))
      const seen = { "if-match": `"${json.version}"` }
      const answers = yield* Effect.all(
        [2, 3, 4, 5, 6, 7].map((max_concurrent) =>
          (max_concurrent % 2 === 0 ? one : two).here(patch("/recurring/r", { max_concurrent }, seen))
        ),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(answers.map(({ status }) => status).sort(), [200, 409, 409, 409, 409, 409])
      for (const { json } of answers.filter(({ status }) => status === 409)) {
        assert.deepInclude(json, { error: "VersionMismatch", recurring_id: "r", expected: seen["if-match"] })
      }
    })

    test("lose no change of those who do not say what they have seen", function*() {
      const [one, two] = [yield* server, yield* server]
      yield* one.here(post("/recurring", { ...config, recurring_id: "r" }))
      const changes = [{ max_concurrent: 2 }, { heading: "H" }, { body: "B" }, { priority: 5 }, { on_missed: "all" }]
      const answers = yield* Effect.all(
        changes.map((change, i) => (i % 2 === 0 ? one : two).here(patch("/recurring/r", change))),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(answers.map(({ status }) => status), changes.map(() => 200))
      assert.deepInclude((yield* one.here(get("/recurring/r"))).json, Object.assign({}, ...changes))
    })
  })
}
