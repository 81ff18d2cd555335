import { assert, describe, it } from "@effect/vitest"
import { Cron, DateTime, Effect, Equal, Exit, Fiber, Hash, Option, Result, Schedule, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as Fs from "node:fs"
import * as Calendar from "../src/Calendar.ts"
import { timetable } from "../src/internal/recurrence/timetable.ts"
import * as Recurrence from "../src/Recurrence.ts"

const utc = (iso: string) => DateTime.makeUnsafe(iso)

const isos = (instants: Iterable<DateTime.Utc>) => Array.from(instants, DateTime.formatIso)

const nextIso = (recurrence: Recurrence.Recurrence, after: string) =>
  Option.getOrUndefined(Option.map(Recurrence.next(recurrence, utc(after)), DateTime.formatIso))

const prevIso = (recurrence: Recurrence.Recurrence, before: string) =>
  Option.getOrUndefined(Option.map(Recurrence.prev(recurrence, utc(before)), DateTime.formatIso))

const failureOf = <A, E>(result: Result.Result<A, E>): E => {
  assert(Result.isFailure(result))
  return result.failure
}

const valueOf = <A, E>(result: Result.Result<A, E>): A => Result.getOrThrow(result)

const json = (recurrence: Recurrence.Recurrence): unknown => JSON.parse(JSON.stringify(recurrence))

const decode = Schema.decodeUnknownResult(Recurrence.Recurrence)

const vectors = Schema.decodeUnknownSync(Schema.Struct({
  vectors: Schema.Array(Schema.Struct({
    id: Schema.String,
    expr: Schema.String,
    tz: Schema.String,
    after: Schema.String,
    expected: Schema.Union([Schema.Literal("error"), Schema.Array(Schema.String)]),
    byPolicy: Schema.optionalKey(
      Schema.Record(Schema.Literals(["vixie", "ocps", "shift", "literal"]), Schema.Array(Schema.String))
    )
  }))
}))(JSON.parse(Fs.readFileSync(new URL("fixtures/cron-vectors.json", import.meta.url), "utf8"))).vectors

describe("cron", () => {
  it.each(vectors)("vector $id: $expr $tz", ({ after, byPolicy, expected, expr, tz }) => {
    const answers = expected === "error" ? [] : Object.entries(byPolicy ?? { vixie: expected })
    for (const [dst, instants] of answers) {
      const made = Recurrence.cron(expr, { timezone: tz, dst: dst as Recurrence.DstPolicy })
      if (instants.length === 0) {
        assert.strictEqual(failureOf(made)._tag, "NeverFires")
        continue
      }
      const found = Recurrence.upcoming(valueOf(made), { after: utc(after), count: instants.length })
      assert.deepStrictEqual(isos(found), instants, dst)
      const last = found.at(-1)!
      const before = Option.toArray(Recurrence.prev(valueOf(made), last))
      if (found.length > 1) assert.deepStrictEqual(isos(before), [instants.at(-2)])
    }
    if (expected === "error") {
      assert.strictEqual(failureOf(Recurrence.cron(expr, { timezone: tz }))._tag, "InvalidRecurrence")
    }
  })

  it("keeps the text as it was written", () => {
    const expression = "  0 2  * * mon-FRI "
    const recurrence = Recurrence.cronUnsafe(expression, { timezone: "europe/london" })
    assert.strictEqual(recurrence.expression, expression)
    assert.strictEqual(recurrence.timezone, "europe/london")
  })

  it.each([
    ["60 * * * *", "minute", 0, "60 is out of range", "0 to 59"],
    ["*/60 * * * *", "minute", 0, "longer than the field", "Recurrence.every"],
    ["0 22-2 * * *", "hour", 2, "runs backwards", "22-23,0-2"],
    ["0 0 * * FRI-MON", "day of week", 8, "runs backwards", "FRI-SUN,MON"],
    ["0 0 * * 5-2", "day of week", 8, "runs backwards", "5-7,1-2"],
    ["0 0 * * MONDAY", "day of week", 8, "three letters", "MON"],
    ["0 0 1 JANUARY *", "month", 6, "three letters", "JAN"],
    ["0  0 32 * *", "day of month", 5, "32 is out of range", "1 to 31"],
    ["0 0 1,15W * *", "day of month", 4, "stands alone", "LW"],
    ["0 0 * * MON#6", "day of week", 8, "nth of a weekday", "MON#1 to MON#5"],
    ["0 0 1,? * *", "day of month", 4, "? has to stand alone", "* or a value"],
    ["? 0 * * *", "minute", 0, "? has to stand alone", "* or a value"],
    ["0 0 +1 * *", "day of month", 4, "+ may only stand at the start of day of week", "1 to 31"],
    ["1,,2 * * * *", "minute", 0, "empty item", "one comma"],
    ["5/0 * * * *", "minute", 0, "step cannot be 0", "1 to 59"],
    ["0 0 0 1 1 * 2300", "year", 12, "2300 is out of range", "1970 to 2199"],
    ["0 0 1 1 * 2027", "day of week", 10, "2027 is out of range", "0 to 7"],
    ["H * * * *", "minute", 0, "no", "seed"],
    ["0 1,H * * *", "hour", 2, "whole field", "H, or numbers"],
    ["* * * *", "expression", undefined, "4 fields", "5 fields"],
    ["", "expression", undefined, "empty", "5 fields"],
    ["@DAILY", "nickname", undefined, "lower case", "@daily"],
    ["@reboot", "nickname", undefined, "not a time", "start of the program"],
    ["@every 5m", "nickname", undefined, "not cron", "Recurrence.every"],
    ["@fortnightly", "nickname", undefined, "not a nickname", "@weekly"]
  ])("%s is refused with the field and what to write", (expression, field, position, reason, expected) => {
    const error = failureOf(Recurrence.cron(expression))
    assert(error._tag === "InvalidRecurrence")
    assert.strictEqual(error.field, field)
    assert.strictEqual(error.position, position)
    assert.include(error.reason, reason)
    assert.include(error.expected, expected)
    for (const part of [expression, field, reason, expected]) assert.include(error.message, part)
    assert.throws(() => Recurrence.cronUnsafe(expression), error.message)
  })

  it.each(["Europe/Atlantis", "", "+25:00", "local", "UTC+1"])("the zone %s is refused", (timezone) => {
    const error = failureOf(Recurrence.cron("0 0 * * *", { timezone }))
    assert(error._tag === "InvalidRecurrence")
    assert.strictEqual(error.field, "timezone")
  })

  it.each([
    "0 0 30 2 *",
    "0 0 31 4,6,9,11 *",
    "0 0 31W 2 *",
    "0 0 1W * +SAT",
    "0 0 L-30 2 *",
    "0 0 8 * +FRI#1",
    "0 0 0 29 2 * 2025-2027",
    "0 30 2 8 3 * 2026"
  ])("%s never fires, and says so", (expression) => {
    const made = Recurrence.cron(expression, { timezone: "America/New_York", dst: "ocps" })
    assert.strictEqual(failureOf(made)._tag, "NeverFires")
  })

  it("knows the days of every form", () => {
    const dates = (expression: string, month: string, seed?: string) =>
      Recurrence.between(
        Recurrence.cronUnsafe(`0 0 ${expression}`, { seed }),
        utc(`${month}-01T00:00:00Z`),
        utc(`${month}-28T00:00:00Z`).pipe(DateTime.add({ days: 4 }))
      ).filter((at) => DateTime.formatIso(at).startsWith(month)).map((at) => DateTime.toDateUtc(at).getUTCDate())
    assert.deepStrictEqual(dates("L * *", "2028-02"), [29])
    assert.deepStrictEqual(dates("1,L-3 * *", "2028-02"), [1, 26])
    assert.deepStrictEqual(dates("LW * *", "2026-05"), [29])
    assert.deepStrictEqual(dates("1W * *", "2026-08"), [3])
    assert.deepStrictEqual(dates("31W * *", "2026-05"), [29])
    assert.deepStrictEqual(dates("31W * *", "2026-06"), [])
    assert.deepStrictEqual(dates("* * MON#2", "2026-06"), [8])
    assert.deepStrictEqual(dates("* * MON#5", "2026-06"), [29])
    assert.deepStrictEqual(dates("* * 5L,SUN#L", "2026-06"), [26, 28])
    assert.deepStrictEqual(dates("* * FRI,SAT#3", "2026-06"), [5, 12, 19, 20, 26])
    assert.deepStrictEqual(dates("1-7 * +MON", "2026-06"), [1])
    assert.deepStrictEqual(dates("*/10 * 1", "2026-06"), [1])
    assert.deepStrictEqual(dates("20 * 1", "2026-06"), [1, 8, 15, 20, 22, 29])
    assert.deepStrictEqual(dates("? * SAT-SUN", "2026-06"), [6, 7, 13, 14, 20, 21, 27, 28])
    assert.deepStrictEqual(dates("* * SUN-SUN", "2026-06"), [7, 14, 21, 28])
    assert.deepStrictEqual(dates("* * 6-7/1", "2026-06"), [6, 7, 13, 14, 20, 21, 27, 28])
  })

  it.each([
    ["report", 1, 0, "1,16,31,46"],
    ["backup", 17, 0, "2,17,32,47"],
    ["cleanup", 36, 22, "6,21,36,51"]
  ])("places H by the seed %s", (seed, minute, hour, steps) => {
    const same = (hashed: string, plain: string) =>
      assert.deepStrictEqual(
        isos(Recurrence.upcoming(Recurrence.cronUnsafe(hashed, { seed }), { after: utc("2026-01-01"), count: 9 })),
        isos(Recurrence.upcoming(Recurrence.cronUnsafe(plain), { after: utc("2026-01-01"), count: 9 }))
      )
    same("H H * * *", `${minute} ${hour} * * *`)
    same("H/15 * * * *", `${steps} * * * *`)
    same("H(5-5) H(3-3) * * *", "5 3 * * *")
  })

  it("keeps the seed only where it places something", () => {
    assert.strictEqual(
      Recurrence.cronUnsafe("0 2 * * *", { seed: "a" }),
      Recurrence.cronUnsafe("0 2 * * *", { seed: "b" })
    )
    assert.notStrictEqual(
      Recurrence.cronUnsafe("H 2 * * *", { seed: "a" }),
      Recurrence.cronUnsafe("H 2 * * *", { seed: "b" })
    )
    assert.strictEqual(failureOf(Recurrence.cron("H 2 * * *"))._tag, "InvalidRecurrence")
  })

  it("is right to the second in the years that have been and will be", () => {
    const newYear = Recurrence.cronUnsafe("0 0 0 1 1 *", { timezone: "Asia/Kathmandu" })
    assert.strictEqual(nextIso(newYear, "1985-06-01"), "1985-12-31T18:30:00.000Z")
    assert.strictEqual(nextIso(newYear, "1986-06-01"), "1986-12-31T18:15:00.000Z")
    assert.strictEqual(nextIso(newYear, "2099-06-01"), "2099-12-31T18:15:00.000Z")
    const leapSunday = Recurrence.cronUnsafe("0 0 29 2 +SUN", { timezone: "Europe/London" })
    assert.strictEqual(nextIso(leapSunday, "2088-03-01"), "2128-02-29T00:00:00.000Z")
    assert.strictEqual(prevIso(leapSunday, "2128-02-29"), "2088-02-29T00:00:00.000Z")
    const apia = Recurrence.cronUnsafe("0 12 * * *", { timezone: "Pacific/Apia" })
    assert.deepStrictEqual(isos(Recurrence.upcoming(apia, { after: utc("2011-12-29T00:00:00Z"), count: 3 })), [
      "2011-12-29T22:00:00.000Z",
      "2011-12-30T22:00:00.000Z",
      "2011-12-31T22:00:00.000Z"
    ])
  })

  it("ends with the year 9999", () => {
    const daily = Recurrence.cronUnsafe("@daily", { timezone: "America/New_York" })
    assert.strictEqual(nextIso(daily, "9999-12-30T12:00:00Z"), "9999-12-31T05:00:00.000Z")
    assert.strictEqual(nextIso(daily, "9999-12-31T12:00:00Z"), undefined)
    assert.strictEqual(nextIso(daily, "+020000-01-01T00:00:00Z"), undefined)
    assert.strictEqual(prevIso(daily, "+020000-01-01T00:00:00Z"), "9999-12-31T05:00:00.000Z")
    assert.strictEqual(prevIso(daily, "-000100-01-01T00:00:00Z"), undefined)
  })
})

describe("fromCron", () => {
  it("keeps fields, zone and the day rule of Effect's Cron", () => {
    for (const expression of ["*/15 9-17 * * MON-FRI", "0 0 13 * 5", "0 0 */2 * 1", "30 5 1 1 2 *"]) {
      const recurrence = valueOf(Recurrence.fromCron(Cron.parseUnsafe(expression, "Asia/Tokyo")))
      const found = Recurrence.upcoming(recurrence, { after: utc("2026-01-01"), count: 20 })
      const expected = Cron.sequence(Cron.parseUnsafe(expression, "Asia/Tokyo"), utc("2026-01-01"))
      assert.deepStrictEqual(isos(found), Array.from({ length: 20 }, () => expected.next().value.toISOString()))
    }
  })

  it("refuses what it cannot keep", () => {
    const fieldOf = (cron: Cron.Cron) => {
      const error = failureOf(Recurrence.fromCron(cron))
      return error._tag === "InvalidRecurrence" ? error.field : error._tag
    }
    assert.strictEqual(fieldOf(Cron.parseUnsafe("0 0 * * *")), "timezone")
    assert.strictEqual(
      fieldOf(Cron.parseUnsafe("0 0 * * *", "Europe/London", { onDstOverlap: "both" })),
      "onDstOverlap"
    )
    assert.strictEqual(fieldOf(Cron.parseUnsafe("0 0 30 2 *", "UTC")), "NeverFires")
    assert.isTrue(Result.isSuccess(Recurrence.fromCron(Cron.parseUnsafe("0 0 * * *", "UTC", { onDstOverlap: "both" }))))
  })
})

describe("every and at", () => {
  it("every counts from the epoch", () => {
    const recurrence = Recurrence.every("90 minutes", { phase: "100 minutes" })
    assert.strictEqual(nextIso(recurrence, "1970-01-01T00:00:00Z"), "1970-01-01T00:10:00.000Z")
    assert.strictEqual(nextIso(recurrence, "1970-01-01T00:10:00Z"), "1970-01-01T01:40:00.000Z")
    assert.strictEqual(prevIso(recurrence, "1970-01-01T00:10:00Z"), "1969-12-31T22:40:00.000Z")
    assert.strictEqual(recurrence, Recurrence.every("5400 seconds", { phase: "10 minutes" }))
  })

  it("every refuses what is no period", () => {
    for (const period of [0, -1, 0.5, Number.NaN, Infinity]) {
      assert.throws(() => Recurrence.every(period), /whole number of milliseconds/)
      assert.isTrue(Result.isFailure(decode({ _tag: "Every", period, phase: 0 })))
    }
    assert.throws(() => Recurrence.every("1 second", { phase: 0.5 }), /whole number of milliseconds/)
  })

  it("at has its instants in order and once", () => {
    const recurrence = Recurrence.at(["2026-03-01", "2026-01-01", "2026-03-01"].map(utc))
    assert.deepStrictEqual(isos(recurrence.instants), ["2026-01-01T00:00:00.000Z", "2026-03-01T00:00:00.000Z"])
    assert.strictEqual(nextIso(recurrence, "2026-01-01"), "2026-03-01T00:00:00.000Z")
    assert.strictEqual(nextIso(recurrence, "2026-03-01"), undefined)
    assert.strictEqual(prevIso(recurrence, "2026-01-01"), undefined)
    assert.throws(() => Recurrence.at([]), /empty/)
    assert.throws(() => Recurrence.at([utc("+012000-01-01T00:00:00Z")]), /out of range/)
  })

  it("at takes what people have: texts in UTC or with an offset, dates and numbers", () => {
    const noon = Recurrence.at([utc("2026-01-01T12:00:00Z")])
    const texts = ["2026-01-01T12:00:00Z", "2026-01-01T12:00", "2026-01-01T13:00:00.000+01:00"]
    for (const instant of [...texts, new Date(texts[0]!), Date.parse(texts[0]!)]) {
      assert.strictEqual(Recurrence.at([instant]), noon)
    }
    assert.strictEqual(nextIso(Recurrence.at(["2026-03-01"]), "2026-01-01"), "2026-03-01T00:00:00.000Z")
  })

  it("no instant is guessed from another text", () => {
    const guesses = [
      "24 Dec",
      "5",
      "",
      "2026-02-30",
      "2026-02-30T09:00:00Z",
      "2026-01-01T25:00:00Z",
      "2026-01-01 12:00"
    ]
    for (const none of [...guesses, Number.NaN, new Date("never")]) {
      assert.throws(() => Recurrence.at([none]), /is not an instant. Write an ISO 8601 date and time such as 2026/)
      assert.throws(() => Calendar.period(none, "2027-01-01"), /is not an instant/)
      assert.include(failureOf(Recurrence.startAt(Recurrence.every("1 hour"), none)).message, "is not an instant")
    }
    assert.isTrue(Result.isFailure(decode({ _tag: "At", instants: ["5"] })))
  })
})

describe("combining", () => {
  const hourly = Recurrence.cronUnsafe("@hourly")
  const daily = Recurrence.cronUnsafe("@daily")

  it("union gives an instant once, and is flat", () => {
    const both = Recurrence.union(hourly, daily)
    assert.deepStrictEqual(isos(Recurrence.between(both, utc("2026-01-01"), utc("2026-01-01T02:00:00Z"))), [
      "2026-01-01T00:00:00.000Z",
      "2026-01-01T01:00:00.000Z"
    ])
    assert.strictEqual(Recurrence.union(hourly), hourly)
    assert.strictEqual(Recurrence.union(both, hourly), both)
  })

  it("intersect finds what is common, or says that it found nothing", () => {
    const common = valueOf(Recurrence.intersect(
      Recurrence.every("7 days", { phase: "4 days" }),
      Recurrence.cronUnsafe("0 0 1 * *")
    ))
    assert.strictEqual(nextIso(common, "2026-01-01"), "2026-06-01T00:00:00.000Z")
    assert.strictEqual(prevIso(common, "2026-06-01"), "2025-12-01T00:00:00.000Z")
    const odd = Recurrence.every("1 second", { phase: "500 millis" })
    const error = failureOf(Recurrence.intersect(Recurrence.cronUnsafe("* * * * * *"), odd))
    assert.strictEqual(error._tag, "NeverFires")
    assert.include(error.message, "2000 steps")
  })

  it("except takes away what another recurrence or a calendar has", () => {
    const quiet = valueOf(Recurrence.except(hourly, Recurrence.cronUnsafe("0 1-22 * * *")))
    assert.strictEqual(nextIso(quiet, "2026-01-01T00:00:00Z"), "2026-01-01T23:00:00.000Z")
    const noChristmas = valueOf(Recurrence.except(daily, Calendar.days("24-26 12 *")))
    assert.strictEqual(nextIso(noChristmas, "2026-12-23T00:00:00Z"), "2026-12-27T00:00:00.000Z")
    assert.strictEqual(prevIso(noChristmas, "2026-12-27T00:00:00Z"), "2026-12-23T00:00:00.000Z")
    assert.strictEqual(failureOf(Recurrence.except(daily, hourly))._tag, "NeverFires")
  })

  it("within keeps what is in a calendar", () => {
    const night = valueOf(Recurrence.within(hourly, Calendar.hours("22:00", "06:00", { timezone: "Asia/Tokyo" })))
    assert.strictEqual(nextIso(night, "2026-01-01T20:00:00Z"), "2026-01-02T13:00:00.000Z")
    assert.strictEqual(
      failureOf(Recurrence.within(daily, Calendar.hours("01:00", "02:00")))._tag,
      "NeverFires"
    )
  })

  it("startAt and endAt include their instants", () => {
    const bounded = valueOf(Result.flatMap(
      Recurrence.startAt(daily, utc("2026-01-02")),
      Recurrence.endAt(utc("2026-01-04"))
    ))
    const days = isos(Recurrence.upcoming(bounded, { after: utc("2020-01-01"), count: 9 }))
    assert.deepStrictEqual(days, ["2026-01-02T00:00:00.000Z", "2026-01-03T00:00:00.000Z", "2026-01-04T00:00:00.000Z"])
    assert.strictEqual(prevIso(bounded, "2030-01-01"), "2026-01-04T00:00:00.000Z")
    assert.strictEqual(prevIso(bounded, "2026-01-02"), undefined)
    assert.deepStrictEqual(timetable(bounded).count(0, Date.UTC(2030, 0), 10), { count: 3, upTo: Date.UTC(2030, 0) })
    assert.strictEqual(failureOf(Recurrence.endAt(bounded, utc("2026-01-01")))._tag, "NeverFires")
  })

  it("limit counts from a start", () => {
    const from = valueOf(Recurrence.startAt(daily, utc("2026-01-02")))
    const three = valueOf(Recurrence.limit(from, 3))
    assert.lengthOf(Recurrence.upcoming(three, { after: utc("2020-01-01"), count: 9 }), 3)
    assert.strictEqual(prevIso(three, "2030-01-01"), "2026-01-04T00:00:00.000Z")
    assert.include(failureOf(Recurrence.limit(daily, 3)).message, "startAt")
    for (const count of [0, 1.5, 100_001]) {
      assert.strictEqual(failureOf(Recurrence.limit(from, count))._tag, "InvalidRecurrence")
    }
  })

  it("search tells the end of a recurrence from the end of its patience", () => {
    const rare = valueOf(Recurrence.startAt(
      Recurrence.union(
        Recurrence.at([utc("2026-01-01T00:00:00.500Z")]),
        Recurrence.every("1 second")
      ),
      utc("2026-01-01")
    ))
    const found = valueOf(Recurrence.except(rare, Recurrence.every("1 second")))
    assert.deepStrictEqual(Recurrence.next(found, utc("2027-01-01")), Option.none())
    assert.strictEqual(failureOf(Recurrence.search(found, { after: utc("2027-01-01") }))._tag, "SearchExhausted")
    const single = Recurrence.at([utc("2026-01-01")])
    assert.deepStrictEqual(Recurrence.search(single, { after: utc("2027-01-01") }), Result.succeed(Option.none()))
  })
})

describe("occurrences", () => {
  const noon = Recurrence.cronUnsafe("0 12 * * *")

  it("between includes its start and not its end, and is bounded", () => {
    const all = Recurrence.between(noon, utc("2026-01-01T12:00:00Z"), utc("2026-01-03T12:00:00Z"))
    assert.deepStrictEqual(isos(all), ["2026-01-01T12:00:00.000Z", "2026-01-02T12:00:00.000Z"])
    assert.lengthOf(Recurrence.between(Recurrence.every(1), utc("2026-01-01"), utc("2027-01-01")), 10_000)
    assert.lengthOf(Recurrence.between(noon, utc("2026-01-01"), utc("2027-01-01"), { limit: 7 }), 7)
  })

  it("matches to the millisecond", () => {
    assert.isTrue(Recurrence.matches(noon, utc("2026-01-01T12:00:00.000Z")))
    assert.isFalse(Recurrence.matches(noon, utc("2026-01-01T12:00:00.001Z")))
    assert.isTrue(noon.pipe(Recurrence.matches(utc("2026-01-01T12:00:00Z"))))
  })

  it("next and prev are strict, pipe, and take zoned instants", () => {
    const at = DateTime.makeZonedUnsafe("2026-01-01T13:00:00", { timeZone: "Europe/Berlin", adjustForTimeZone: true })
    assert.deepStrictEqual(isos(Option.toArray(noon.pipe(Recurrence.next(at)))), ["2026-01-02T12:00:00.000Z"])
    assert.deepStrictEqual(isos(Option.toArray(noon.pipe(Recurrence.prev(at)))), ["2025-12-31T12:00:00.000Z"])
  })
})

describe("values", () => {
  const office = Calendar.businessHours({
    from: "09:00",
    to: "17:30",
    timezone: "Europe/London",
    holidays: Calendar.any(Calendar.dates(["2026-08-31"]), Calendar.easter(-2), Calendar.days("25-26 12 *"))
  })

  const samples = (): Record<string, Recurrence.Recurrence> => {
    const cron = Recurrence.cronUnsafe(" */15 * * * *", { timezone: "Europe/London", dst: "ocps" })
    const at = Recurrence.at([utc("2026-01-01T10:00:00.123Z")])
    const started = valueOf(Recurrence.startAt(cron, utc("2026-01-01")))
    return {
      cron,
      hashed: Recurrence.cronUnsafe("H 2 * * *", { seed: "nightly" }),
      every: Recurrence.every("90 seconds", { phase: "7 seconds" }),
      at,
      union: Recurrence.union(cron, at),
      intersect: valueOf(Recurrence.intersect(cron, Recurrence.every("1 hour"))),
      except: valueOf(Recurrence.except(cron, Recurrence.cronUnsafe("0 * * * *"))),
      exceptCalendar: valueOf(Recurrence.except(cron, Calendar.not(office))),
      within: valueOf(Recurrence.within(cron, office)),
      lastBusinessDay: valueOf(Recurrence.within(cron, Calendar.lastBusinessDay({ timezone: "Europe/London" }))),
      period: valueOf(Recurrence.within(cron, Calendar.period(utc("2026-01-01"), utc("2026-02-01")))),
      started,
      ended: valueOf(Recurrence.endAt(cron, utc("2026-01-01"))),
      limited: valueOf(Recurrence.limit(started, 3))
    }
  }

  it.each(Object.keys(samples()))("%s goes through JSON unchanged", (name) => {
    const value = samples()[name]!
    assert.strictEqual(valueOf(decode(json(value))), value)
    assert.deepStrictEqual(Schema.encodeSync(Recurrence.Recurrence)(value), json(value))
    const codec = Schema.toCodecJson(Recurrence.Recurrence)
    assert.strictEqual(Schema.decodeUnknownSync(codec)(Schema.encodeUnknownSync(codec)(value)), value)
  })

  it("equal ones are one object with one timetable", () => {
    const [one, other] = [samples(), samples()]
    for (const name of Object.keys(one)) {
      assert.strictEqual(one[name], other[name])
      assert.isTrue(Equal.equals(one[name], other[name]))
      assert.strictEqual(Hash.hash(one[name]), Hash.hash(other[name]))
      assert.strictEqual(timetable(one[name]!), timetable(other[name]!))
      assert.isTrue(Recurrence.isRecurrence(one[name]))
    }
    assert.isFalse(Equal.equals(one["cron"], one["union"]))
    assert.isFalse(Recurrence.isRecurrence(json(one["cron"]!)))
  })

  it("are immutable", () => {
    for (const value of Object.values(samples())) assert.isTrue(Object.isFrozen(value))
  })

  it("JSON of what could not be made is refused with the reason", () => {
    const refused = (value: unknown, reason: string) => assert.include(String(failureOf(decode(value)).message), reason)
    const cron = { _tag: "Cron", expression: "0 0 * * *", timezone: "UTC", dst: "vixie" }
    refused({ ...cron, expression: "61 0 * * *" }, "61 is out of range")
    refused({ ...cron, expression: "0 0 30 2 *" }, "never fires")
    refused({ ...cron, timezone: "Europe/Atlantis" }, "no such time zone")
    refused({ ...cron, dst: "sometimes" }, "dst")
    refused({ _tag: "At", instants: ["yesterday"] }, "not an instant")
    refused({ _tag: "Union", members: [] }, "no members")
    refused({ _tag: "Union", members: [cron, { _tag: "Sometimes" }] }, "Expected")
    refused({ _tag: "Within", recurrence: cron, calendar: cron }, "Expected")
    refused(
      { _tag: "Within", recurrence: cron, calendar: { _tag: "Hours", from: "9", to: "17", timezone: "UTC" } },
      "HH:MM"
    )
    refused("0 0 * * *", "Expected")
    refused(null, "Expected")
  })

  it("a hundred thousand with one expression share it", () => {
    const all = new Set<Recurrence.Recurrence>()
    for (let index = 0; index < 100_000; index++) {
      all.add(Recurrence.cronUnsafe("5 4 * * *", { seed: `config ${index}` }))
    }
    assert.strictEqual(all.size, 1)
  })

  it.effect("those that nobody uses any more are collected", () =>
    Effect.gen(function*() {
      const made = Array.from({ length: 5_000 }, (_, index) => {
        const expression = `${index % 60} ${Math.floor(index / 60) % 24} ${1 + Math.floor(index / 1_440)} 7 *`
        return new WeakRef<Recurrence.Recurrence>(Recurrence.cronUnsafe(expression))
      })
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      globalThis.gc!()
      assert.isBelow(made.filter((reference) => reference.deref() !== undefined).length, 50)
    }))
})

describe("count", () => {
  it.each([
    ["0 2 * * *", "Europe/London", "vixie"],
    ["*/20 * * * *", "Australia/Lord_Howe", "vixie"],
    ["*/20 * * * *", "America/New_York", "ocps"],
    ["15,45 0-3 * * *", "Pacific/Apia", "shift"],
    ["0 9 LW * *", "Antarctica/Troll", "literal"],
    ["0 0 */6 29 2 *", "UTC", "vixie"],
    ["7 7 1 1 *", "+05:30", "vixie"]
  ])("%s in %s is counted as it comes, over years", (expression, timezone, dst) => {
    const recurrence = Recurrence.cronUnsafe(expression, { timezone, dst: dst as Recurrence.DstPolicy })
    const [after, upTo] = [Date.UTC(2009, 4, 7, 3, 33), Date.UTC(2013, 10, 3, 6, 45)]
    const all = Recurrence.between(
      recurrence,
      DateTime.makeUnsafe(after + 1),
      DateTime.makeUnsafe(upTo + 1),
      { limit: 200_000 }
    )
    assert.deepStrictEqual(timetable(recurrence).count(after, upTo, 5_000), { count: all.length, upTo })
    const cut = timetable(recurrence).count(after, upTo, 5)
    assert.strictEqual(cut.count, all.filter((at) => at.epochMilliseconds <= cut.upTo).length)
  })
})

describe("in English", () => {
  it.each([
    ["0 2 * * *", "at 02:00 every day, UTC"],
    ["@daily", "at 00:00 every day, UTC"],
    ["30 2,14 * * MON-FRI", "at 02:30 and 14:30, Monday through Friday, UTC"],
    ["*/5 * * * *", "every 5 minutes, UTC"],
    ["*/15 9-17 * * 1-5", "every 15 minutes, between 09:00 and 17:59, Monday through Friday, UTC"],
    ["0 9 LW * *", "at 09:00, on the last weekday of the month, UTC"],
    ["0 9 15W 6 *", "at 09:00, on the weekday nearest day 15 of the month, only in June, UTC"],
    ["0 9 ? * FRI#L", "at 09:00, on the last Friday of the month, UTC"],
    ["0 9 * * MON#2", "at 09:00, on the second Monday of the month, UTC"],
    ["0 9 * * FRI-SUN", "at 09:00, Friday through Sunday, UTC"],
    ["0 9 * * 5,7", "at 09:00, only on Sunday and Friday, UTC"],
    ["0 0 9 1 1 * 2027", "at 09:00, on day 1 of the month, only in January, only in 2027, UTC"],
    ["*/10 * * * * *", "every 10 seconds, UTC"],
    ["*/7 * * * *", "cron \"*/7 * * * *\", UTC"],
    ["0 0 13 * 5", "cron \"0 0 13 * 5\", UTC"],
    ["0 0 */2 * 1", "cron \"0 0 */2 * 1\", UTC"],
    ["0 0 1-7 * +MON", "cron \"0 0 1-7 * +MON\", UTC"],
    ["*/5 */2 * * *", "cron \"*/5 */2 * * *\", UTC"],
    ["0,30 2 * * *", "cron \"0,30 2 * * *\", UTC"],
    ["0 0 * * 0,7", "cron \"0 0 * * 0,7\", UTC"],
    ["5/15 * * * *", "cron \"5/15 * * * *\", UTC"]
  ])("%s is %s", (expression, words) => {
    assert.strictEqual(Recurrence.describe(Recurrence.cronUnsafe(expression)), words)
  })

  it("says combinations", () => {
    const cron = Recurrence.cronUnsafe("0 2 * * *", { timezone: "Europe/London" })
    const workdays = valueOf(Recurrence.within(cron, Calendar.days("* * MON-FRI", { timezone: "Europe/London" })))
    assert.strictEqual(
      Recurrence.describe(workdays),
      "at 02:00 every day, Europe/London, but only Monday through Friday (Europe/London)"
    )
    assert.strictEqual(Recurrence.describe(Recurrence.every("90 minutes")), "every 1h 30m")
    assert.strictEqual(
      Recurrence.describe(Recurrence.union(cron, Recurrence.every("1 hour"))),
      "at 02:00 every day, Europe/London, or every 1h"
    )
  })
})

describe("toSchedule", () => {
  const run = (recurrence: Recurrence.Recurrence, start: string, action: Effect.Effect<unknown> = Effect.void) =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.parse(start))
      const runs: Array<string> = []
      const recorded = Effect.andThen(
        Effect.map(DateTime.now, (now) => void runs.push(DateTime.formatIso(now))),
        action
      )
      const fiber = yield* Effect.forkChild(Effect.schedule(recorded, Recurrence.toSchedule(recurrence)))
      return { runs, fiber }
    })

  it.effect("runs at each occurrence, through the end of summer time", () =>
    Effect.gen(function*() {
      const recurrence = Recurrence.cronUnsafe("*/30 * * * *", { timezone: "America/New_York" })
      const { fiber, runs } = yield* run(recurrence, "2026-11-01T05:10:00Z")
      yield* TestClock.adjust("2 hours")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(runs, [
        "2026-11-01T05:30:00.000Z",
        "2026-11-01T06:00:00.000Z",
        "2026-11-01T06:30:00.000Z",
        "2026-11-01T07:00:00.000Z"
      ])
    }))

  it.effect("leaves out what falls due while the action runs", () =>
    Effect.gen(function*() {
      const { fiber, runs } = yield* run(
        Recurrence.every("1 minute"),
        "2026-01-01T00:00:30Z",
        Effect.sleep("150 seconds")
      )
      yield* TestClock.adjust("10 minutes")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(runs, [
        "2026-01-01T00:01:00.000Z",
        "2026-01-01T00:04:00.000Z",
        "2026-01-01T00:07:00.000Z",
        "2026-01-01T00:10:00.000Z"
      ])
    }))

  it.effect("gives an occurrence once if the timer ends early, or the clock is set back", () =>
    Effect.gen(function*() {
      const step = yield* Schedule.toStep(Recurrence.toSchedule(Recurrence.cronUnsafe("@hourly")))
      const at = (iso: string) => Effect.map(step(Date.parse(iso), undefined), ([target]) => DateTime.formatIso(target))
      assert.strictEqual(yield* at("2026-01-01T00:30:00.000Z"), "2026-01-01T01:00:00.000Z")
      assert.strictEqual(yield* at("2026-01-01T00:59:59.999Z"), "2026-01-01T02:00:00.000Z")
      assert.strictEqual(yield* at("2026-01-01T00:10:00.000Z"), "2026-01-01T03:00:00.000Z")
      assert.strictEqual(yield* at("2026-01-01T04:00:00.000Z"), "2026-01-01T04:00:00.000Z")
      assert.strictEqual(yield* at("2026-01-01T04:00:00.001Z"), "2026-01-01T05:00:00.000Z")
    }))

  it.effect("ends with the recurrence", () =>
    Effect.gen(function*() {
      const once = Recurrence.at([utc("2026-01-01T00:01:00Z")])
      const { fiber, runs } = yield* run(once, "2026-01-01T00:00:00Z")
      yield* TestClock.adjust("1 hour")
      const exit = yield* Fiber.await(fiber)
      assert.isTrue(Exit.isSuccess(exit))
      assert.deepStrictEqual(runs, ["2026-01-01T00:01:00.000Z"])
      const count = yield* Effect.repeat(Effect.succeed(1), Recurrence.toSchedule(once))
      assert.strictEqual(DateTime.formatIso(count), "2026-01-01T01:00:00.000Z")
    }))
})
