import { assert, describe, it } from "@effect/vitest"
import { Calendar, Lint, LintWarning, Recurrence, type Simulation, Task } from "brinjal"
import { DateTime, Duration, Effect, Option, Result, Schema } from "effect"

const now = DateTime.makeUnsafe("2026-01-01T00:00:00Z")

const lint = (configs: ReadonlyArray<Simulation.Config>, options?: Omit<Lint.Options, "now">) =>
  Lint.lint(configs, { ...options, now })

/** The names and sentences of the warnings about one recurring task. */
const said = (config: Partial<Simulation.Config>, durations?: Lint.Durations) =>
  Effect.map(
    lint(
      [{ recurringId: "it", ...config } as Simulation.Config],
      durations === undefined ? {} : { durations: { it: durations } }
    ),
    (warnings) => warnings.map((warning) => `${warning._tag}: ${warning.message}`)
  )

const cron = (cronExpression: string, timezone?: string, dst?: Recurrence.DstPolicy) => ({
  cronExpression,
  timezone,
  dst
})

const tags = (config: Partial<Simulation.Config>, durations?: Lint.Durations) =>
  Effect.map(said(config, durations), (warnings) => warnings.map((text) => text.replace(/:.*/s, "")))

describe("Lint.lint", () => {
  it.effect("has nothing to say about a plain schedule", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* said(cron("17 4 * * *", "Europe/London"), "1 hour"), [])
      assert.deepStrictEqual(yield* said({ recurrence: Recurrence.every("7 minutes") }, "1 minute"), [])
    }))

  it.effect("warns of what cannot be added", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* said(cron("61 * * * *")), [
        "Invalid: \"61 * * * *\" is not a recurrence. minute (at character 1): 61 is out of range. Write 0 to 59."
      ])
      assert.deepStrictEqual(yield* tags({ ...cron("0 * * * *"), maxConcurrent: 0 }), ["Invalid"])
    }))

  it.effect("warns of what never fires, or never again", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* said(cron("0 0 30 2 *")), [
        "NeverFires: It never fires: no month and year that it allows has such a day."
      ])
      assert.deepStrictEqual(yield* said(cron("0 0 12 1 1 * 2025")), [
        "NeverFires: It never fires again: it has no occurrence any more. The last time was 2025-01-01T12:00:00Z."
      ])
      assert.deepStrictEqual(yield* said(cron("0 0 12 1 1 * 2027")), [])
      assert.deepStrictEqual(yield* tags({ ...cron("0 0 1 1 *"), startAt: "2026-02-01", endAt: "2026-03-01" }), [
        "NeverFires"
      ])
    }))

  it.effect("warns of an end in the past", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* said({ ...cron("0 * * * *"), endAt: "2025-06-01T00:00:00Z" }), [
        "EndInThePast: It never fires again: it ended at 2025-06-01T00:00:00Z."
      ])
      const ended = Recurrence.endAt(Recurrence.every("1 hour"), DateTime.makeUnsafe("2025-06-01T00:00:00Z"))
      assert.deepStrictEqual(yield* tags({ recurrence: Result.getOrThrow(ended) }), ["EndInThePast"])
      assert.deepStrictEqual(yield* said({ ...cron("0 * * * *"), endAt: "2026-06-01T00:00:00Z" }), [])
    }))

  it.effect("warns of steps that do not divide their field, where that makes an odd interval", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* said(cron("*/7 * * * *")), [
        "Irregular: \"*/7\" as minute does not fire every 7 minutes: the field starts over, so that 2026-01-01T01:00:00Z " +
        "comes 4 minutes after the one before. For an even interval, use Recurrence.every(\"7 minutes\")."
      ])
      assert.deepStrictEqual(yield* said(cron("0 6 */2 * *")), [
        "Irregular: \"*/2\" as day of month does not fire every 2 days: the field starts over, so that " +
        "2026-02-01T06:00:00Z comes 1 day after the one before. For an even interval, list the days."
      ])
      const [warning] = yield* lint([{ recurringId: "it", ...cron("5 */5 * * *") }])
      assert.isTrue(warning?._tag === "Irregular" && Duration.toHours(warning.odd) === 4 && warning.field === "hour")
      for (const even of ["*/15 * * * *", "*/7 3 * * *", "0 */6 * * *", "0 8-20/5 * * *", "0-30/7 12 * * *"]) {
        assert.deepStrictEqual(yield* said(cron(even)), [], even)
      }
    }))

  it.effect("warns of day of month beside day of week", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* said(cron("0 0 13 * FRI")), [
        "EitherDay: \"0 0 13 * FRI\" fires when the day of month or the day of week matches, 62 times in the next year. If " +
        "both are meant to match, write \"0 0 13 * +FRI\": 3 times."
      ])
      for (const meant of ["0 0 13 * +FRI", "0 0 13 * ?", "0 0 */1 * FRI", "0 0 * * FRI"]) {
        assert.deepStrictEqual(yield* said(cron(meant)), [], meant)
      }
    }))

  it.effect("warns of runs that overlap, by the samples and the limit", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* said({ ...cron("0 * * * *"), maxConcurrent: 2 }, "2 hours"), [
        "OverlapsItself: Runs take up to 2h (p95), and the next one may be due after 2h with maxConcurrent 2: then overlap " +
        "\"skip\" decides. Make the interval longer, raise maxConcurrent, or see what happens with Simulation.run."
      ])
      const often = { samples: Array.from({ length: 20 }, (_, index) => index < 18 ? 1 : Duration.hours(2)) }
      const seldom = { samples: Array.from({ length: 20 }, (_, index) => index < 19 ? 1 : Duration.hours(2)) }
      assert.deepStrictEqual(yield* tags(cron("0 * * * *"), often), ["OverlapsItself"])
      assert.deepStrictEqual(yield* tags(cron("0 * * * *"), seldom), [])
      assert.deepStrictEqual(yield* tags(cron("0,10 * * * *"), "11 minutes"), ["OverlapsItself"])
      assert.deepStrictEqual(yield* tags({ ...cron("0 * * * *"), overlap: "allowAll" }, "2 hours"), [])
    }))

  it.effect("warns of a task without a timeout where one that hangs keeps its place", () =>
    Effect.gen(function*() {
      const Endless = Task.make("Endless")
      const Limited = Task.make("Limited", { totalTimeout: "1 hour" })
      const daily = cron("30 4 * * *")
      assert.deepStrictEqual(yield* said({ ...daily, templateTask: Endless.template({}) }), [
        "NoTimeout: With overlap \"skip\", a run of \"Endless\" that hangs stops it for good. Give the task a timeout or a " +
        "totalTimeout."
      ])
      assert.deepStrictEqual(yield* said({ ...daily, templateTask: Limited.template({}) }), [])
      assert.deepStrictEqual(yield* said({ ...daily, templateTask: Endless.template({}), overlap: "cancelOther" }), [])
    }))

  it.effect("warns of members that add nothing to a union", () =>
    Effect.gen(function*() {
      const three = Recurrence.cronUnsafe("0 3 * * *")
      const hourly = Recurrence.every("1 hour")
      assert.deepStrictEqual(yield* said({ recurrence: Recurrence.union(three, hourly) }), [
        "RedundantMember: \"at 03:00 every day, UTC\" adds nothing to the union: the other members fire then too (every 1h)."
      ])
      const same = Recurrence.union(Recurrence.cronUnsafe("0 * * * *"), hourly)
      assert.deepStrictEqual(yield* tags({ recurrence: same }), ["RedundantMember"])
      const half = Recurrence.union(Recurrence.cronUnsafe("30 3 * * *"), hourly)
      assert.deepStrictEqual(yield* said({ recurrence: half }), [])
      const onceAYear = Recurrence.union(Recurrence.cronUnsafe("0 0 * 1-11 *"), Recurrence.cronUnsafe("0 0 24 12 *"))
      assert.deepStrictEqual(yield* said({ recurrence: onceAYear }), [])
    }))
})

describe("Lint.lint, of changes of the clock", () => {
  const forward = "At 2026-03-29T01:00:00Z the clock in Europe/Berlin goes forward from 2026-03-29T02:00 to 03:00:"
  const back = "At 2026-10-25T01:00:00Z the clock in Europe/Berlin goes back from 2026-10-25T03:00 to 02:00:"
  for (
    const [expression, dst, spring, autumn] of [
      ["30 2 * * *", "vixie", "runs at 2026-03-29T01:00:00Z", "runs the first time only, at 2026-10-25T00:30:00Z"],
      ["30 2 * * *", "shift", "runs at 2026-03-29T01:30:00Z", "runs the first time only, at 2026-10-25T00:30:00Z"],
      ["30 2 * * *", "ocps", "does not run", "runs the first time only, at 2026-10-25T00:30:00Z"],
      [
        "30 2 * * *",
        "literal",
        "does not run",
        "runs both times, at 2026-10-25T00:30:00Z and 2026-10-25T01:30:00Z"
      ]
    ] as const
  ) {
    it.effect(`tells what ${dst} makes of a time in the night`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* said(cron(expression, "Europe/Berlin", dst)), [
          `ClockChange: ${forward} what is due at 02:30 ${spring}.`,
          `ClockChange: ${back} what is due at 02:30 ${autumn}.`
        ])
      }))
  }

  it.effect("agrees with the recurrence", () =>
    Effect.gen(function*() {
      for (const dst of ["vixie", "ocps", "shift", "literal"] as const) {
        for (const timezone of ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago"]) {
          for (const expression of ["30 2 * * *", "45 1,2 * * *", "0 0 * * *", "0 */2 * * *", "*/40 * * * *"]) {
            const recurrence = Recurrence.cronUnsafe(expression, { timezone, dst })
            for (const warning of yield* lint([{ recurringId: "it", recurrence }])) {
              if (warning._tag !== "ClockChange") continue
              assert.isTrue(warning.runsAt.every((at) => Recurrence.matches(recurrence, at)))
              assert.strictEqual(warning.runsAt.length, { Skipped: 0, Moved: 1, Once: 1, Twice: 2 }[warning.effect])
            }
          }
        }
      }
    }))

  it.effect("tells of a run that is merged with another one", () =>
    Effect.gen(function*() {
      assert.include(
        yield* said(cron("0 2,3 * * *", "Europe/Berlin")),
        `ClockChange: ${forward} what is due at 02:00 runs at 2026-03-29T01:00:00Z.`
      )
    }))

  it.effect("tells of uneven intervals of what follows real time, and not of even ones", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* said(cron("0 */2 * * *", "Europe/Berlin")), [
        `ClockChange: ${forward} what is due at 02:00 does not run.`,
        `ClockChange: ${back} what is due at 02:00 runs both times, at 2026-10-25T00:00:00Z and 2026-10-25T01:00:00Z.`
      ])
      for (const even of ["*/15 * * * *", "0 * * * *", "* * * * * *"]) {
        assert.deepStrictEqual(yield* said(cron(even, "Europe/Berlin")), [], even)
      }
    }))

  it.effect("counts the times that it does not name", () =>
    Effect.gen(function*() {
      assert.include(
        yield* said(cron("0,10,20,30,40 2 * * *", "Europe/Berlin", "ocps")),
        `ClockChange: ${forward} what is due at 02:00, 02:10, 02:20 and 2 more does not run.`
      )
    }))

  it.effect("leaves out what other times, zones and calendars are not touched by", () =>
    Effect.gen(function*() {
      const night = Recurrence.cronUnsafe("30 2 * * *", { timezone: "Europe/Berlin" })
      const days = (fields: string) =>
        Result.getOrThrow(Recurrence.within(night, Calendar.days(fields, { timezone: "Europe/Berlin" })))
      assert.deepStrictEqual(yield* said(cron("30 2 * * *")), [])
      assert.deepStrictEqual(yield* said(cron("30 2 * * *", "+01:00")), [])
      assert.deepStrictEqual(yield* said(cron("30 4 * * *", "Europe/Berlin")), [])
      assert.deepStrictEqual(yield* said({ recurrence: days("* * MON-FRI") }), [])
      assert.deepStrictEqual(yield* tags({ recurrence: days("* * SUN") }), ["ClockChange", "ClockChange"])
      assert.deepStrictEqual(
        yield* tags({ ...cron("30 2 * * *", "Europe/Berlin"), endAt: "2026-06-01" }),
        ["ClockChange"]
      )
    }))
})

describe("Lint.lint, of many", () => {
  const herd = (count: number, expression: string): ReadonlyArray<Simulation.Config> =>
    Array.from({ length: count }, (_, index) => ({ recurringId: `${expression} ${index}`, cronExpression: expression }))

  it.effect("warns of a herd once, with what would spread it", () =>
    Effect.gen(function*() {
      const warnings = yield* lint([...herd(9, "0 * * * *"), ...herd(2, "0 0 * * *")])
      assert.deepStrictEqual(warnings.map(({ _tag }) => _tag), ["Herd"])
      const [one] = warnings
      assert.isTrue(one?._tag === "Herd" && one.recurringIds.length === 11)
      assert.strictEqual(
        one?.message,
        "11 recurring tasks start in the second of 2026-01-02T00:00:00Z: 0 * * * * 0, 0 * * * * 1, 0 * * * * 2, " +
          "0 * * * * 3, 0 * * * * 4 and 6 more. Spread them with H, such as \"H * * * *\" for 0 * * * * 0, " +
          "\"H * * * *\" for 0 * * * * 1, \"H * * * *\" for 0 * * * * 2 and 8 more, or with jitter."
      )
    }))

  it.effect("proposes what can be added", () =>
    Effect.gen(function*() {
      const proposals = Effect.fnUntraced(function*(expression: string) {
        const [one] = yield* lint(herd(10, expression))
        return one?._tag === "Herd" ? Option.getOrNull(one.proposals[0]!.cronExpression) : undefined
      })
      assert.strictEqual(yield* proposals("*/5 8-18 * * *"), "H/5 8-18 * * *")
      assert.strictEqual(yield* proposals("* * * * *"), "H * * * * *")
      assert.strictEqual(yield* proposals("0 30 2 * * *"), "0 H 2 * * *")
      assert.strictEqual(yield* proposals("0,30 2 * * *"), null)
      assert.strictEqual(yield* proposals("@daily"), null)
    }))

  it.effect("is content with what is spread, few, or as many as allowed", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* lint(herd(9, "0 * * * *")), [])
      assert.deepStrictEqual(yield* lint(herd(40, "0 * * * *"), { herd: 41 }), [])
      assert.deepStrictEqual(yield* lint(herd(40, "H H * * *")), [])
      assert.deepStrictEqual(
        yield* lint(herd(40, "0 0 * * *").map((config) => ({ ...config, jitter: "2 hours" }))),
        []
      )
    }))

  it.effect("gives values that can be sent, and a text", () =>
    Effect.gen(function*() {
      const warnings = yield* lint([
        { recurringId: "bad", cronExpression: "61 * * * *" },
        { recurringId: "seven", cronExpression: "*/7 * * * *" },
        { recurringId: "night", cronExpression: "30 2 * * *", timezone: "Europe/Berlin" },
        {
          recurringId: "both",
          recurrence: Recurrence.union(Recurrence.cronUnsafe("0 3 * * *"), Recurrence.every("1 hour"))
        },
        ...herd(10, "0 * * * *")
      ])
      const codec = Schema.toCodecJson(Schema.Array(LintWarning.Warning))
      const json = JSON.parse(JSON.stringify(yield* Schema.encodeEffect(codec)(warnings)))
      assert.deepStrictEqual(yield* Schema.decodeUnknownEffect(codec)(json), warnings)
      const lines = Lint.format(warnings).split("\n")
      assert.strictEqual(lines.length, warnings.length)
      assert.match(lines[1]!, /^seven: Irregular\. "\*\/7" as minute /)
      assert.match(lines.at(-1)!, /^12 recurring tasks: Herd\. 12 recurring tasks start /)
    }))
})
