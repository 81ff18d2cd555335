import { assert, describe, it } from "@effect/vitest"
import { Recurrence, type RecurringTaskSpec, Task, TaskManager } from "brinjal"
import { Testing } from "brinjal/testing"
import { Clock, Context, DateTime, Duration, Effect, Layer, Option } from "effect"
import { ordinary } from "../src/testing/internal/clock.ts"

/** When instances ran: their nominal times, in the order in which they started. */
class Runs extends Context.Service<Runs, { readonly nominal: Array<number>; readonly late: Array<number> }>()("Runs") {
  static readonly layer = Layer.sync(Runs, () => ({ nominal: [], late: [] }))
}

class Work extends Task.make("Work") {}

const WorkLive = Work.toLayer(() =>
  Effect.gen(function*() {
    const { late, nominal } = yield* Runs
    const task = yield* Task.CurrentTask
    const at = Option.getOrThrow(task.scheduledAt).epochMilliseconds
    nominal.push(at)
    late.push((yield* Clock.currentTimeMillis) - at)
  })
)

const Tasks = WorkLive.pipe(Layer.provideMerge(Runs.layer))

/** A manager that keeps all outcomes. */
const worldAt = (startAt: string) =>
  Tasks.pipe(
    Layer.provideMerge(Testing.layerAt(startAt)),
    Layer.provide(TaskManager.configure({ retention: { outcomes: 1_000_000 } }))
  )

const add = (when: RecurringTaskSpec.When & RecurringTaskSpec.Behaviour) =>
  TaskManager.TaskManager.use((manager) =>
    manager.addRecurringTask({ ...when, recurringId: "a", templateTask: Work.template({}) })
  )

const iso = (millis: number) => DateTime.formatIso(DateTime.makeUnsafe(millis)).slice(0, 16) + "Z"

const ranAt = Runs.useSync(({ nominal }) => nominal.map(iso))

describe("long schedules", () => {
  it.effect("a year of an hourly one", () =>
    Effect.gen(function*() {
      yield* add({ cronExpression: "0 * * * *" })
      yield* Testing.advance("365 days")
      const { late, nominal } = yield* Runs
      assert.strictEqual(nominal.length, 365 * 24)
      assert.isTrue(nominal.every((at, i) => at === Date.UTC(2026, 0, 1) + (i + 1) * 3_600_000))
      assert.isTrue(late.every((by) => by === 0))
    }).pipe(Effect.provide(worldAt("2026-01-01T00:00:00Z"))))

  it.effect("a day of an every-second one", () =>
    Effect.gen(function*() {
      yield* add({ cronExpression: "* * * * * *" })
      yield* Testing.advance("1 day")
      const { late, nominal } = yield* Runs
      assert.strictEqual(nominal.length, 24 * 60 * 60)
      assert.isTrue(nominal.every((at, i) => at === Date.UTC(2026, 0, 1) + (i + 1) * 1_000))
      assert.isTrue(late.every((by) => by === 0))
    }).pipe(Effect.provide(worldAt("2026-01-01T00:00:00Z"))))

  it.effect("one that is 400 days away runs then, once", () =>
    Effect.gen(function*() {
      yield* add({ cronExpression: "30 6 * * *", startAt: "2027-02-05T00:00:00Z", maxRuns: 1 })
      yield* Testing.advance("400 days")
      assert.deepStrictEqual(yield* ranAt, [])
      yield* Testing.advance("10 days")
      assert.deepStrictEqual(yield* ranAt, ["2027-02-05T06:30Z"])
    }).pipe(Effect.provide(worldAt("2026-01-01T00:00:00Z"))))

  it.effect("one that is further away than a timer of JavaScript reaches (24.8 days) is no storm of timers", () =>
    Effect.gen(function*() {
      const sleeps: Array<number> = []
      const clock = yield* Clock.Clock
      const spy = ordinary(clock, (duration) => {
        sleeps.push(Duration.toMillis(duration))
        return clock.sleep(duration)
      })
      const program = Effect.gen(function*() {
        yield* add({ recurrence: Recurrence.every("60 days", { phase: "30 days" }) })
        yield* Testing.advance("10 minutes")
      })
      const manager = Tasks.pipe(
        Layer.provideMerge(TaskManager.layerMemory),
        Layer.provide(Layer.succeed(Clock.Clock, spy))
      )
      yield* Effect.provide(program, manager)
      assert.isAtMost(sleeps.length, 10 * 2 + 2)
      assert.isAtMost(Math.max(...sleeps), 30_000)
    }).pipe(Effect.provide(Testing.layerClock("2026-01-01T00:00:00Z"))))
})

/** A cron expression, the days around a change of the clock, and when it runs in them: fixed times once a day. */
const changes: ReadonlyArray<{
  readonly what: string
  readonly cron: string
  readonly timezone: string
  readonly from: string
  readonly to: string
  readonly runs: ReadonlyArray<string>
}> = [
  {
    what: "New York, a fixed time that the clock jumps over, at the first instant after the jump",
    cron: "30 2 * * *",
    timezone: "America/New_York",
    from: "2026-03-07T05:00Z",
    to: "2026-03-10T04:00Z",
    runs: ["2026-03-07T07:30Z", "2026-03-08T07:00Z", "2026-03-09T06:30Z"]
  },
  {
    what: "New York, every half hour, in real time over the jump",
    cron: "*/30 * * * *",
    timezone: "America/New_York",
    from: "2026-03-08T05:45Z",
    to: "2026-03-08T08:10Z",
    runs: ["2026-03-08T06:00Z", "2026-03-08T06:30Z", "2026-03-08T07:00Z", "2026-03-08T07:30Z", "2026-03-08T08:00Z"]
  },
  {
    what: "New York, a fixed time that comes twice, the first time",
    cron: "30 1 * * *",
    timezone: "America/New_York",
    from: "2026-10-31T04:00Z",
    to: "2026-11-03T05:00Z",
    runs: ["2026-10-31T05:30Z", "2026-11-01T05:30Z", "2026-11-02T06:30Z"]
  },
  {
    what: "New York, hourly, in both passes of the repeated hour",
    cron: "0 * * * *",
    timezone: "America/New_York",
    from: "2026-11-01T03:30Z",
    to: "2026-11-01T07:30Z",
    runs: ["2026-11-01T04:00Z", "2026-11-01T05:00Z", "2026-11-01T06:00Z", "2026-11-01T07:00Z"]
  },
  {
    what: "London, a fixed time that the clock jumps over",
    cron: "30 1 * * *",
    timezone: "Europe/London",
    from: "2026-03-28T00:00Z",
    to: "2026-03-30T23:00Z",
    runs: ["2026-03-28T01:30Z", "2026-03-29T01:00Z", "2026-03-30T00:30Z"]
  },
  {
    what: "London, a fixed time that comes twice",
    cron: "30 1 * * *",
    timezone: "Europe/London",
    from: "2026-10-23T23:00Z",
    to: "2026-10-27T00:00Z",
    runs: ["2026-10-24T00:30Z", "2026-10-25T00:30Z", "2026-10-26T01:30Z"]
  },
  {
    what: "Berlin, two fixed times that the clock jumps over, together once",
    cron: "0,30 2 * * *",
    timezone: "Europe/Berlin",
    from: "2026-03-27T23:00Z",
    to: "2026-03-30T22:00Z",
    runs: ["2026-03-28T01:00Z", "2026-03-28T01:30Z", "2026-03-29T01:00Z", "2026-03-30T00:00Z", "2026-03-30T00:30Z"]
  },
  {
    what: "Berlin, every half hour between 2 and 3, in both passes of the repeated hour",
    cron: "*/30 2 * * *",
    timezone: "Europe/Berlin",
    from: "2026-10-24T22:00Z",
    to: "2026-10-26T23:00Z",
    runs: [
      "2026-10-25T00:00Z",
      "2026-10-25T00:30Z",
      "2026-10-25T01:00Z",
      "2026-10-25T01:30Z",
      "2026-10-26T01:00Z",
      "2026-10-26T01:30Z"
    ]
  },
  {
    what: "Lord Howe, a fixed time within a jump of half an hour",
    cron: "15 2 * * *",
    timezone: "Australia/Lord_Howe",
    from: "2026-10-02T12:00Z",
    to: "2026-10-05T12:00Z",
    runs: ["2026-10-02T15:45Z", "2026-10-03T15:30Z", "2026-10-04T15:15Z"]
  },
  {
    what: "Lord Howe, a fixed time within a repeated half hour",
    cron: "45 1 * * *",
    timezone: "Australia/Lord_Howe",
    from: "2026-04-03T12:00Z",
    to: "2026-04-06T12:00Z",
    runs: ["2026-04-03T14:45Z", "2026-04-04T14:45Z", "2026-04-05T15:15Z"]
  },
  {
    what: "Apia, daily, without the day that it left out",
    cron: "0 12 * * *",
    timezone: "Pacific/Apia",
    from: "2011-12-28T12:00Z",
    to: "2012-01-01T12:00Z",
    runs: ["2011-12-28T22:00Z", "2011-12-29T22:00Z", "2011-12-30T22:00Z", "2011-12-31T22:00Z"]
  },
  {
    what: "Apia, on the 30th: not in the month that had none",
    cron: "0 12 30 * *",
    timezone: "Pacific/Apia",
    from: "2011-11-15T00:00Z",
    to: "2012-02-10T00:00Z",
    runs: ["2011-11-30T22:00Z", "2012-01-29T22:00Z"]
  },
  {
    what: "Casablanca, a fixed time that comes twice when Ramadan begins",
    cron: "30 2 * * *",
    timezone: "Africa/Casablanca",
    from: "2026-02-13T23:00Z",
    to: "2026-02-17T00:00Z",
    runs: ["2026-02-14T01:30Z", "2026-02-15T01:30Z", "2026-02-16T02:30Z"]
  },
  {
    what: "Casablanca, a fixed time that the clock jumps over when Ramadan has ended",
    cron: "30 2 * * *",
    timezone: "Africa/Casablanca",
    from: "2026-03-21T00:00Z",
    to: "2026-03-23T23:00Z",
    runs: ["2026-03-21T02:30Z", "2026-03-22T02:00Z", "2026-03-23T01:30Z"]
  }
]

describe("the days on which clocks change", () => {
  for (const { cron, from, runs, timezone, to, what } of changes) {
    it.effect(what, () =>
      Effect.gen(function*() {
        yield* add({ cronExpression: cron, timezone })
        yield* Testing.advanceTo(to)
        assert.deepStrictEqual(yield* ranAt, runs)
        assert.isTrue((yield* Runs).late.every((by) => by === 0))
      }).pipe(Effect.provide(worldAt(from))))
  }
})

/** Every occurrence between two decisions has one outcome, and those that ran did so once, in order. */
const nothingTwiceNothingLost = (period: number) =>
  Effect.gen(function*() {
    const { nominal } = yield* Runs
    assert.isTrue(nominal.every((at, i) => i === 0 || at > nominal[i - 1]!))
    const manager = yield* TaskManager.TaskManager
    const all = [...yield* manager.outcomes("a", { limit: 1_000_000 })]
      .sort((a, b) => a.from.epochMilliseconds - b.from.epochMilliseconds)
    let last = Date.UTC(2026, 0, 1)
    for (const { count, from, to } of all) {
      assert.strictEqual(from.epochMilliseconds, last + period, "nothing twice and nothing lost")
      assert.strictEqual(count, (to.epochMilliseconds - from.epochMilliseconds) / period + 1)
      last = to.epochMilliseconds
    }
    return last
  })

const minute = 60_000

const onMinute = (onMissed: "none" | "latest" | "earliest" | "all") =>
  add({ recurrence: Recurrence.every("1 minute"), onMissed, catchUp: { max: 10 } })

describe("clocks and timers that do not obey", () => {
  for (const [i, onMissed] of (["none", "latest", "earliest", "all"] as const).entries()) {
    it.effect(`steps of 6 hours forward and back, timers 5 ms early and late, missed: ${onMissed}`, () =>
      Effect.gen(function*() {
        yield* Testing.skewTimers({ early: "5 millis", late: "5 millis", seed: i })
        yield* onMinute(onMissed)
        for (const hours of [6, -6, -6, 6, 6, -3, 5, -6]) {
          yield* Testing.advance("13 minutes")
          yield* Testing.stepClock(Duration.hours(hours))
          yield* Testing.advance(Duration.minutes(8 + i))
        }
        yield* Testing.advance("14 hours")
        const last = yield* nothingTwiceNothingLost(minute)
        const now = yield* Clock.currentTimeMillis
        assert.isAtLeast(last, now - minute - 5)
      }).pipe(Effect.provide(worldAt("2026-01-01T00:00:00Z"))))
  }

  it.effect("a machine that sleeps again and again", () =>
    Effect.gen(function*() {
      yield* onMinute("latest")
      for (let i = 0; i < 20; i++) {
        yield* Testing.advance(Duration.millis(47_000 + i * 1_234))
        yield* Testing.stepClock(Duration.minutes(i * 7))
      }
      yield* Testing.advance("1 minute")
      yield* nothingTwiceNothingLost(minute)
    }).pipe(Effect.provide(worldAt("2026-01-01T00:00:00Z"))))

  it.effect("every timer 5 ms early: nothing runs before its time", () =>
    Effect.gen(function*() {
      yield* Testing.skewTimers({ early: "5 millis", late: "-5 millis" })
      yield* onMinute("latest")
      yield* Testing.advance("2 hours")
      const { late, nominal } = yield* Runs
      assert.strictEqual(nominal.length, 120)
      assert.isTrue(late.every((by) => by >= 0 && by < 5))
    }).pipe(Effect.provide(worldAt("2026-01-01T00:00:00Z"))))

  it.effect("every timer 5 ms late: an ordinary start, a little late", () =>
    Effect.gen(function*() {
      yield* Testing.skewTimers({ early: "-5 millis", late: "5 millis" })
      yield* onMinute("none")
      yield* Testing.advance("2 hours")
      yield* Testing.advance("5 millis")
      const { late, nominal } = yield* Runs
      assert.strictEqual(nominal.length, 120)
      assert.isTrue(late.every((by) => by === 5))
    }).pipe(Effect.provide(worldAt("2026-01-01T00:00:00Z"))))
})
