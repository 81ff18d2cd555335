import { assert, describe, it } from "@effect/vitest"
import { DateTime, Option, Result, Schema } from "effect"
import * as Calendar from "../src/Calendar.ts"
import { timetable } from "../src/internal/recurrence/timetable.ts"
import * as Recurrence from "../src/Recurrence.ts"

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const Instant = int(Date.UTC(1971, 0, 1), Date.UTC(2100, 0, 1))

const Field = {
  second: Schema.Literals(["0", "0", "*/20", "7,41", "*"]),
  minute: Schema.Literals(["*", "*/15", "0", "30", "5,35", "10-20/5", "59"]),
  hour: Schema.Literals(["*", "*/2", "2", "9-17", "0,12", "23"]),
  date: Schema.Literals(["*", "*", "1", "L", "15W", "LW", "31", "*/2", "L-2"]),
  month: Schema.Literals(["*", "*", "*", "2", "MAR,OCT", "6-8"]),
  weekday: Schema.Literals(["*", "*", "1-5", "SUN", "FRI#2", "5L", "+MON"])
}

const CronOf = Schema.Struct({
  _tag: Schema.Literal("Cron"),
  ...Field,
  timezone: Schema.Literals(["UTC", "Europe/London", "America/St_Johns", "Australia/Lord_Howe", "+05:30"]),
  dst: Schema.Literals(["vixie", "ocps", "shift", "literal"])
})

const EveryOf = Schema.TaggedStruct("Every", { period: int(1, 10_000_000), phase: int(0, 10_000_000) })

const AtOf = Schema.TaggedStruct("At", { instants: Schema.NonEmptyArray(Instant) })

const Leaf = Schema.Union([CronOf, CronOf, CronOf, EveryOf, AtOf])

const leaf = (made: typeof Leaf.Type): Recurrence.Recurrence | undefined => {
  switch (made._tag) {
    case "Cron": {
      const { date, dst, hour, minute, month, second, timezone, weekday } = made
      const expression = [second, minute, hour, date, month, weekday].join(" ")
      return Result.getOrUndefined(Recurrence.cron(expression, { timezone, dst }))
    }
    case "Every":
      return Recurrence.every(made.period, { phase: made.phase })
    case "At":
      return Recurrence.at(made.instants.map((instant) => DateTime.makeUnsafe(instant)))
  }
}

const calendar = Calendar.businessHours({ from: "08:00", to: "18:00", timezone: "Europe/London" })

/** The recurrences of a pair of leaves: each alone, and what can be made of both. */
const made = (one: typeof Leaf.Type, other: typeof Leaf.Type): Array<Recurrence.Recurrence> => {
  const [a, b] = [leaf(one), leaf(other)]
  if (a === undefined || b === undefined) return []
  const combined = [Recurrence.intersect(a, b), Recurrence.except(a, b), Recurrence.within(a, calendar)]
  return [a, b, Recurrence.union(a, b), ...combined.flatMap((result) => Option.toArray(Result.getSuccess(result)))]
}

const runs = (count: number) => ({ arbitrary: { runs: count, seed: 20_260_729 } })

const firstAfter = (self: Recurrence.Recurrence, after: number, count: number): Array<number> =>
  Recurrence.upcoming(self, { after: DateTime.makeUnsafe(after), count }).map(DateTime.toEpochMillis)

describe("laws", () => {
  it.prop("next increases, and prev goes the same way back", [Leaf, Leaf, Instant], ([one, other, after]) => {
    for (const recurrence of made(one, other)) {
      const { next, prev } = timetable(recurrence)
      const found = firstAfter(recurrence, after, 5)
      for (const [index, at] of found.entries()) {
        assert.isAbove(at, found[index - 1] ?? after)
        assert.strictEqual(next(at - 1), at)
        assert.strictEqual(prev(at + 1), at)
        if (index > 0) assert.strictEqual(prev(at), found[index - 1])
        assert.isTrue(Recurrence.matches(recurrence, DateTime.makeUnsafe(at)))
      }
      const before = prev(found[0] ?? after)
      if (before !== undefined) assert.isAtMost(before, after)
    }
  }, runs(50))

  it.prop(
    "count counts what next finds, as far as it says",
    [Leaf, Leaf, Instant, int(0, 40)],
    ([one, other, after, limit]) => {
      for (const recurrence of made(one, other)) {
        const found = firstAfter(recurrence, after, 30)
        const upTo = found.at(-1) ?? after + 86_400_000
        const counted = timetable(recurrence).count(after, upTo, limit)
        assert.strictEqual(counted.count, found.filter((at) => at <= counted.upTo).length)
        assert.isAtMost(counted.upTo, upTo)
        if (limit > 32 && recurrence._tag !== "Cron") assert.strictEqual(counted.upTo, upTo)
      }
    },
    runs(50)
  )

  it.prop("combinations are what their names say", [Leaf, Leaf, Instant], ([one, other, after]) => {
    const [a, b] = [leaf(one), leaf(other)]
    if (a === undefined || b === undefined) return
    const union = firstAfter(Recurrence.union(a, b), after, 20)
    assert.deepStrictEqual(union, firstAfter(Recurrence.union(b, a), after, 20))
    const apart = [...new Set([...firstAfter(a, after, 20), ...firstAfter(b, after, 20)])].sort((x, y) => x - y)
    assert.deepStrictEqual(union, apart.slice(0, 20))
    const isIn = (recurrence: Recurrence.Recurrence, at: number) => timetable(recurrence).next(at - 1) === at
    const check = (result: Result.Result<Recurrence.Recurrence, unknown>, keeps: (at: number) => boolean) => {
      if (Result.isFailure(result)) return
      const found = firstAfter(result.success, after, 3)
      const last = found.at(-1) ?? after
      assert.deepStrictEqual(found, firstAfter(a, after, 200).filter((at) => at <= last && keeps(at)))
    }
    const near = firstAfter(a, after, 200).at(-1) ?? after
    const bounded = (result: Result.Result<Recurrence.Recurrence, unknown>) =>
      Result.flatMap(result, Recurrence.endAt(DateTime.makeUnsafe(near)))
    check(bounded(Recurrence.intersect(a, b)), (at) => isIn(b, at))
    check(bounded(Recurrence.except(a, b)), (at) => !isIn(b, at))
    check(bounded(Recurrence.within(a, calendar)), (at) => Calendar.contains(calendar, DateTime.makeUnsafe(at)))
  }, runs(50))

  it.prop("what goes through JSON comes back as the same object", [Leaf, Leaf], ([one, other]) => {
    for (const recurrence of made(one, other)) {
      const decoded = Schema.decodeUnknownSync(Recurrence.Recurrence)(JSON.parse(JSON.stringify(recurrence)))
      assert.strictEqual(decoded, recurrence)
    }
  }, runs(50))
})
