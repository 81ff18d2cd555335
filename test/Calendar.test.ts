import { assert, describe, it } from "@effect/vitest"
import { DateTime, Result, Schema } from "effect"
import * as Calendar from "../src/Calendar.ts"
import { easterOf } from "../src/internal/recurrence/localDays.ts"
import * as Recurrence from "../src/Recurrence.ts"
import { reader } from "./recurrence/wallClock.ts"

const utc = (iso: string) => DateTime.makeUnsafe(iso)

const hour = 3_600_000

/** The days of a year, as `MM-DD`, that are in a calendar at noon. */
const daysOf = (calendar: Calendar.Calendar, year: number): Array<string> =>
  Array.from({ length: 366 }, (_, day) => DateTime.makeUnsafe(Date.UTC(year, 0, 1, 12) + day * 24 * hour))
    .filter((at) => Calendar.contains(calendar, at))
    .map((at) => DateTime.formatIso(at).slice(5, 10))

describe("Calendar", () => {
  it("days are picked by the day fields of cron", () => {
    assert.deepStrictEqual(daysOf(Calendar.days("24-26 12 *"), 2026), ["12-24", "12-25", "12-26"])
    assert.deepStrictEqual(daysOf(Calendar.days("* 11 THU#4"), 2026), ["11-26"])
    assert.deepStrictEqual(daysOf(Calendar.days("* 5 MON#L"), 2026), ["05-25"])
    assert.lengthOf(daysOf(Calendar.days("LW * *"), 2026), 12)
  })

  it("dates are given one by one", () => {
    const calendar = Calendar.dates(["2026-12-24", "2026-01-06", "2027-01-06"])
    assert.deepStrictEqual(daysOf(calendar, 2026), ["01-06", "12-24", "01-06"].slice(0, 2))
    assert.strictEqual(calendar, Calendar.dates(["2027-01-06", "2026-01-06", "2026-12-24", "2026-01-06"]))
  })

  it("easter is when it was and will be", () => {
    const dates = [[1818, 3, 22], [1943, 4, 25], [1954, 4, 18], [1981, 4, 19], [2000, 4, 23], [2008, 3, 23], [
      2038,
      4,
      25
    ]]
    for (const [year, month, date] of dates) {
      assert.strictEqual(easterOf(year!), Date.UTC(year!, month! - 1, date) / hour / 24)
    }
    assert.deepStrictEqual(daysOf(Calendar.easter(-2), 2026), ["04-03"])
    assert.deepStrictEqual(daysOf(Calendar.any(Calendar.easter(0), Calendar.easter(1)), 2027), ["03-28", "03-29"])
  })

  it("hours are local, and go over midnight", () => {
    const night = Calendar.hours("22:00", "06:00", { timezone: "Asia/Tokyo" })
    const isIn = (iso: string) => Calendar.contains(night, utc(iso))
    assert.isTrue(isIn("2026-01-01T13:00:00Z"))
    assert.isTrue(isIn("2026-01-01T20:59:59.999Z"))
    assert.isFalse(isIn("2026-01-01T21:00:00Z"))
    assert.isFalse(isIn("2026-01-01T12:59:59.999Z"))
    assert.isTrue(Calendar.contains(Calendar.hours("18:00", "24:00"), utc("2026-01-01T23:59:59Z")))
    assert.isFalse(Calendar.contains(Calendar.hours("18:00", "24:00"), utc("2026-01-01T00:00:00Z")))
  })

  it("business hours have days, hours, a zone and holidays", () => {
    const office = Calendar.businessHours({
      from: "09:00",
      to: "17:30",
      timezone: "Europe/London",
      holidays: Calendar.days("* 5 MON#1,MON#L", { timezone: "Europe/London" })
    })
    const isOpen = (iso: string) => Calendar.contains(office, utc(iso))
    assert.isTrue(isOpen("2026-05-01T08:00:00Z")) // 09:00 in summer
    assert.isFalse(isOpen("2026-05-01T16:30:00Z"))
    assert.isFalse(isOpen("2026-05-02T10:00:00Z")) // Saturday
    assert.isFalse(isOpen("2026-05-04T10:00:00Z")) // holiday
    assert.isTrue(isOpen("2026-05-05T10:00:00Z"))
    assert.isFalse(isOpen("2026-01-05T08:59:00Z")) // winter
  })

  it("the last business day knows holidays", () => {
    const timezone = "America/New_York"
    const plain = Calendar.lastBusinessDay({ timezone })
    const holidays = Calendar.days("* 5 MON#L", { timezone })
    assert.include(daysOf(plain, 2027), "05-31")
    assert.include(daysOf(Calendar.lastBusinessDay({ timezone, holidays }), 2027), "05-28")
    const report = Result.getOrThrow(Recurrence.within(
      Recurrence.cronUnsafe("0 18 * * *", { timezone }),
      Calendar.lastBusinessDay({ timezone, holidays })
    ))
    const found = Recurrence.upcoming(report, { after: utc("2027-04-01"), count: 3 }).map(DateTime.formatIso)
    assert.deepStrictEqual(found, ["2027-04-30T22:00:00.000Z", "2027-05-28T22:00:00.000Z", "2027-06-30T22:00:00.000Z"])
    const back = Recurrence.prev(report, utc("2027-06-30T22:00:00Z"))
    assert.deepStrictEqual(Result.getOrThrow(Result.fromOption(back, () => "none")), utc("2027-05-28T22:00:00Z"))
  })

  it("the nth of the days that count, from either end", () => {
    const work = Calendar.businessDays()
    assert.include(daysOf(Calendar.nthDay(work, { nth: 3 }), 2026), "08-05")
    assert.include(daysOf(Calendar.nthDay(work, { nth: -2 }), 2026), "08-28")
    assert.lengthOf(daysOf(Calendar.nthDay(work, { nth: 23 }), 2026), 2)
  })

  it("follows the clock on the wall through every change of it", () => {
    for (const timezone of ["America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Antarctica/Troll"]) {
      const read = reader(timezone)
      const calendars = [
        Calendar.hours("01:30", "02:45", { timezone }),
        Calendar.hours("23:30", "00:15", { timezone }),
        Calendar.days("1,30 * SUN", { timezone })
      ]
      for (let at = Date.UTC(2011, 2, 1); at < Date.UTC(2012, 3, 10); at += 0.375 * hour) {
        const wall = new Date(read(at))
        const minutes = wall.getUTCHours() * 60 + wall.getUTCMinutes()
        const expected = [
          minutes >= 90 && minutes < 165,
          minutes >= 1410 || minutes < 15,
          wall.getUTCDay() === 0 || wall.getUTCDate() === 1 || wall.getUTCDate() === 30
        ]
        const found = calendars.map((calendar) => Calendar.contains(calendar, DateTime.makeUnsafe(at)))
        assert.strictEqual(found.join(), expected.join(), `${timezone} ${at}`)
      }
    }
  })

  it("composes", () => {
    const weekend = Calendar.days("* * SAT,SUN")
    const isIn = (calendar: Calendar.Calendar) => Calendar.contains(calendar, utc("2026-08-01T12:00:00Z")) // a Saturday
    assert.isTrue(isIn(weekend))
    assert.isFalse(isIn(Calendar.not(weekend)))
    assert.isTrue(isIn(Calendar.all()))
    assert.isFalse(isIn(Calendar.any()))
    assert.isTrue(isIn(Calendar.any(Calendar.hours("01:00", "02:00"), weekend)))
    assert.isFalse(isIn(Calendar.all(Calendar.hours("01:00", "02:00"), weekend)))
    assert.isFalse(Calendar.contains(Calendar.all(), utc("+020000-01-01T00:00:00Z")))
  })

  it("goes through JSON unchanged, and equal ones are one object", () => {
    const timezone = "Europe/London"
    const make = () => [
      Calendar.days("25 12 *", { timezone }),
      Calendar.dates(["2026-12-28"], { timezone }),
      Calendar.easter(1, { timezone }),
      Calendar.hours("09:00", "17:00", { timezone }),
      Calendar.period(utc("2026-01-01"), utc("2026-02-01")),
      Calendar.lastBusinessDay({ timezone, holidays: Calendar.days("25 12 *", { timezone }) }),
      Calendar.any(Calendar.days("25 12 *"), Calendar.not(Calendar.all()))
    ]
    for (const [index, calendar] of make().entries()) {
      assert.strictEqual(make()[index], calendar)
      const decoded = Schema.decodeUnknownSync(Calendar.Calendar)(JSON.parse(JSON.stringify(calendar)))
      assert.strictEqual(decoded, calendar)
    }
  })

  it("refuses what makes no sense, in code and in JSON", () => {
    assert.throws(() => Calendar.days("30 2 *"), /never fires/)
    assert.throws(() => Calendar.days("25 12"), /3 fields/)
    assert.throws(() => Calendar.days("25 13 *"), /month \(at character 4\): 13 is out of range/)
    assert.throws(() => Calendar.days("25 12 *", { timezone: "Europe/Atlantis" }), /no such time zone/)
    assert.throws(() => Calendar.dates(["2026-02-29"]), /no such date/)
    assert.throws(() => Calendar.dates(["24.12.2026"]), /YYYY-MM-DD/)
    assert.throws(() => Calendar.hours("9:00", "17:00"), /HH:MM/)
    assert.throws(() => Calendar.hours("09:00", "25:00"), /HH:MM/)
    assert.throws(() => Calendar.hours("09:00", "09:00"), /whole day/)
    assert.throws(() => Calendar.period(utc("2026-01-01"), utc("2026-01-01")), /earlier instant first/)
    assert.throws(() => Calendar.easter(100), /-80 to 80/)
    assert.throws(() => Calendar.nthDay(Calendar.all(), { nth: 0 }), /place in a month/)
    const decode = Schema.decodeUnknownResult(Calendar.Calendar)
    assert.isTrue(Result.isFailure(decode({ _tag: "Hours", from: "09:00", to: "25:00", timezone: "UTC" })))
    assert.isTrue(Result.isFailure(decode({ _tag: "Any", members: [{ _tag: "Never" }] })))
  })

  it("says what it is", () => {
    const timezone = "Europe/London"
    const holidays = Calendar.any(Calendar.days("25 12 *", { timezone }), Calendar.easter(-2, { timezone }))
    assert.strictEqual(
      Calendar.describe(Calendar.businessHours({ from: "09:00", to: "17:30", timezone, holidays })),
      "(Monday through Friday (Europe/London) and not (on day 25 of the month, only in December (Europe/London) or " +
        "on Easter Sunday - 2 days (Europe/London))) and from 09:00 to 17:30 (Europe/London)"
    )
  })
})
