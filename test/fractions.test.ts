/**
 * Durations that are not whole milliseconds, such as those of `Schedule.jittered`: virtual time gets through them, and
 * nothing begins early.
 */
import { assert, describe, it } from "@effect/vitest"
import { Task, TaskManager, TaskStore } from "brinjal"
import { TaskStoreSql } from "brinjal/sql"
import { SqliteClient } from "brinjal/sqlite"
import { Testing } from "brinjal/testing"
import { Clock, Context, Duration, Effect, Layer, Random, Schedule, Schema } from "effect"
import { live } from "./sql/databases.ts"

const nanos = (millis: number): bigint => Duration.toNanosUnsafe(Duration.millis(millis))

/** When attempts began, by the clock that no step moves. */
class Attempts extends Context.Service<Attempts, Array<bigint>>()("test/fractions/Attempts") {
  static readonly layer = Layer.sync(Attempts, () => [])
}

/** Takes as long as it is told, and fails. */
const failing = (retry: Schedule.Schedule<unknown>) =>
  class Failing extends Task.make("Failing", { payload: { millis: Schema.Finite }, error: Schema.String, retry }) {}

const handled = (task: ReturnType<typeof failing>) =>
  task.toLayer(
    Effect.fn("Failing")(function*({ millis }) {
      const attempts = yield* Attempts
      attempts.push(yield* Clock.monotonicTimeNanos)
      yield* Effect.sleep(millis)
      return yield* Effect.fail("no")
    })
  )

/** From the end of each attempt to the beginning of the next one, in nanoseconds. */
const waits = Effect.fn(function*(retry: Schedule.Schedule<unknown>, millis: number) {
  const task = failing(retry)
  return yield* Effect.gen(function*() {
    const manager = yield* TaskManager.TaskManager
    const taskId = yield* manager.addTaskToQueue(task.template({ millis }))
    yield* Testing.runUntilIdle()
    assert.strictEqual((yield* manager.getTask(taskId)).status, "failed")
    const attempts = yield* Attempts
    return attempts.slice(1).map((at, i) => at - attempts[i]! - nanos(millis))
  }).pipe(Effect.provide(handled(task)))
})

/** Waits so long in turn. */
const each = (delays: ReadonlyArray<number>) =>
  Schedule.recurs(delays.length).pipe(Schedule.modifyDelay(({ attempt }) => Effect.succeed(delays[attempt - 1]!)))

const Delay = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 100_000 }))

/** How long an attempt takes: whole milliseconds, which are all that a real clock shows. */
const Millis = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100_000 }))

const Delays = Schema.Array(Delay).check(Schema.isMaxLength(8))

const sqlite = live(TaskStoreSql.layer.pipe(Layer.provide(SqliteClient.layer({ filename: ":memory:" }))))

for (
  const [name, store] of [
    ["in memory", TaskStore.layerMemory],
    ["in SQLite", sqlite]
  ] as const
) {
  const world = Layer.fresh(Layer.merge(Testing.layerOver(store), Attempts.layer))

  describe(`fractions of a millisecond, with tasks ${name}`, () => {
    for (const delay of [500.1, 100.123, 1 / 3, 0.000_4]) {
      it.effect(`tasks end that are tried again every ${delay} ms`, () =>
        Effect.gen(function*() {
          const retry = Schedule.spaced(Duration.millis(delay)).pipe(Schedule.upTo({ times: 5 }))
          assert.strictEqual((yield* waits(retry, 0)).length, 5)
        }).pipe(Effect.provide(world)))
    }

    it.effect.prop(
      "no attempt begins early, or a millisecond late",
      [Delays, Millis],
      ([delays, millis]) =>
        Effect.gen(function*() {
          const all = yield* waits(each(delays), millis)
          assert.strictEqual(all.length, delays.length)
          for (const [i, wait] of all.entries()) {
            assert.isTrue(wait >= nanos(delays[i]!) && wait < nanos(delays[i]! + 1), `${wait} ns of ${delays[i]} ms`)
          }
        }).pipe(Effect.provide(world))
    )

    it.effect.prop("a schedule with jitter comes to its end, however long attempts take", [Schema.Int, Delay], (
      [seed, millis]
    ) =>
      Effect.gen(function*() {
        const retry = Schedule.exponential("1 second").pipe(Schedule.jittered, Schedule.upTo({ times: 8 }))
        const all = yield* Random.withSeed(waits(retry, millis), seed)
        assert.strictEqual(all.length, 8)
      }).pipe(Effect.provide(world)), { arbitrary: { runs: 20 } })
  })
}
