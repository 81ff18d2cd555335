import { assert, describe, it } from "@effect/vitest"
import { Recurrence, TaskManager, TaskStore } from "brinjal"
import { Testing } from "brinjal/testing"
import { type Duration, Effect, Fiber, Layer } from "effect"
import { begin, databases, declare, Flaky, Hopeless, hourly, Journal, type Life, timeline, Work } from "./lives.ts"

const journal = Journal.use(({ lines }) => Effect.sync(() => [...lines]))

const enqueue = (life: Life, label: string, minutes: number) =>
  life.within(TaskManager.TaskManager.use((manager) => manager.addTaskToQueue(Work.template({ label, minutes }))))

/** A test that begins at an instant. */
const from = (instant: string) => Layer.mergeAll(Journal.layer, Testing.layerClock(instant))

for (const [name, open] of databases) {
  /** A process that dies, and is started again after a while. */
  const restarted = Effect.fnUntraced(function*(
    declared: Parameters<typeof declare>[1],
    uptime: Duration.Input,
    downtime: Duration.Input
  ) {
    const database = yield* open
    const first = yield* begin(database)
    yield* declare(first, declared)
    yield* Testing.advance(uptime)
    yield* first.die
    yield* Testing.advance(downtime)
    return yield* begin(database)
  })

  describe(`a restart in the middle of a backoff, on ${name}`, () => {
    const flaky = {
      recurrence: Recurrence.every("1 hour"),
      templateTask: Flaky.template({ label: "flaky", minutes: 1 })
    }

    it.effect("tries again when it was to be tried again", () =>
      Effect.gen(function*() {
        const second = yield* restarted(flaky, "65 minutes", "0 millis")
        yield* Testing.advance("30 minutes")
        assert.deepStrictEqual(yield* journal, [
          "01-01 01:00 flaky begins, attempt 1",
          "01-01 01:01 flaky Success",
          "01-01 01:11 flaky begins, attempt 2",
          "01-01 01:12 flaky Success"
        ])
        assert.deepStrictEqual(yield* timeline(second), ["2026-01-01T01:00:00Z Started done"])
      }).pipe(Effect.scoped, Effect.provide(from("2026-01-01T00:00:00Z"))))

    it.effect("tries again at once when its time has passed meanwhile", () =>
      Effect.gen(function*() {
        const second = yield* restarted(flaky, "65 minutes", "10 minutes")
        yield* Testing.advance("5 minutes")
        assert.deepStrictEqual((yield* journal).slice(2, 4), [
          "01-01 01:15 flaky begins, attempt 2",
          "01-01 01:16 flaky Success"
        ])
        assert.deepStrictEqual(yield* timeline(second), ["2026-01-01T01:00:00Z Started done"])
      }).pipe(Effect.scoped, Effect.provide(from("2026-01-01T00:00:00Z"))))
  })

  describe(`restarts in every backoff, on ${name}`, () => {
    const hopeless = Hopeless.template({ label: "hopeless", minutes: 1 })

    for (const end of ["stop", "die"] as const) {
      it.effect(`give a task up after as many attempts as without them, if its processes ${end}`, () =>
        Effect.gen(function*() {
          const database = yield* open
          let life = yield* begin(database)
          const taskId = yield* life.within(
            TaskManager.TaskManager.use((manager) => manager.addTaskToQueue(hopeless))
          )
          for (let i = 0; i < 4; i++) {
            yield* Testing.advance("5 minutes")
            yield* life[end]
            life = yield* begin(database)
            yield* Testing.advance("10 minutes")
          }
          assert.deepStrictEqual(yield* journal, [
            "01-01 00:00 hopeless begins, attempt 1",
            "01-01 00:01 hopeless Success",
            "01-01 00:11 hopeless begins, attempt 2",
            "01-01 00:12 hopeless Success",
            "01-01 00:32 hopeless begins, attempt 3",
            "01-01 00:33 hopeless Success"
          ])
          const { getTask } = yield* life.within(TaskStore.TaskStore)
          assert.deepInclude(yield* getTask(taskId), { status: "failed", attempt: 3, abandoned: 0 })
        }).pipe(Effect.scoped, Effect.provide(from("2026-01-01T00:00:00Z"))))
    }
  })

  describe(`a restart during shutdown, on ${name}`, () => {
    it.effect("a stop that was let end leaves nothing to run again", () =>
      Effect.gen(function*() {
        const database = yield* open
        const first = yield* begin(database)
        yield* enqueue(first, "long", 20)
        yield* Testing.advance("10 minutes")
        const stopping = yield* Effect.forkChild(first.stop)
        yield* Testing.advance("30 minutes")
        yield* Fiber.join(stopping)
        yield* begin(database)
        yield* Testing.advance("1 hour")
        assert.deepStrictEqual(yield* journal, ["01-01 00:00 long begins, attempt 1", "01-01 00:20 long Success"])
      }).pipe(Effect.scoped, Effect.provide(from("2026-01-01T00:00:00Z"))))
  })

  describe(`a crash during shutdown, on ${name}`, () => {
    it.effect("runs again what it has cut off, and then what has waited", () =>
      Effect.gen(function*() {
        const database = yield* open
        const first = yield* begin(database)
        yield* enqueue(first, "long", 60)
        yield* enqueue(first, "next", 1)
        yield* Testing.advance("10 minutes")
        yield* Effect.forkChild(first.stop)
        yield* Testing.advance("10 minutes")
        yield* first.die
        yield* Testing.advance("10 minutes")
        yield* begin(database)
        yield* Testing.advance("2 hours")
        // that the dead one's program fails at the end of its grace is of no account
        assert.deepStrictEqual((yield* journal).filter((line) => line !== "01-01 00:40 long Failure"), [
          "01-01 00:00 long begins, attempt 1",
          "01-01 00:30 long begins, attempt 2",
          "01-01 01:30 long Success",
          "01-01 01:30 next begins, attempt 1",
          "01-01 01:31 next Success"
        ])
      }).pipe(Effect.scoped, Effect.provide(from("2026-01-01T00:00:00Z"))))
  })

  describe(`a restart across a change of the clock for daylight saving, on ${name}`, () => {
    const nightly = {
      cronExpression: "30 1 * * *",
      timezone: "Europe/London",
      templateTask: Work.template({ label: "nightly", minutes: 1 })
    }

    it.effect("runs what falls into the hour that does not exist once, at the first instant after it", () =>
      Effect.gen(function*() {
        const second = yield* restarted(nightly, "1 hour", "2 hours")
        yield* Testing.advance("30 hours")
        assert.deepStrictEqual(yield* timeline(second), [
          "2026-03-29T01:00:00Z Started done",
          "2026-03-30T00:30:00Z Started done"
        ])
        assert.deepStrictEqual((yield* journal).filter((line) => line.includes("begins")), [
          "03-29 02:00 nightly begins, attempt 1",
          "03-30 00:30 nightly begins, attempt 1"
        ])
      }).pipe(Effect.scoped, Effect.provide(from("2026-03-28T23:00:00Z"))))

    it.effect("runs what falls into the hour that comes twice once, though it restarts between the two", () =>
      Effect.gen(function*() {
        const second = yield* restarted(nightly, "100 minutes", "10 minutes")
        yield* Testing.advance("25 hours")
        assert.deepStrictEqual(yield* timeline(second), [
          "2026-10-25T00:30:00Z Started done",
          "2026-10-26T01:30:00Z Started done"
        ])
      }).pipe(Effect.scoped, Effect.provide(from("2026-10-24T23:00:00Z"))))
  })

  describe(`a start after a week, on ${name}`, () => {
    const down = Effect.fnUntraced(function*(given: object) {
      const database = yield* open
      const first = yield* begin(database)
      yield* declare(first, { ...hourly, ...given })
      yield* Testing.advance("150 minutes")
      yield* first.stop
      yield* Testing.advance("7 days")
      const second = yield* begin(database)
      yield* Testing.advance("1 hour")
      return yield* timeline(second)
    })

    it.effect("runs the last occurrence that was missed, and says of all the others that they were", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* down({}), [
          "2026-01-01T01:00:00Z Started done",
          "2026-01-01T02:00:00Z Started done",
          "2026-01-01T03:00:00Z .. 2026-01-07T02:00:00Z (144) Missed TooOld",
          "2026-01-07T03:00:00Z .. 2026-01-08T01:00:00Z (23) Absorbed into 2026-01-08T02:00:00Z",
          "2026-01-08T02:00:00Z Started done covers 23",
          "2026-01-08T03:00:00Z Started done"
        ])
      }).pipe(Effect.scoped, Effect.provide(from("2026-01-01T00:00:00Z"))))

    it.effect("runs those of the last hours one after the other, if it is to", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* down({ onMissed: "all", catchUp: { window: "3 hours" } }), [
          "2026-01-01T01:00:00Z Started done",
          "2026-01-01T02:00:00Z Started done",
          "2026-01-01T03:00:00Z .. 2026-01-07T23:00:00Z (165) Missed TooOld",
          "2026-01-08T00:00:00Z Started done",
          "2026-01-08T01:00:00Z Started done",
          "2026-01-08T02:00:00Z Started done",
          "2026-01-08T03:00:00Z Started done"
        ])
      }).pipe(Effect.scoped, Effect.provide(from("2026-01-01T00:00:00Z"))))
  })

  describe(`a clock that was set back between two runs, on ${name}`, () => {
    it.effect("takes back what the dead run has left, whatever its lease says", () =>
      Effect.gen(function*() {
        const database = yield* open
        const first = yield* begin(database)
        yield* enqueue(first, "long", 60)
        yield* Testing.advance("10 minutes")
        yield* first.die
        yield* Testing.stepClock("-1 days")
        yield* begin(database)
        yield* Testing.advance("61 minutes")
        assert.includeMembers(yield* journal, ["12-31 00:10 long begins, attempt 2", "12-31 01:10 long Success"])
      }).pipe(Effect.scoped, Effect.provide(from("2026-01-01T00:00:00Z"))))
  })
}
