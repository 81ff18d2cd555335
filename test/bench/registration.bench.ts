/**
 * What a recurring task costs while it waits for its next occurrence: heap bytes, everything included, and the time to
 * register it, beside the fastest of the cron libraries and Effect's own schedule. `registrationPeers` measures them all.
 */
import { goal, median, table, title } from "./harness.ts"
import { type Case, type Cost, heading, rounds, rows } from "./registration.ts"

const zones = ["UTC", "Europe/London"] as const

const same = (name: string, jobs: number, zone: Case["zone"], rounds: number): Case => ({
  name,
  jobs,
  zone,
  variant: "same",
  rounds
})

const cases: ReadonlyArray<Case> = [
  ...zones.flatMap((zone) => [
    same("brinjal", 10_000, zone, 5),
    same("node-cron", 10_000, zone, 3),
    same("Schedule.cron", 10_000, zone, 3),
    same("brinjal", 100_000, zone, 3)
  ]),
  same("node-cron", 100_000, "Europe/London", 1)
]

const variants = (["named", "distinct"] as const).map((variant): Case => ({
  ...same("brinjal", 100_000, "Europe/London", 3),
  variant
}))

title("Registration of recurring jobs \"0 2 * * *\": cost of each")
const costs = await rounds([...cases, ...variants])
table(heading, rows(costs))

const of = (name: string, jobs: number, zone: string, what: keyof Cost): number => {
  const found = [...costs].find(([one]) =>
    one.name === name && one.jobs === jobs && one.zone === zone && one.variant === "same"
  )
  return median(found?.[1].map((cost) => cost[what]) ?? [])
}

console.log()
const bytes = of("brinjal", 100_000, "Europe/London", "bytes")
goal("at most 1,500 bytes each of 100,000", bytes, bytes <= 1_500)
for (const zone of zones) {
  for (const jobs of [10_000, 100_000]) {
    const micros = of("brinjal", jobs, zone, "micros")
    goal(`at most 10 µs each of ${jobs.toLocaleString("en")} in ${zone}`, micros, micros <= 10)
  }
  for (const [peer, least] of [["node-cron", 15], ["Schedule.cron", 25]] as const) {
    const times = of(peer, 10_000, zone, "micros") / of("brinjal", 10_000, zone, "micros")
    goal(`at least ${least} times faster than ${peer} in ${zone}`, times, times >= least)
  }
}
