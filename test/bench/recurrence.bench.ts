/**
 * The next occurrence: ours against croner and Effect's `Cron.next`. Starts are spread over a year, contenders take turns,
 * and figures are CPU time per call. Cold calls look at years of a zone that nobody has looked at before.
 */
import { Recurrence } from "brinjal"
import { Cron as Croner } from "croner"
import { Cron as EffectCron, DateTime } from "effect"
import { cpuMillis, figure, goal, interleave, median, ratio, type Result, table, title } from "./harness.ts"

const rounds = 9

const schedules = [
  ["*/5 * * * *", "UTC"],
  ["0 2 * * *", "UTC"],
  ["*/5 * * * *", "America/New_York"],
  ["0 2 * * *", "America/New_York"],
  ["0 9 * * 1-5", "Europe/London"],
  ["0 9 * * 1", "Europe/London"],
  ["0 0 1 * *", "Europe/London"],
  ["0 0 1 1 *", "Europe/London"],
  ["0 0 29 2 *", "Europe/London"]
] as const

const isRare = (expression: string) => /^\S+ \S+ \d+ \d+ \*$/.test(expression)

const day = 86_400_000

/** `count` instants of 2026, at odd times of day. */
const spread = (count: number): Array<number> =>
  Array.from({ length: count }, (_, index) => Date.UTC(2026, 0, 1) + Math.floor((index + 0.618) * (365 * day / count)))

/** Microseconds of CPU time per call. */
const timed = (calls: number, run: () => void): number => {
  const from = cpuMillis()
  run()
  return (cpuMillis() - from) * 1_000 / calls
}

const contender = <A>(name: string, calls: number, input: (at: number) => A, next: (at: A) => unknown) => {
  const starts = spread(calls).map(input)
  return {
    name,
    run: async () =>
      timed(calls, () => {
        for (const start of starts) next(start)
      })
  }
}

const compare = (expression: string, timezone: string): Promise<ReadonlyArray<Result>> => {
  const recurrence = Recurrence.cronUnsafe(expression, { timezone })
  const croner = new Croner(expression, { timezone, paused: true })
  const effect = EffectCron.parseUnsafe(expression, timezone)
  return interleave([
    contender("brinjal", 20_000, DateTime.makeUnsafe<number>, (at) => Recurrence.next(recurrence, at)),
    contender("croner", 1_000, (at) => new Date(at), (at) => croner.nextRun(at)),
    contender("effect", 500, (at) => new Date(at), (at) => EffectCron.next(effect, at))
  ], rounds)
}

const microseconds = (results: ReadonlyArray<Result>, name: string) =>
  median(results.find((result) => result.name === name)!.samples)

interface Compared {
  readonly expression: string
  readonly timezone: string
  readonly results: ReadonlyArray<Result>
}

title(`Next occurrence, microseconds of CPU time (medians of ${rounds} rounds)`)
const compared: Array<Compared> = []
for (const [expression, timezone] of schedules) {
  compared.push({ expression, timezone, results: await compare(expression, timezone) })
}
table(
  ["", "zone", "brinjal", "croner", "Cron.next", "croner / brinjal", "Cron.next / brinjal"],
  compared.map(({ expression, results, timezone }) => [
    expression,
    timezone,
    ...["brinjal", "croner", "effect"].map((name) => figure(microseconds(results, name))),
    figure(ratio(results, "croner", "brinjal")),
    figure(ratio(results, "effect", "brinjal"))
  ])
)

const cold = (expression: string): number => {
  const recurrence = Recurrence.cronUnsafe(expression, { timezone: "Europe/Paris" })
  const years = Array.from({ length: 400 }, (_, index) => Date.UTC(2101 + 7 * index, 4, 7, 11))
  return timed(years.length, () => {
    for (const at of years) Recurrence.next(recurrence, DateTime.makeUnsafe(at))
  })
}

title("Cold and impossible, microseconds of CPU time")
const colds = ["*/5 * * * *", "0 9 * * 1", "0 0 1 1 *"].map((expression) => cold(expression))
const impossible = timed(1_000, () => {
  for (let index = 0; index < 1_000; index++) Recurrence.cron(`0 0 3${index % 2} 2 *`)
})
table(["", "microseconds"], [
  ["*/5 * * * *, cold", figure(colds[0]!)],
  ["0 9 * * 1, cold", figure(colds[1]!)],
  ["0 0 1 1 *, cold", figure(colds[2]!)],
  ["0 0 30 2 *, refused", figure(impossible)]
])

title("Goals")
const often = compared.filter(({ expression }) => !isRare(expression) && expression !== "0 0 1 * *")
const named = compared.filter(({ timezone }) => timezone !== "UTC")
const worst = (of: ReadonlyArray<Compared>) => Math.max(...of.map(({ results }) => microseconds(results, "brinjal")))
const least = (name: string) => Math.min(...named.map(({ results }) => ratio(results, name, "brinjal")))
goal("at most 1 µs for what fires weekly or more often", worst(often), worst(often) <= 1)
goal("at most 25 µs for all others", worst(compared), worst(compared) <= 25)
goal("at most 100 µs cold", Math.max(...colds), Math.max(...colds) <= 100)
goal("at least 30 times as fast as croner in named zones", least("croner"), least("croner") >= 30)
goal("at least 100 times as fast as Cron.next in named zones", least("effect"), least("effect") >= 100)
