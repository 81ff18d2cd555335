/**
 * What a recurring task costs in each of the libraries that people use, as far as they survive so many of them. It takes
 * some minutes.
 */
import { table, title } from "./harness.ts"
import { type Case, heading, rounds, rows } from "./registration.ts"

const peers: ReadonlyArray<readonly [name: string, most: number]> = [
  ["croner", 10_000],
  ["node-schedule", 10_000],
  ["Schedule.cron", 100_000],
  ["node-cron", 100_000],
  ["cron", 100_000]
]

const zonesOf = (jobs: number) => jobs < 100_000 ? ["UTC", "Europe/London"] as const : ["Europe/London"] as const

const cases: ReadonlyArray<Case> = [1_000, 10_000, 100_000].flatMap((jobs) =>
  zonesOf(jobs).flatMap((zone) => [
    { name: "brinjal", jobs, zone, variant: "same" as const, rounds: 3 },
    ...peers.filter(([, most]) => jobs <= most).map(([name]) => ({
      name,
      jobs,
      zone,
      variant: "same" as const,
      rounds: jobs === 1_000 ? 3 : 1
    }))
  ])
)

title("Registration of recurring jobs \"0 2 * * *\" in all libraries: cost of each")
table(heading, rows(await rounds(cases)))
