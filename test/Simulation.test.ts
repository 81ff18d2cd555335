import { assert, describe, it } from "@effect/vitest"
import { Recurrence, type RecurringTaskInfo, Simulation, Task, TaskManager } from "brinjal"
import { Testing } from "brinjal/testing"
import { DateTime, Duration, Effect, Layer, Option } from "effect"
import { produced, simulated } from "./simulation/production.ts"
import { arbitrary, start } from "./simulation/scenarios.ts"

const newYear = "2026-01-01T00:00:00Z"

const morning = { from: newYear, to: "2026-01-01T06:00:00Z" }

const hourly = { recurringId: "report", cronExpression: "0 * * * *" }

/** A simulation as text. */
const shown = (options: Simulation.Options) => Effect.map(Simulation.run(options), (made) => Simulation.format(made))

describe("Simulation against the manager", () => {
  it.effect.prop(
    "tells what a real manager does, to the millisecond",
    [arbitrary],
    ([scenario]) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* simulated(scenario), yield* produced(scenario))
      }),
    // takes seconds of work, and as much longer as others leave it no processor
    { arbitrary: { runs: Number(process.env.BRINJAL_TEST_RUNS ?? 60) }, timeout: 300_000 }
  )

  it.effect("and of what has waited beyond its deadline when the process comes back", () =>
    Effect.gen(function*() {
      const waits = {
        times: "every 20 seconds",
        pool: "alone",
        maxConcurrent: 3,
        overlap: "skip",
        bufferLimit: 1,
        onMissed: "all",
        catchUp: { window: 600_000, max: 2 },
        startDeadline: 300_000,
        jitter: 0,
        maxRuns: 40,
        pauseAfterFailures: 2,
        runImmediately: false,
        durations: [5, 4_000],
        failures: [false]
      } as const
      const scenario = (from: number, to: number) => ({
        configs: [waits, { ...waits, pool: "single", overlap: "bufferAll" }] as const,
        outages: [{ from: start + from, to: start + to }],
        clockSteps: []
      })
      for (const each of [scenario(120_511, 3_240_611), scenario(180_511, 180_611), scenario(4_260_511, 8_100_611)]) {
        assert.deepStrictEqual(yield* simulated(each), yield* produced(each))
      }
    }))

  it.effect("and of when a step of the clock is noticed", () =>
    Effect.gen(function*() {
      const hourly = {
        times: "0 * * * *",
        pool: "default",
        maxConcurrent: 3,
        overlap: "skip",
        bufferLimit: 1,
        onMissed: "latest",
        catchUp: { window: 600_000, max: 1 },
        startDeadline: null,
        jitter: 7_000,
        maxRuns: null,
        pauseAfterFailures: null,
        runImmediately: false,
        durations: [200],
        failures: [false]
      } as const
      const sevenTimes = { times: "* * * * *", pool: "alone", overlap: "terminateOther", maxRuns: 7 } as const
      const often = { ...hourly, ...sevenTimes, startDeadline: 300_000, jitter: 90_000, durations: [70, 700] } as const
      const clockSteps = [{ at: start + 660_251, by: 2_937_000 }]
      const scenario = { configs: [hourly, often] as const, outages: [], clockSteps }
      assert.deepStrictEqual(yield* simulated(scenario), yield* produced(scenario))
    }))

  it.effect("and of what waits for a pool when the clock is set back", () =>
    Effect.gen(function*() {
      const everySevenMinutes = {
        times: "*/7 * * * *",
        pool: "single",
        maxConcurrent: 1,
        overlap: "bufferAll",
        bufferLimit: 1,
        onMissed: "earliest",
        catchUp: { window: 600_000, max: 1 },
        startDeadline: null,
        jitter: 0,
        maxRuns: null,
        pauseAfterFailures: null,
        runImmediately: false,
        durations: [700],
        failures: [false]
      } as const
      const scenario = {
        configs: [
          everySevenMinutes,
          { ...everySevenMinutes, maxConcurrent: 3, overlap: "allowAll", maxRuns: 40, durations: [50, 70] }
        ] as const,
        outages: [],
        clockSteps: [{ at: start + 10_200_251, by: -68_000 }]
      }
      assert.deepStrictEqual(yield* simulated(scenario), yield* produced(scenario))
    }))
})

describe("Simulation.run", () => {
  it.effect("gives every occurrence with its run, and the shares of what did not start", () =>
    Effect.gen(function*() {
      const { decisions, summaries, timeline } = yield* Simulation.run({
        ...morning,
        configs: [hourly],
        durations: { report: { samples: ["20 minutes", "90 minutes"] } }
      })
      assert.deepStrictEqual(
        timeline.map(({ outcome, run }) => [
          DateTime.formatIso(outcome.from).slice(11, 16),
          outcome.outcome,
          Option.match(run, { onNone: () => "", onSome: ({ taskId }) => taskId })
        ]),
        [
          ["01:00", "Started", "report#1"],
          ["02:00", "Started", "report#2"],
          ["03:00", "Skipped", ""],
          ["04:00", "Started", "report#3"],
          ["05:00", "Started", "report#4"],
          ["06:00", "Skipped", ""]
        ]
      )
      assert.deepStrictEqual(summaries[0]!.shares, [{ reason: "Overlap", count: 2, rate: 1 / 3 }])
      assert.deepStrictEqual(summaries[0]!.runs, { done: 3, failed: 0, cancelled: 0, active: 1 })
      assert.isBelow(decisions, 10)
    }))

  it.effect("answers: what if I set bufferOne?", () =>
    Effect.gen(function*() {
      const of = (overlap: RecurringTaskInfo.OverlapPolicy) =>
        Effect.map(
          Simulation.run({
            ...morning,
            configs: [{ ...hourly, overlap }],
            durations: { report: { samples: ["20 minutes", "90 minutes"] } }
          }),
          ({ summaries: [report] }) => [report!.started, report!.skipped, Duration.format(report!.worstLateness)]
        )
      assert.deepStrictEqual(yield* of("skip"), [4, 2, "0"])
      assert.deepStrictEqual(yield* of("bufferOne"), [6, 0, "30m"])
    }))

  it.effect("takes the policies from the options of addRecurringTask, and the pool from the template", () =>
    Effect.gen(function*() {
      const Slow = Task.make("Slow", { semaphore: "single" })
      const config = { cronExpression: "0 * * * *", templateTask: Slow.template({}) }
      const { timeline } = yield* Simulation.run({
        ...morning,
        to: "2026-01-01T01:30:00Z",
        configs: [{ ...config, recurringId: "one" }, { ...config, recurringId: "other", startDeadline: "10 minutes" }],
        durations: { one: "20 minutes", other: "1 minute" }
      })
      const runs = timeline.flatMap(({ run }) => Option.toArray(run))
      assert.deepStrictEqual(runs.map(({ status }) => status), ["done", "cancelled"])
      assert.isTrue(Option.isNone(runs[1]!.startedAt))
    }))

  it.effect("takes the pools that a manager takes, also without a limit and without a place", () =>
    Effect.gen(function*() {
      const { summaries } = yield* Simulation.run({
        ...morning,
        configs: [{ ...hourly, pool: "wide" }, { ...hourly, recurringId: "closed", pool: "closed" }],
        pools: { wide: Infinity, closed: 0 }
      })
      assert.deepStrictEqual(summaries.map(({ runs: { active, done } }) => [done, active]), [[6, 0], [0, 1]])
    }))

  it.effect("gives durations and failures the occurrence that they are of", () =>
    Effect.gen(function*() {
      const asked: Array<string> = []
      const { summaries } = yield* Simulation.run({
        ...morning,
        configs: [{ ...hourly, pauseAfterFailures: 2 }],
        durations: {
          report: ({ recurringId, run, scheduledAt }) => {
            asked.push(`${recurringId} ${run} ${DateTime.formatIso(scheduledAt).slice(11, 13)}`)
            return "1 minute"
          }
        },
        failures: { report: ({ run }) => run > 1 }
      })
      assert.deepStrictEqual(asked, ["report 1 01", "report 2 02", "report 3 03"])
      assert.deepStrictEqual(summaries[0]!.shares, [{ reason: "Disabled", count: 3, rate: 0.5 }])
    }))

  it.effect("says what waits, and what an outage at the end leaves undecided", () =>
    Effect.gen(function*() {
      const { summaries } = yield* Simulation.run({
        ...morning,
        configs: [{ ...hourly, overlap: "bufferOne" }],
        durations: { report: "Infinity" },
        outages: [{ from: "2026-01-01T03:30:00Z", to: "2026-01-02T00:00:00Z" }]
      })
      const { occurrences, undecided, waiting } = summaries[0]!
      assert.deepStrictEqual({ occurrences, undecided, waiting }, { occurrences: 2, undecided: 3, waiting: 1 })
    }))

  it.effect("is at its end when from is", () =>
    Effect.gen(function*() {
      const { timeline } = yield* Simulation.run({
        configs: [{ ...hourly, runImmediately: true }],
        from: newYear,
        to: newYear
      })
      assert.deepStrictEqual(timeline.map(({ outcome }) => outcome.trigger), ["registration"])
    }))

  it.effect("fails when it takes too long, and says how far it came", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Simulation.run({
        configs: [{ recurringId: "often", cronExpression: "* * * * * *" }],
        from: newYear,
        to: "2027-01-01T00:00:00Z",
        budget: 1_000
      }))
      assert.strictEqual(
        error.message,
        "1000 decisions brought the simulation to 2026-01-01T00:16:40.000Z and not to 2027-01-01T00:00:00.000Z. " +
          "Simulate a shorter time or fewer recurring tasks, or raise the budget."
      )
    }))

  const invalid: ReadonlyArray<[string, Partial<Simulation.Options>]> = [
    ["from", { from: "tomorrow" }],
    ["to", { to: "2025-01-01T00:00:00Z" }],
    ["budget", { budget: 0 }],
    ["pools.default", { pools: { default: 0.5 } }],
    ["configs.report", { configs: [{ ...hourly, cronExpression: "61 * * * *" }] }],
    ["configs.report", { configs: [{ ...hourly, maxConcurrent: 0 }] }],
    ["configs.report", { configs: [{ ...hourly, pool: "disk" }] }],
    ["configs.report", { configs: [hourly, hourly] }],
    ["durations.other", { durations: { other: "1 second" } }],
    ["durations.report", { durations: { report: { samples: [] } } }],
    ["durations.report", { durations: { report: "-1 seconds" } }],
    ["durations.report", { durations: { report: Number.NaN } }],
    ["durations.report", { durations: { report: (): any => "soon" } }],
    ["failures.other", { failures: { other: () => true } }],
    ["outages.0.to", { outages: [{ from: newYear, to: "2025-01-01T00:00:00Z" }] }],
    ["outages.0.from", { outages: [{ from: "never", to: newYear }] }],
    ["clockSteps.0.at", { clockSteps: [{ at: "never", by: "1 second" }] }],
    ["clockSteps.0.by", { clockSteps: [{ at: newYear, by: "Infinity" }] }],
    ["clockSteps.0.by", { clockSteps: [{ at: newYear, by: { hours: Number.NaN } }] }]
  ]
  it.effect.each(invalid)("fails for a wrong option: %s %o", ([option, options]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Simulation.run({ ...morning, configs: [hourly], ...options }))
      assert.strictEqual(error._tag, "InvalidSimulation")
      assert.include(error.message, `The option "${option}" of the simulation is wrong: `)
    }))
})

describe("Simulation.format", () => {
  it.effect("shows sums and what happened", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* shown({
          ...morning,
          configs: [
            { ...hourly, runImmediately: true },
            {
              recurringId: "sync",
              recurrence: Recurrence.every("90 minutes"),
              onMissed: "none",
              startDeadline: "1 hour"
            }
          ],
          durations: { report: "90 minutes", sync: "7 hours" },
          outages: [{ from: "2026-01-01T02:10:00Z", to: "2026-01-01T04:20:00Z" }],
          clockSteps: [{ at: "2026-01-01T05:10:00Z", by: "20 hours" }],
          pools: { default: 1 }
        }),
        [
          "2026-01-01T00:00:00Z .. 2026-01-01T06:00:00Z",
          "",
          "report: 26 occurrences, 2 started, 4 skipped, 20 absorbed",
          "  not started: Overlap 4 (15%)",
          "  latest start: 2h 20m after its nominal time",
          "  2026-01-01T00:00:00Z  Started when added, done at 01:30:00Z",
          "  2026-01-01T01:00:00Z  Skipped Overlap behind report#1",
          "  2026-01-01T02:00:00Z  Started at 04:20:00Z, done at 2026-01-02T01:50:00Z",
          "  2026-01-01T03:00:00Z  Absorbed into 04:00:00Z",
          "  2026-01-01T04:00:00Z  Skipped Overlap behind report#2",
          "  2026-01-01T05:00:00Z  Skipped Overlap behind report#2",
          "  2026-01-01T06:00:00Z .. 2026-01-02T00:00:00Z (19)  Absorbed into 01:00:00Z",
          "  2026-01-02T01:00:00Z  Skipped Overlap behind report#2",
          "  2026-01-02T02:00:00Z  Started, queued",
          "",
          "sync: 17 occurrences, 3 started, 14 missed, 2 cancelled",
          "  not started: NotCaughtUp 14 (82%)",
          "  latest start: 20m after its nominal time",
          "  2026-01-01T01:30:00Z  Started, cancelled at 04:20:00Z",
          "  2026-01-01T03:00:00Z  Missed NotCaughtUp",
          "  2026-01-01T04:30:00Z  Started, never began, cancelled at 2026-01-02T01:10:30Z",
          "  2026-01-01T06:00:00Z .. 2026-01-02T00:00:00Z (13)  Missed NotCaughtUp",
          "  2026-01-02T01:30:00Z  Started at 01:50:00Z, running"
        ].join("\n")
      )
    }))

  it.effect("shows no more lines than it is told to", () =>
    Effect.gen(function*() {
      const simulation = yield* Simulation.run({ ...morning, configs: [hourly] })
      assert.strictEqual(
        Simulation.format(simulation, { lines: 1 }),
        [
          "2026-01-01T00:00:00Z .. 2026-01-01T06:00:00Z",
          "",
          "report: 6 occurrences, 6 started",
          "  2026-01-01T01:00:00Z  Started, done at 01:00:00Z",
          "  ... and 5 more lines"
        ].join("\n")
      )
    }))
})

describe("Simulation.fromInfo", () => {
  class Work extends Task.make("Work") {}

  it.effect("simulates a recurring task of a running manager", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      const options = {
        recurringId: "work",
        recurrence: Recurrence.every("1 hour"),
        overlap: "bufferAll",
        startDeadline: "10 minutes",
        maxRuns: 3
      } as const
      const info = yield* Effect.flatMap(
        manager.addRecurringTask({ ...options, templateTask: Work.template({}) }),
        manager.getRecurringTask
      )
      assert.deepStrictEqual(
        (yield* Simulation.run({ ...morning, configs: [Simulation.fromInfo(info)] })).summaries,
        (yield* Simulation.run({ ...morning, configs: [options] })).summaries
      )
    }).pipe(Effect.provide(Work.toLayer(() => Effect.void).pipe(Layer.provideMerge(Testing.layer)))))
})
