/**
 * Measures one scheduler in a process of its own: registers so many jobs and sends what one of them costs.
 * Arguments: scheduler, number of jobs, time zone, variant.
 */
import { answer, cpuMillis, heapUsed } from "./harness.ts"
import type { Variant } from "./registration.ts"
import { type Job, schedulers } from "./schedulers.ts"

const [name = "brinjal", count = "1000", timezone = "UTC", variant = "same"] = process.argv.slice(2)
const jobs = Number(count)
const run = () => {}

/** All different: every minute of the day on every day of half the month. */
const distinct = (index: number): string =>
  `${index % 60} ${Math.floor(index / 60) % 24} ${1 + Math.floor(index / 1_440) % 28} ${
    1 + Math.floor(index / 40_320) % 12
  } *`

const variants: Record<Variant, (index: number) => Partial<Job>> = {
  same: () => ({}),
  named: (index) => ({ id: `job-${index}` }),
  distinct: (index) => ({ expression: distinct(index) })
}

function* some(amount: number): Generator<Job> {
  for (let i = 0; i < amount; i++) {
    yield { expression: "0 2 * * *", timezone, run, ...variants[variant as Variant](i) }
  }
}

const schedule = schedulers[name]!
await schedule([{ expression: "0 3 * * *", timezone, run, id: "warm-up" }])
const heap = await heapUsed()
const cpu = cpuMillis()
const from = performance.now()
await schedule(some(jobs))
const micros = (performance.now() - from) * 1_000 / jobs
const cpuMicros = (cpuMillis() - cpu) * 1_000 / jobs
answer({ bytes: (await heapUsed() - heap) / jobs, micros, cpuMicros })
