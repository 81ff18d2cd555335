/**
 * What a recurring task costs while it waits for its next occurrence: heap bytes, everything included, and the time to
 * register it. Every figure comes from a process of its own; peers are measured at the sizes that they survive.
 */
import { figure, goal, inProcess, median, table, title } from "./harness.ts"
import type { Cost, Variant } from "./registration.ts"

const zones = ["UTC", "Europe/London"] as const

interface Case {
  readonly name: string
  readonly jobs: number
  readonly zone: (typeof zones)[number]
  readonly variant: Variant
  readonly rounds: number
}

const measure = (one: Case): Promise<Cost | undefined> =>
  inProcess<Cost>("registration.worker.ts", {
    args: [one.name, String(one.jobs), one.zone, one.variant],
    timeoutSeconds: 180
  })

/** Rounds of all cases in turn; what dies or takes too long is not tried again. */
const rounds = async (cases: ReadonlyArray<Case>): Promise<ReadonlyMap<Case, ReadonlyArray<Cost>>> => {
  const costs = new Map(cases.map((one): [Case, Array<Cost>] => [one, []]))
  const alive = new Set(cases)
  for (let round = 0; alive.size > 0; round++) {
    for (const one of alive) {
      const cost = round < one.rounds ? await measure(one) : undefined
      if (cost === undefined) alive.delete(one)
      else costs.get(one)!.push(cost)
    }
  }
  return costs
}

const cell = (costs: ReadonlyArray<Cost>, of: keyof Cost): string => figure(median(costs.map((cost) => cost[of])))

const rows = (costs: ReadonlyMap<Case, ReadonlyArray<Cost>>): ReadonlyArray<ReadonlyArray<string>> =>
  Array.from(costs, ([{ jobs, name, variant, zone }, of]) => {
    const label = variant === "same" ? name : `${name}, ${variant}`
    return of.length === 0
      ? [label, figure(jobs), zone, "did not", "end", ""]
      : [label, figure(jobs), zone, cell(of, "bytes"), cell(of, "micros"), cell(of, "cpuMicros")]
  })

const peers: ReadonlyArray<readonly [name: string, most: number]> = [
  ["croner", 10_000],
  ["node-schedule", 10_000],
  ["node-cron", 100_000],
  ["cron", 100_000]
]

const cases: ReadonlyArray<Case> = [1_000, 10_000, 100_000].flatMap((jobs) =>
  zones.flatMap((zone) => [
    { name: "brinjal", jobs, zone, variant: "same" as const, rounds: 3 },
    ...peers.filter(([, most]) => jobs <= most && (jobs < 100_000 || zone === "Europe/London")).map(([name]) => ({
      name,
      jobs,
      zone,
      variant: "same" as const,
      rounds: jobs === 1_000 ? 3 : 1
    }))
  ])
)

const variants: ReadonlyArray<Case> = (["named", "distinct"] as const).map((variant) => ({
  name: "brinjal",
  jobs: 100_000,
  zone: "Europe/London",
  variant,
  rounds: 3
}))

title("Registration of recurring jobs \"0 2 * * *\": cost of each")
const costs = await rounds([...cases, ...variants])
table(["", "jobs", "zone", "heap bytes", "µs", "µs CPU"], rows(costs))

const ours = (jobs: number, zone: string) => {
  const found = [...costs].find(([one]) =>
    one.name === "brinjal" && one.jobs === jobs && one.zone === zone && one.variant === "same"
  )
  return found?.[1] ?? []
}
const of = (jobs: number, zone: string, what: keyof Cost) => median(ours(jobs, zone).map((cost) => cost[what]))

console.log()
const bytes = of(100_000, "Europe/London", "bytes")
goal("at most 1,500 bytes each of 100,000", bytes, bytes <= 1_500)
for (const jobs of [10_000, 100_000]) {
  for (const zone of zones) {
    const micros = of(jobs, zone, "micros")
    goal(`at most 10 µs each of ${figure(jobs)} in ${zone}`, micros, micros <= 10)
  }
}
