/**
 * What a manager says whose scope has ended, and with it its store and its client.
 */
import { assert, describe, it } from "@effect/vitest"
import { Recurrence, Task, TaskManager } from "brinjal"
import { Cause, Context, Effect, Exit, Layer, Scope } from "effect"
import { databases, storeOver } from "./databases.ts"

class Work extends Task.make("Work") {}

/** What a call that must fail says, with its cause. */
const said = <A, E>(self: Effect.Effect<A, E>) =>
  Effect.map(Effect.flip(Effect.sandbox(self)), (cause) => {
    const error = Cause.squash(cause) as Error
    return error.cause instanceof Error ? `${error.message} ${error.cause.message}` : error.message
  })

for (const [name, client] of databases) {
  describe(`a manager on ${name}, after its end`, () => {
    it.live("says so to all who read or tidy up", () =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        const live = Work.toLayer(() => Effect.void).pipe(
          Layer.provideMerge(TaskManager.layer),
          Layer.provideMerge(storeOver(client))
        )
        const context = yield* Layer.buildWithScope(live, scope)
        const manager = Context.get(context, TaskManager.TaskManager)
        const templateTask = Work.template({})
        const taskId = yield* Effect.provide(manager.addTaskToQueue(templateTask), context)
        const recurring = { recurringId: "hourly", recurrence: Recurrence.every("1 hour"), templateTask }
        yield* Effect.provide(manager.addRecurringTask(recurring), context)
        yield* Scope.close(scope, Exit.void)
        assert.deepStrictEqual(
          yield* Effect.all([
            said(manager.getTask(taskId)),
            said(manager.searchTasks()),
            said(manager.cancelTask(taskId)),
            said(manager.removeCompletedTasks),
            said(manager.outcomes("hourly")),
            said(manager.once({ key: "key", request: "" }, Effect.succeed("done")))
          ]),
          ["getTask", "searchTasks", "requestCancel", "removeEndedTasks", "outcomes", "once"].map((operation) =>
            `The task store failed in "${operation}". The store is closed.`
          )
        )
      }))
  })
}
