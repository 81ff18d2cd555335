import { assert, describe, it } from "@effect/vitest"
import { RecurringTask, Task, TaskManager } from "brinjal"
import { Effect, Layer, Schema } from "effect"
import { Statement } from "effect/sql"
import { databases, storeOver } from "./databases.ts"

class Sweep extends Task.make("Sweep", { payload: { path: Schema.String } }) {}

const count = 3_000

const declarations = (path: string) =>
  Array.from(
    { length: count },
    (_, i) => RecurringTask.make(`sweep-${i}`, { cronExpression: "0 2 * * *", templateTask: Sweep.template({ path }) })
  )

/** Declares them, and gives the sorts of steps that were taken and how many statements that took. */
const declared = (path: string, statements: { count: number }) =>
  TaskManager.TaskManager.use((manager) =>
    Effect.gen(function*() {
      const before = statements.count
      const steps = yield* manager.declareRecurringTasks(declarations(path))
      return { steps: [...new Set(steps.map(({ _tag }) => _tag))], statements: statements.count - before }
    })
  )

for (const [name, client] of databases) {
  describe(`declaring thousands of recurring tasks on ${name}`, () => {
    it.live("takes a few statements, in the order in which they are declared", () => {
      const statements = { count: 0 }
      const counting = Layer.succeed(Statement.CurrentTransformer, (statement) =>
        Effect.sync(() => {
          statements.count++
          return statement
        }))
      return Effect.gen(function*() {
        const first = yield* declared("/a", statements)
        assert.deepStrictEqual(first.steps, ["Create"])
        const ids = yield* TaskManager.TaskManager.use(({ getAllRecurringTasks }) =>
          Effect.map(getAllRecurringTasks, (all) => all.map(({ recurringId }) => recurringId))
        )
        assert.deepStrictEqual(ids, Array.from({ length: count }, (_, i) => `sweep-${i}`))
        const second = yield* declared("/b", statements)
        assert.deepStrictEqual(second.steps, ["Update"])
        const third = yield* declared("/b", statements)
        assert.deepStrictEqual(third.steps, ["Unchanged"])
        for (const one of [first, second, third]) assert.isBelow(one.statements, count / 10)
      }).pipe(
        Effect.provide(
          Sweep.toLayer(() => Effect.void).pipe(
            Layer.provideMerge(TaskManager.layer),
            Layer.provide(storeOver(client)),
            Layer.provide(counting)
          )
        )
      )
    })
  })
}
