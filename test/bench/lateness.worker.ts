/**
 * Measures one scheduler in a process of its own: so many jobs that are due every second, watched for so many seconds.
 * Arguments: scheduler, number of jobs, time zone, seconds.
 *
 * A firing counts for the second that it was meant for. Where a scheduler does not say which that is, it is the one in
 * which it happens, so that what is later than 980 ms shows as a miss and a duplicate.
 */
import { answer, cpuMillis } from "./harness.ts"
import { summary } from "./lateness.ts"
import { type Job, schedulers } from "./schedulers.ts"

const [name = "brinjal", count = "1000", timezone = "Europe/London", duration = "15"] = process.argv.slice(2)
const jobs = Number(count)
const seconds = Number(duration)

/** A timer may end a little early. */
const early = 20

/** How late a firing may still be noticed. */
const patience = 2_000

/** Code that has just been loaded is slow. */
const warmUp = 5_000

const sleepUntil = (at: number) => new Promise((resolve) => setTimeout(resolve, at - Date.now()))

let first = Infinity
const firings = new Uint8Array(jobs * seconds)
const lateness: Array<number> = []

const record = (job: number, scheduledAt: unknown): void => {
  const now = Date.now()
  const second = Math.floor(((typeof scheduledAt === "number" ? scheduledAt : now + early) - first) / 1_000)
  if (second < 0 || second >= seconds) return
  firings[job * seconds + second]!++
  lateness.push(now - first - second * 1_000)
}

const all = Array.from({ length: jobs }, (_, i): Job => ({
  expression: "* * * * * *",
  timezone,
  run: (scheduledAt) => record(i, scheduledAt)
}))
await schedulers[name]!(all)

first = Math.ceil(Date.now() / 1_000) * 1_000 + warmUp
await sleepUntil(first - 100)
const cpu = cpuMillis()
await sleepUntil(first + seconds * 1_000 - 2 * early)
const used = cpuMillis() - cpu
await sleepUntil(Date.now() + patience)

answer(summary(firings, lateness, used / (seconds * 10)))
