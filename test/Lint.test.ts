import { assert, describe, it } from "@effect/vitest"
import { Lint, Recurrence } from "brinjal"
import { DateTime, Effect } from "effect"

const now = DateTime.makeUnsafe("2026-11-24T00:00:00Z")

/** A task that there is nothing to say about. */
const fine = { recurringId: "fine", cronExpression: "17 3 * * *" } as const

const messages = (...configs: ReadonlyArray<Lint.Config>) =>
  Effect.map(Lint.lint(configs, { now }), (warnings) => warnings.map(Lint.message))

const cron = (cronExpression: string, timezone?: string): Lint.Config => ({
  recurringId: "r",
  cronExpression,
  timezone
})

describe("Lint", () => {
  it.effect("has nothing to say about what is fine", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* messages(fine, cron("*/15 8-17 * * MON-FRI")), [])
    }))

  it.effect("names what never fires, and what does not fire any more", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* messages(cron("0 0 30 2 *")), [
        "r never fires: no month and year that it allows has such a day."
      ])
      const past = Recurrence.at([DateTime.makeUnsafe("2026-01-01T00:00:00Z")])
      assert.deepStrictEqual(yield* messages({ recurringId: "r", recurrence: past }), [
        "r has no occurrence any more; the last one was at 2026-01-01T00:00:00.000Z."
      ])
      const ended = yield* messages({ ...fine, endAt: "2026-06-01T00:00:00Z" })
      assert.match(ended[0] ?? "", /^fine has no occurrence any more/)
    }))

  it.effect("fails with the typed error of an expression that cannot be read", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(messages(cron("61 * * * *"))))._tag, "InvalidRecurrence")
    }))

  it.effect("tells a step that does not divide its field from one that does", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* messages(cron("*/7 * * * *")), [
        "r is irregular: a step of 7 in the minute starts anew at the end of the field. " +
        "For equal intervals use Recurrence.every."
      ])
      assert.deepStrictEqual(yield* messages(cron("*/12 0-23/6 * * *")), [])
    }))

  it.effect("names the trap of two day fields, unless both are required", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* messages(cron("0 5 13 * FRI")), [
        "r runs on days 13 and also on every FRI: the two are alternatives. Write \"+FRI\" if both must hold."
      ])
      assert.deepStrictEqual(yield* messages(cron("0 5 13 * +FRI")), [])
    }))

  it.effect("forecasts the next change of the clock that an expression meets", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* messages(cron("30 1 * * *", "Europe/London")), [
        "r meets a change of the clock in Europe/London at 2027-03-28T01:00:00.000Z, where 1h do not exist: " +
        "it runs at 2027-03-28T01:00:00.000Z."
      ])
      assert.deepStrictEqual(yield* messages(cron("30 1 * 10,11 *", "America/New_York")), [
        "r meets a change of the clock in America/New_York at 2027-11-07T06:00:00.000Z, where 1h happen twice: " +
        "it runs at 2027-11-07T05:30:00.000Z."
      ])
      assert.deepStrictEqual(yield* messages(cron("30 4 * * *", "Europe/London"), cron("30 1 * * *")), [])
    }))

  it.effect("compares durations with the shortest interval", () =>
    Effect.gen(function*() {
      const hourly = { recurringId: "r", cronExpression: "0 * * * *" } as const
      const durations = Array.from({ length: 20 }, (_, i) => `${i < 18 ? 5 : 70} minutes` as const)
      assert.deepStrictEqual(yield* messages({ ...hourly, durations }), [
        "r overlaps itself: one run in twenty takes 1h 10m or longer, and the next is due after 1h."
      ])
      assert.deepStrictEqual(yield* messages({ ...hourly, durations, maxConcurrent: 2 }), [])
    }))

  it.effect("warns of a task without timeout where a hung run keeps the others out", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* messages({ ...fine, hasTimeout: false }), [
        "fine has no timeout: one run that hangs would keep all later ones from starting."
      ])
      assert.deepStrictEqual(yield* messages({ ...fine, hasTimeout: false, overlap: "cancelOther" }), [])
    }))

  it.effect("finds a crowd in one second, which jitter disperses", () =>
    Effect.gen(function*() {
      const crowd = Array.from({ length: 11 }, (_, i) => ({ recurringId: `r${i}`, cronExpression: "0 0 * * *" }))
      const found = yield* messages(...crowd)
      assert.strictEqual(found.length, 11)
      assert.strictEqual(
        found[0],
        "r0 starts at 2026-11-25T00:00:00.000Z together with 10 others. Spread them with H in the expression, or jitter."
      )
      const spread = crowd.map((config) => ({ ...config, jitter: "1 minute" as const }))
      assert.deepStrictEqual(yield* messages(...spread), [])
    }))

  it.effect("finds the member of a union that adds nothing", () =>
    Effect.gen(function*() {
      const hourly = Recurrence.cronUnsafe("0 * * * *")
      const noon = Recurrence.cronUnsafe("0 12 * * *")
      assert.deepStrictEqual(yield* messages({ recurringId: "r", recurrence: Recurrence.union(hourly, noon) }), [
        "r: \"at 12:00 every day, UTC\" adds nothing to the rest of the union."
      ])
      const other = Recurrence.union(noon, Recurrence.cronUnsafe("30 6 * * *"))
      assert.deepStrictEqual(yield* messages({ recurringId: "r", recurrence: other }), [])
    }))
})
