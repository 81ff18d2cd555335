import { assert, describe, it } from "@effect/vitest"
import { Task, TaskManager } from "brinjal"
import { Testing } from "brinjal/testing"
import { Cause, Effect, Layer } from "effect"

class Work extends Task.make("Work") {}

const within = (configuration: TaskManager.Configuration) =>
  Effect.provide(
    Work.toLayer(() => Effect.void).pipe(
      Layer.provideMerge(Testing.layer),
      Layer.provide(TaskManager.configure(configuration))
    )
  )

const aCount = "give a whole number, 0 or more."
const aDuration = "give a duration such as \"5 minutes\"."

const wrong: ReadonlyArray<[TaskManager.Configuration, string]> = [
  [{ pools: { disk: NaN } }, `The option "pools.disk" is NaN: ${aCount}`],
  [{ pools: { disk: -1 } }, `The option "pools.disk" is -1: ${aCount}`],
  [{ pools: { single: 1.5 } }, `The option "pools.single" is 1.5: ${aCount}`],
  [{ retention: { done: -1 } }, `The option "retention.done" is -1: ${aCount}`],
  [{ retention: { outcomes: NaN } }, `The option "retention.outcomes" is NaN: ${aCount}`],
  [{ cancelGrace: NaN }, `The option "cancelGrace" is NaN: ${aDuration}`],
  [{ cancelGrace: "soon" as never }, `The option "cancelGrace" is "soon": ${aDuration}`],
  [{ shutdownGrace: -1 }, `The option "shutdownGrace" is -1: ${aDuration}`],
  [{ maxValueSize: -1 }, `The option "maxValueSize" is -1: ${aCount}`],
  [{ lease: 0 }, `The option "lease" is 0 milliseconds: give a finite duration above 0.`],
  [{ lease: "Infinity" }, `The option "lease" is Infinity milliseconds: give a finite duration above 0.`],
  [
    { name: "" },
    `The option "name" is empty: give each process a name of its own, or none, since processes with the same name take over ` +
    `each other's tasks.`
  ]
]

describe("a configuration", () => {
  it.effect.each(wrong)(
    "that cannot be meant ends the layer: %o",
    ([configuration, message]) =>
      Effect.gen(function*() {
        const cause = yield* Effect.flip(Effect.sandbox(within(configuration)(Effect.void)))
        assert.strictEqual((Cause.squash(cause) as Error).message, message)
      })
  )

  it.effect("may leave things out, and keep everything", () =>
    Effect.gen(function*() {
      const { getAllTasks, run } = yield* TaskManager.TaskManager
      yield* Effect.forEach(Array.from({ length: 20 }), () => run(Work.template({})), { concurrency: "unbounded" })
      assert.lengthOf(yield* getAllTasks, 20)
    }).pipe(within({
      pools: { disk: 0, default: Infinity },
      retention: { done: Infinity, failed: undefined as never },
      shutdownGrace: "Infinity",
      cancelGrace: 0
    })))
})
