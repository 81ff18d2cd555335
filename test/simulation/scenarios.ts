/**
 * Random things to simulate: a few recurring tasks, how long they take and which of them fail, outages and clock steps.
 *
 * Each has seconds of its own at which it is due; runs, outages and steps begin and end beside whole seconds. So no two
 * things happen at the same instant whose order would be a matter of chance.
 */
import { Arbitrary, Schema } from "effect"

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

/** When the scenarios begin, and how long they last. */
export const start = Date.UTC(2026, 0, 1)
export const length = 6 * hour

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const oneOf = <const A extends ReadonlyArray<string | number>>(...values: A) => Schema.Literals(values)

const oneOfOrNone = <const A extends ReadonlyArray<number>>(...values: A) =>
  Schema.Union([Schema.Null, Schema.Null, oneOf(...values)])

const Config = Schema.Struct({
  times: oneOf("* * * * *", "*/5 * * * *", "*/7 * * * *", "0 * * * *", "3,4,30 * * * *", "every 20 seconds"),
  pool: oneOf("single", "default", "default", "multiple", "alone"),
  maxConcurrent: oneOf(1, 1, 2, 3),
  overlap: oneOf("skip", "bufferOne", "bufferAll", "cancelOther", "terminateOther", "allowAll"),
  bufferLimit: int(1, 4),
  onMissed: oneOf("none", "latest", "latest", "earliest", "all"),
  catchUp: Schema.Struct({ window: oneOf(10 * minute, 2 * hour), max: int(1, 5) }),
  startDeadline: oneOfOrNone(40 * second, 5 * minute),
  jitter: oneOf(0, 0, 0, 7 * second, 90 * second),
  maxRuns: oneOfOrNone(7, 40),
  pauseAfterFailures: oneOfOrNone(2, 5),
  runImmediately: Schema.Boolean,
  /** In seconds. */
  durations: Schema.NonEmptyArray(oneOf(0, 5, 50, 70, 200, 700, 4_000)),
  failures: Schema.NonEmptyArray(Schema.Boolean)
})

/** From a time in milliseconds after the beginning, for so long. */
const Outage = Schema.Struct({ after: int(0, 350), minutes: int(0, 90) })

const ClockStep = Schema.Struct({ after: int(0, 350), seconds: int(-2 * 3_600, 3 * 3_600) })

export interface Scenario {
  readonly configs: ReadonlyArray<typeof Config.Type>
  readonly outages: ReadonlyArray<{ readonly from: number; readonly to: number }>
  readonly clockSteps: ReadonlyArray<{ readonly at: number; readonly by: number }>
}

const outages = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(Outage), { maxLength: 2 }),
  (outages) =>
    outages.map(({ after, minutes }) => {
      const from = start + after * minute + 511
      return { from, to: Math.min(from + minutes * minute + 100, start + length - 1) }
    }).filter(({ from }, index, all) => index === 0 || from > all[0]!.to)
)

const clockSteps = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(ClockStep), { maxLength: 2 }),
  (steps) =>
    steps.map(({ after, seconds }) => ({ at: start + after * minute + 251, by: seconds * second }))
      .sort((a, b) => a.at - b.at)
)

/** One that starts several runs at once has a pool for itself: which of them come before those of others is chance. */
const apart = (config: typeof Config.Type): typeof Config.Type =>
  config.onMissed === "all" ? { ...config, pool: "alone" } : config

const configs = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(Config), { minLength: 1, maxLength: 4 }),
  (configs) => configs.map(apart)
)

/** A process that starts where the clock was set back gives ids that are older than those of tasks that wait. */
const unlessSetBack = ({ clockSteps, outages }: Pick<Scenario, "clockSteps" | "outages">) => {
  const setBack = clockSteps.find(({ by }) => by < 0)?.at ?? Infinity
  return outages.filter(({ from }) => from < setBack)
}

/** Up to four recurring tasks for six hours. With jitter, one may be due at the very millisecond of an outage. */
export const arbitrary: Arbitrary.Arbitrary<Scenario> = Arbitrary.map(
  Arbitrary.all({ configs, outages, clockSteps }),
  ({ clockSteps, configs, ...all }) => {
    const outages = unlessSetBack({ ...all, clockSteps })
    return {
      clockSteps,
      outages,
      configs: outages.length === 0 ? configs : configs.map((config) => ({ ...config, jitter: 0 as const }))
    }
  }
)

/** When a config is due, at a second that no other one has. */
export const expressionOf = ({ times }: typeof Config.Type, index: number): string =>
  times === "every 20 seconds" ? `${5 * index}/20 * * * * *` : `${5 * index} ${times}`

/** What no two configs have in common, in milliseconds. */
const odd = [37, 101, 151, 193]

/** How long the nth run of a config takes (counted from 1), and whether it fails. */
export const fateOf = ({ configs }: Scenario, index: number, run: number) => {
  const { durations, failures } = configs[index]!
  return {
    duration: durations[(run - 1) % durations.length]! * second + odd[index]!,
    fails: failures[(run - 1) % failures.length]!
  }
}
