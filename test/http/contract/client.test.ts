import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { TaskApiClient } from "brinjal/http"
import { Effect, Stream } from "effect"
import { layer, puppet, Server, tell } from "./support.ts"

const client = Effect.flatMap(Server, ({ base }) => TaskApiClient.make({ baseUrl: base }))

const test = (name: string, program: () => Generator<Effect.Effect<any, any, any>, void, any>) =>
  it.effect(name, () =>
    Effect.gen(program).pipe(
      Effect.provide([layer(), NodeHttpClient.layerNodeHttp])
    ) as Effect.Effect<void>)

describe("the typed client", () => {
  test("speaks the contract", function*() {
    const { contract } = yield* client
    const { task_id } = yield* contract.create({ params: { route: "puppet_task" }, payload: { name: "a" } })
    const tasks = yield* contract.queue()
    assert.deepStrictEqual(tasks.map((task: any) => task.task_id), [task_id])
    assert.deepStrictEqual(yield* contract.search({ payload: { name: "a" } }), { task_ids: [task_id] })
    const added = yield* contract.addRecurring({
      params: { task_type: "PuppetTask" },
      query: { cron_expression: "* * * * *", max_concurrent: 2 },
      payload: {}
    })
    const [config] = yield* contract.recurring()
    assert.deepInclude(config, { recurring_id: added.recurring_id, max_concurrent: 2 })
    yield* contract.disable({ params: { recurring_id: added.recurring_id } })
    yield* contract.remove({ params: { task_id } })
    assert.deepInclude(yield* contract.removeCompleted(), { deleted_count: 0 })
  })

  test("reads the streams", function*() {
    const { contract } = yield* client
    const id = yield* puppet("a")
    yield* tell("a", { succeed: "" })
    const events = yield* contract.taskStream({ params: { task_id: id } })
    const statuses: ReadonlyArray<any> = yield* Stream.runCollect(events)
    assert.strictEqual(statuses.at(-1).status, "done")
    const queue = yield* contract.queueStream()
    const [first]: ReadonlyArray<any> = yield* Stream.runCollect(Stream.take(queue, 1))
    assert.strictEqual(first.type, "queue_updated")
  })

  test("gets errors as values", function*() {
    const { contract } = yield* client
    const missing = yield* Effect.flip(contract.remove({ params: { task_id: "nope" } }))
    assert.deepInclude(missing, { detail: "Task with ID nope not found" })
    const wrong: any = yield* Effect.flip(
      contract.create({ params: { route: "puppet_task" }, payload: { name: null } })
    )
    assert.deepStrictEqual(wrong.detail[0].loc, ["body", "name"])
    assert.include(wrong.message, "body.name")
  })
})
