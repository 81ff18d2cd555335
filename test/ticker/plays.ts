/**
 * Random things that happen to a ticker, and a record of whatever it does then: each look at the clock and each alarm,
 * with the time that has passed and the time that the wall clock shows.
 */
import { Ticker } from "brinjal"
import { Testing } from "brinjal/testing"
import { Arbitrary, Clock, Effect, Schema } from "effect"
import * as clock from "../../src/testing/internal/clock.ts"

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** In milliseconds: whole slices, so that much falls on the same instant, and others. */
const Slices = Schema.Literals([0, 30_000, 60_000, 90_000, 300_000])
const Time = Schema.Union([Slices, Slices, Schema.Literals([1, 29_999, 30_001, 0.25, 45_000.5]), int(0, 200_000)])

const Happening = Schema.Union([
  /** `again` is how long after it has rung it is to ring once more. */
  Schema.TaggedStruct("Set", { alarm: int(0, 4), in: Time, again: Schema.NullOr(Time) }),
  Schema.TaggedStruct("Set", { alarm: int(0, 4), in: int(-100_000, 0), again: Schema.Null }),
  Schema.TaggedStruct("Clear", { alarm: int(0, 4) }),
  Schema.TaggedStruct("Step", { by: int(-4_000_000, 4_000_000) }),
  Schema.TaggedStruct("Skew", { early: int(0, 40), late: int(0, 40), seed: int(0, 9) }),
  /** Somebody else sleeps. */
  Schema.TaggedStruct("Sleep", { for: Time })
])

const Play = Schema.Array(Schema.Struct({ after: Time, happening: Happening })).check(Schema.isMaxLength(14))

export type Play = typeof Play.Type

export const arbitrary: Arbitrary.Arbitrary<Play> = Arbitrary.schema(Play)

/** A clock of which it is known when it is read, and which looks by itself only if that of the kit may. */
const watched = (kits: clock.TestingClock, looksItself: boolean, seen: () => void): Clock.Clock => {
  const read = () => {
    seen()
    return kits.currentTimeMillisUnsafe()
  }
  const ordinary = { ...clock.ordinary(kits), currentTimeMillisUnsafe: read }
  return looksItself
    ? Object.assign(ordinary, {
      sleepAndLook: (...sleep: Parameters<typeof kits.sleepAndLook>) => kits.sleepAndLook(...sleep)
    })
    : ordinary
}

const happen = Effect.fnUntraced(function*(
  { alarms, ticker, work }: {
    readonly ticker: typeof Ticker.Ticker.Service
    readonly alarms: ReadonlyArray<{ readonly alarm: Ticker.Alarm; again: number | null }>
    readonly work: (who: string) => Effect.Effect<void>
  },
  happening: typeof Happening.Type
) {
  switch (happening._tag) {
    case "Set": {
      const one = alarms[happening.alarm]!
      one.again = happening.again
      return ticker.set(one.alarm, (yield* Clock.currentTimeMillis) + happening.in)
    }
    case "Clear":
      return ticker.clear(alarms[happening.alarm]!.alarm)
    case "Step":
      return yield* Testing.stepClock(happening.by)
    case "Skew":
      return yield* Testing.skewTimers(happening)
    case "Sleep":
      yield* Effect.forkChild(Effect.andThen(Effect.sleep(happening.for), work("somebody else")))
  }
})

/** What a ticker does while everything happens, and for a while after it. */
export const perform = (play: Play, options: { readonly looksItself: boolean }) =>
  clock.use(Effect.fnUntraced(function*(kits) {
    const record: Array<string> = []
    const note = (what: string) => {
      record.push(`${kits.monotonicTimeNanosUnsafe() / 1_000n} ${kits.currentTimeMillisUnsafe()} ${what}`)
    }
    /** Takes several turns, and no time. */
    const work = (who: string) =>
      Effect.sync(() => note(`${who} wakes`)).pipe(
        Effect.andThen(Effect.replicateEffect(Effect.yieldNow, 3)),
        Effect.andThen(Effect.sync(() => note(`${who} has worked`)))
      )
    const fork = Effect.runForkWith(yield* Effect.context<never>())
    const ticker = yield* Effect.provideService(
      Ticker.make,
      Clock.Clock,
      watched(kits, options.looksItself, () => note("looks"))
    )
    const alarms = Array.from({ length: 5 }, (_, index) => {
      const one = {
        again: null as number | null,
        alarm: Ticker.alarm((now) => {
          fork(work(`alarm ${index} of ${now}`))
          if (one.again !== null) ticker.set(one.alarm, now + Math.max(one.again, 1_000))
        })
      }
      return one
    })
    // there is always something to wait for
    ticker.set(Ticker.alarm(() => note("the last alarm")), kits.currentTimeMillisUnsafe() + 7_200_000)
    for (const { after, happening } of play) {
      yield* Testing.advance(after)
      yield* happen({ ticker, alarms, work }, happening)
    }
    yield* Testing.advance("10 minutes")
    return record
  })).pipe(Effect.scoped, Effect.provide(Testing.layerClock()))
