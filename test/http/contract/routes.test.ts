/**
 * The routes of tasks whose names make that hard: they are those of the API, are the same, or have characters that mean
 * something in a path.
 */
import { assert, describe, it } from "@effect/vitest"
import { Task, TaskRegistry } from "brinjal"
import { Effect, Layer, Logger } from "effect"
import { layerWarnings } from "../../../src/http/internal/contract/taskRoutes.ts"
import { create, effect, get, post, remove, send, Server } from "./support.ts"

/** A task that ends at once, for as long as the test. */
const add = (taskType: string) => Layer.build(class extends Task.make(taskType) {}.toLayer(() => Effect.void))

const named = Effect.map(
  get("/v1/task-types"),
  ({ json }) => new Map<string, string | null>(json.map((one: any) => [one.task_type, one.route]))
)

const document = Effect.gen(function*() {
  const { json } = yield* send("GET", (yield* Server).base.replace(/\/api.*/, "/openapi.json"))
  return json
})

describe("a task whose name is that of a route", () => {
  effect("does not take the search away, and is created under /v1", function*() {
    yield* add("Search")
    const { json } = yield* post("/v1/tasks", { body: { task_type: "Search" } })
    assert.isString(json.task_id)
    const found = yield* post("/search", { body: { task_type: "Search" } })
    assert.deepStrictEqual(found.json, { task_ids: [json.task_id] })
    assert.isNull((yield* named).get("Search"))
    assert.strictEqual((yield* document).paths["/api/tasks/search"].post.operationId, "contract.search")
  })

  effect("leaves those with other methods alone", function*() {
    for (const name of ["Queue", "Completed", "Recurring", "V1", "Test", "Static"]) {
      yield* add(name)
      const route = `/${name.toLowerCase()}`
      assert.strictEqual((yield* named).get(name), route)
      assert.isString(yield* create(route.slice(1)))
    }
    assert.isArray((yield* get("/queue")).json)
    assert.deepStrictEqual((yield* get("/recurring")).json, [])
    assert.include((yield* get("/test")).text, "<task-list")
    assert.isNumber((yield* remove("/completed")).json.deleted_count)
  })
})

describe("a task with another one's route", () => {
  effect("is created under /v1 alone, and not in the document", function*() {
    yield* add("FooBar")
    yield* add("foo_bar")
    yield* add("foobar")
    assert.deepStrictEqual([...yield* named].slice(-3), [["FooBar", null], ["foo_bar", "/foo_bar"], [
      "foobar",
      "/foobar"
    ]])
    yield* create("foo_bar")
    yield* post("/v1/tasks", { body: { task_type: "FooBar" } })
    const types = (yield* get("/v1/tasks?limit=2")).json.items.map(({ task_type }: any) => task_type)
    assert.deepStrictEqual(types, ["FooBar", "foo_bar"])
    const { components, paths } = yield* document
    assert.strictEqual(paths["/api/tasks/foo_bar"].post.summary, "Create Foo_bar")
    assert.property(components.schemas, "foo_barRequest")
    assert.notProperty(components.schemas, "FooBarRequest")
  })

  it.effect("is warned of once, as is one whose route no client can ask for", () => {
    const told: Array<unknown> = []
    const logger = Logger.layer([Logger.make(({ message }) => void told.push(...[message].flat()))])
    return Effect.gen(function*() {
      yield* add("FooBar")
      yield* add("foo bar")
      yield* add("..")
      yield* Layer.build(layerWarnings)
      yield* add("Search")
      yield* add("Other")
      yield* Effect.yieldNow
      const instead = (taskType: string) =>
        `Create tasks of the type "${taskType}" with POST /v1/tasks, or give it another name.`
      assert.deepStrictEqual(told, [
        `The route /foo_bar creates tasks of the type "foo bar". ${instead("FooBar")}`,
        `The route /.. is not one that a task can have. ${instead("..")}`,
        `The route /search is not one that a task can have. ${instead("Search")}`
      ])
    }).pipe(Effect.scoped, Effect.provide([TaskRegistry.layer, logger]))
  })
})

describe("a task whose name has any characters", () => {
  const names = [
    "what?",
    "a#b",
    "a/b",
    "a\\b",
    "50%",
    "%41",
    "100 %3F",
    "🎉 party",
    "é:x",
    "*",
    "a&b=c;d",

    "{x}"
  ]

  effect("has a route that is advertised as a path can have it, and works", function*() {
    for (const name of names) yield* add(name)
    const { components, paths } = yield* document
    for (const name of names) {
      const route = (yield* named).get(name)!
      assert.match(route, /^\/[\w.~!*'()%-]+$/)
      const { json, status } = yield* post(route)
      assert.strictEqual(status, 200, `${name} as ${route}`)
      const task = (yield* get(`/v1/tasks/${json.task_id}`)).json
      assert.strictEqual(task.task_type, name)
      const { headers, status: no } = yield* get(route)
      assert.deepStrictEqual([no, headers.allow], [405, "POST"], route)
      const { post: operation } = paths[`/api/tasks${route}`]
      const { $ref } = operation.requestBody.content["application/json"].schema
      assert.property(components.schemas, $ref.replace("#/components/schemas/", ""))
    }
    for (const name of Object.keys(components.schemas)) assert.match(name, /^[\w.-]+$/)
  })
})
