/**
 * What a tracer gets to see of statements: those of a caller or of a task are in its trace; those of nobody are not
 * there.
 */
import { assert, describe, it } from "@effect/vitest"
import { Recurrence, Task, TaskManager } from "brinjal"
import { Testing } from "brinjal/testing"
import { Effect, Layer, Option, Schedule, Tracer } from "effect"
import { SqlClient } from "effect/sql"
import { databases, storeOver } from "./databases.ts"

const ask = SqlClient.SqlClient.use((sql) => Effect.withSpan(Effect.orDie(sql`select 1`), "asking"))

class Plain extends Task.make("Plain", { payload: {} }) {}

/** It has what the program of a task can have around it. */
class Careful extends Task.make("Careful", {
  payload: {},
  retry: Schedule.upTo(Schedule.spaced("1 second"), { times: 1 }),
  timeout: "1 minute"
}) {}

const handlers = Layer.mergeAll(Plain.toLayer(() => ask), Careful.toLayer(() => ask))

/** All spans, in the order in which they began, by their names and those of the spans they are in. */
class Seen {
  readonly spans: Array<Tracer.Span> = []
  readonly tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      this.spans.push(span)
      return span
    }
  })
  /** What has been seen since this was last called: `task > asking > sql.execute`. */
  take() {
    return this.spans.splice(0).map((span) => pathOf(span).join(" > "))
  }
}

const pathOf = (span: Tracer.AnySpan): ReadonlyArray<string> =>
  span._tag === "Span"
    ? [...Option.match(span.parent, { onNone: () => [], onSome: pathOf }), nameOf(span)]
    : ["elsewhere"]

/** Clients name their statements differently. */
const nameOf = ({ kind, name }: Tracer.Span): string => kind === "client" ? "statement" : name

for (const [name, client] of databases) {
  const store = storeOver(client)
  const layer = handlers.pipe(
    Layer.provideMerge(Testing.layerOver(store)),
    Layer.provideMerge(store)
  )

  const traced = (body: (seen: Seen) => Effect.Effect<void, unknown, Layer.Success<typeof layer>>) =>
    Effect.suspend(() => {
      const seen = new Seen()
      const test = Effect.andThen(Effect.sync(() => seen.take()), body(seen))
      return Effect.provide(test, Layer.provideMerge(layer, Layer.succeed(Tracer.Tracer, seen.tracer)))
    })

  describe(`traces on ${name}`, () => {
    it.effect("nothing that belongs to nobody makes a span", () =>
      traced(Effect.fnUntraced(function*(seen) {
        yield* Testing.advance("10 minutes")
        assert.deepStrictEqual(seen.take(), [])
      })))

    it.effect("the statements of a task are in its trace, however it is started", () =>
      traced(Effect.fnUntraced(function*(seen) {
        const { addRecurringTask, addTaskToQueue } = yield* TaskManager.TaskManager
        yield* addRecurringTask({
          recurrence: Recurrence.at(["2026-01-01T01:00:00Z"]),
          templateTask: Plain.template({})
        })
        yield* addTaskToQueue(Careful.template({}))
        yield* Testing.settle
        assert.includeMembers(seen.take(), ["task Careful > asking > statement"])
        yield* Testing.advance("2 hours")
        assert.deepStrictEqual(seen.take(), [
          "brinjal.decide",
          "task Plain",
          "task Plain > asking",
          "task Plain > asking > statement"
        ])
      })))

    it.effect("a task that has slept in the store has its id in common with its caller, though no link", () =>
      traced(Effect.fnUntraced(function*(seen) {
        const { scheduleTask } = yield* TaskManager.TaskManager
        const taskId = yield* scheduleTask(Plain.template({}), { delay: "1 hour" })
        yield* Testing.advance("2 hours")
        const about = seen.spans.filter(({ attributes }) => attributes.get("task.id") === taskId)
        assert.deepStrictEqual(about.map(({ name }) => name), ["TaskManager.scheduleTask", "task Plain"])
        assert.deepStrictEqual(about[1]!.links, [])
      })))

    it.effect("those of a caller are in the trace of the caller, even if the loop of a recurring task runs them", () =>
      traced(Effect.fnUntraced(function*(seen) {
        const { addRecurringTask, getTask, updateRecurringTask } = yield* TaskManager.TaskManager
        const sql = yield* SqlClient.SqlClient
        const recurringId = yield* addRecurringTask({
          recurrence: Recurrence.every("1 hour"),
          templateTask: Plain.template({})
        })
        seen.take()
        yield* Effect.exit(getTask("nobody"))
        assert.includeMembers(seen.take(), ["TaskManager.getTask > statement"])
        yield* updateRecurringTask(recurringId, { maxConcurrent: 2 }, { version: 1 })
        assert.includeMembers(seen.take(), ["TaskManager.updateRecurringTask > statement"])
        yield* sql.withTransaction(updateRecurringTask(recurringId, { maxConcurrent: 3 }))
        const within = "sql.transaction > TaskManager.updateRecurringTask > "
        assert.isTrue(seen.take().some((path) => path.startsWith(within) && path.endsWith("statement")))
      })))
  })
}
