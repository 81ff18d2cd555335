import { assert, describe, it } from "@effect/vitest"
import { DateTime, Option, Result, Schema } from "effect"
import * as Calendar from "../src/Calendar.ts"
import * as Recurrence from "../src/Recurrence.ts"
import { InvalidRecurrence, NeverFires } from "../src/TaskError.ts"

const now = DateTime.makeUnsafe("2026-01-01T00:00:00Z")

/** A typed error, or a recurrence whose two primitives answer. */
const behaves = (made: Result.Result<Recurrence.Recurrence, InvalidRecurrence | NeverFires>): void => {
  if (Result.isFailure(made)) {
    assert.isTrue(made.failure instanceof InvalidRecurrence || made.failure instanceof NeverFires)
    assert.isBelow(made.failure.message.length, 1_000)
    return
  }
  const next = Recurrence.next(made.success, now)
  const prev = Recurrence.prev(made.success, now)
  assert.isTrue(Option.isSome(next) || Option.isSome(prev))
  if (Option.isSome(next)) assert.isTrue(Recurrence.matches(made.success, next.value))
  assert.isString(Recurrence.describe(made.success))
}

const Bytes = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })))

const Letters = Schema.Array(Schema.Literals([..."0123456789*/-,LW#?+H() @MONFRIJANsun"]))

const words = "* ? L LW 15W L-3 5L MON#2 H H/15 H(0-29)/7 */7 1-5 9 59 31 7 0 JAN FRI-SUN +MON 1,2 22-2 */60 2027 */400"

const Word = Schema.Literals(words.split(" "))

const options = { arbitrary: { runs: 1_500, seed: 7 } }

describe("bad input", () => {
  it.prop("random bytes", [Bytes], ([bytes]) => behaves(Recurrence.cron(String.fromCharCode(...bytes))), options)

  it.prop("random letters of cron", [Letters], ([letters]) => behaves(Recurrence.cron(letters.join(""))), options)

  it.prop("random words of cron", [Schema.Array(Word)], ([words]) => {
    behaves(Recurrence.cron(words.join(" "), { seed: "fuzz", timezone: "America/New_York" }))
    behaves(Recurrence.cron(words.slice(0, 6).join(" "), { dst: "shift", timezone: "Pacific/Apia" }))
  }, options)

  it.prop("random zones", [Schema.String], ([timezone]) => behaves(Recurrence.cron("@daily", { timezone })), options)

  it("long expressions", () => {
    for (const text of ["*", "0,", "* ", "H", "1-", "L", "(", "9", "MON#", "\u00A0", "\uD800"]) {
      behaves(Recurrence.cron(text.repeat(10_000)))
      behaves(Recurrence.cron(`0 0 ${text.repeat(200)} * *`))
    }
    const sixty = Array.from({ length: 60 }, (_, index) => index).join()
    assert.isTrue(Result.isSuccess(Recurrence.cron(`${sixty} ${sixty} ${sixty.slice(0, 61)} * * *`)))
  })

  it("unions a thousand deep are flat", () => {
    let union: Recurrence.Recurrence = Recurrence.every("1 hour")
    for (let index = 1; index <= 1_000; index++) union = Recurrence.union(union, Recurrence.every(index * 1_000))
    behaves(Result.succeed(union))
    assert.strictEqual(Schema.decodeUnknownSync(Recurrence.Recurrence)(JSON.parse(JSON.stringify(union))), union)
  })

  it("other combinations are nested only so deep, and only so large", () => {
    const calendar = Calendar.hours("00:00", "23:00")
    const nest = (
      step: (self: Recurrence.Recurrence, index: number) => Result.Result<Recurrence.Recurrence, unknown>
    ) => {
      let self: Recurrence.Recurrence = Recurrence.every("1 hour")
      for (let index = 0; index < 1_000; index++) {
        const nested = step(self, index)
        if (Result.isFailure(nested)) return nested.failure
        self = nested.success
      }
      return undefined
    }
    const other = (index: number) => Recurrence.at([DateTime.add(now, { minutes: index })])
    const failures = [
      nest((self, index) => Recurrence.except(Recurrence.union(self, other(index)), other(index + 5_000))),
      nest((self) => Recurrence.within(Recurrence.union(self, Recurrence.every("1 day")), calendar)),
      nest((self, index) =>
        Result.flatMap(
          Recurrence.except(self, other(index)),
          (left) =>
            Result.flatMap(Recurrence.within(self, calendar), (right) =>
              Recurrence.startAt(Recurrence.union(left, right), now))
        )
      )
    ]
    for (const failure of failures) assert.instanceOf(failure, InvalidRecurrence)
  })

  it("JSON that is deep or large is refused", () => {
    const decode = Schema.decodeUnknownResult(Recurrence.Recurrence)
    const every = { _tag: "Every", period: 1_000, phase: 0 }
    for (const depth of [100, 1_000, 100_000]) {
      let union: unknown = every
      let except: unknown = every
      for (let level = 0; level < depth; level++) {
        union = { _tag: "Union", members: [union] }
        except = {
          _tag: "Except",
          recurrence: except,
          excluded: { _tag: "Not", calendar: { _tag: "All", members: [] } }
        }
      }
      assert.include(String(Result.getOrThrow(Result.flip(decode(union))).message), "deep")
      assert.include(String(Result.getOrThrow(Result.flip(decode(except))).message), "deep")
    }
    const wide = { _tag: "Union", members: Array.from({ length: 20_000 }, () => every) }
    assert.include(String(Result.getOrThrow(Result.flip(decode(wide))).message), "parts")
  })

  it.prop("random JSON", [Schema.Json], ([json]) => {
    assert.isTrue(Result.isFailure(Schema.decodeUnknownResult(Recurrence.Recurrence)(json)))
    const inside = { _tag: "Within", recurrence: json, calendar: json }
    assert.isTrue(Result.isFailure(Schema.decodeUnknownResult(Recurrence.Recurrence)(inside)))
  }, { arbitrary: { runs: 300, seed: 7 } })

  it("instants at the ends of time", () => {
    const recurrences = [
      Recurrence.cronUnsafe("*/5 * * * *", { timezone: "Europe/London" }),
      Recurrence.cronUnsafe("0 0 29 2 +SUN"),
      Recurrence.every(7),
      Recurrence.at([now]),
      Result.getOrThrow(Recurrence.within(Recurrence.every(7), Calendar.lastBusinessDay({ timezone: "Asia/Tokyo" })))
    ]
    for (
      const at of [
        -8.64e15,
        -62_135_596_800_001,
        -62_135_596_800_000,
        253_402_300_799_999,
        253_402_300_800_000,
        8.64e15
      ]
    ) {
      for (const recurrence of recurrences) {
        const instant = DateTime.makeUnsafe(at)
        const next = Option.map(Recurrence.next(recurrence, instant), DateTime.toEpochMillis)
        const prev = Option.map(Recurrence.prev(recurrence, instant), DateTime.toEpochMillis)
        if (Option.isSome(next)) assert.isTrue(next.value > at && next.value <= 253_402_300_799_999)
        if (Option.isSome(prev)) assert.isTrue(prev.value < at && prev.value >= -62_135_596_800_000)
        assert.isFalse(Recurrence.matches(recurrence, DateTime.makeUnsafe(8.64e15)))
      }
    }
  })
})
