import { assert, describe, it } from "@effect/vitest"
import { Task, TaskManager } from "brinjal"
import { Testing } from "brinjal/testing"
import { Cause, Effect, Layer, Logger, Option, Schema } from "effect"

const refuse = (): never => {
  throw new Error("It does not say.")
}

const withMessage = (message: unknown) => Object.assign(new Error(), { message })

/** What programs may fail or die with although nobody can read it, or not as text; and what is stored of it. */
const unreadable: Record<string, { readonly error: unknown; readonly type: string; readonly message: string }> = {
  "toJSON throws": { error: { toJSON: refuse, toString: refuse }, type: "Object", message: "Object" },
  "getters throw": {
    error: Object.defineProperty(new TypeError(), "message", { get: refuse }),
    type: "TypeError",
    message: "TypeError"
  },
  "everything throws": {
    error: new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse, ownKeys: refuse }),
    type: "object",
    message: "object"
  },
  "without a prototype": {
    error: Object.assign(Object.create(null), { id: 1n }),
    type: "Object",
    message: "Object"
  },
  "a list as its message": {
    error: withMessage(["too short", "too old"]),
    type: "Error",
    message: `["too short","too old"]`
  },
  "no text as its name": { error: Object.assign(new Error("no"), { name: 7 }), type: "Error", message: "no" },
  "a field that JSON does not know": { error: { id: 1n }, type: "Object", message: "[object Object]" }
}

class Breaks extends Task.make("Breaks", { payload: { how: Schema.String, dies: Schema.Boolean } }) {}

const BreaksLive = Breaks.toLayer(({ dies, how }) => {
  const { error } = unreadable[how]!
  return dies ? Effect.die(error) : Effect.fail(error as never)
})

class Works extends Task.make("Works") {}

const logs: Array<unknown> = []

const TestLayer = Layer.mergeAll(BreaksLive, Works.toLayer(() => Effect.void)).pipe(
  Layer.provideMerge(Testing.layer),
  Layer.provide(Logger.layer([Logger.make(({ message }) => void logs.push(message))]))
)

describe("failures that cannot be read", () => {
  for (const [how, { message, type }] of Object.entries(unreadable)) {
    for (const dies of [true, false]) {
      it.effect(`${dies ? "a defect" : "an error"}: ${how}`, () =>
        Effect.gen(function*() {
          logs.length = 0
          const manager = yield* TaskManager.TaskManager
          const template = Breaks.template({ how, dies })
          const exit = yield* Effect.exit(manager.run(template))
          assert.isTrue(exit._tag === "Failure" && !Cause.hasInterrupts(exit.cause))

          const taskId = yield* manager.addTaskToQueue(template)
          yield* Testing.settle
          const failure = Option.getOrThrow((yield* manager.getTask(taskId)).error)
          assert.strictEqual(failure.type, type)
          // no error fits a task without one
          const [said, why] = failure.message.split(` (What the task "Breaks" failed with does not fit its error: `)
          assert.strictEqual(said, message)
          assert.strictEqual(why !== undefined, !dies)
          assert.isString(failure.trace)
          assert.strictEqual((yield* manager.searchTasks({ taskType: "Breaks", status: "failed" })).length, 2)
          assert.strictEqual(logs.length, 1)

          yield* manager.run(Works.template())
        }).pipe(Effect.provide(TestLayer)))
    }
  }
})
