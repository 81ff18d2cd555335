/**
 * How punctual many jobs are that are due in the same second, every second, in a named time zone: how late they start, and
 * whether any start is missed or doubled.
 */
import { figure, goal, inProcess, table, title } from "./harness.ts"
import { type Firings, heading, row } from "./lateness.ts"

const zone = "Europe/London"
const seconds = 15
const contenders = ["brinjal", "croner", "node-cron"]

const measure = (name: string, jobs: number): Promise<Firings | undefined> =>
  inProcess<Firings>("lateness.worker.ts", {
    args: [name, String(jobs), zone, String(seconds)],
    timeoutSeconds: 120
  })

title(`Lateness of jobs "* * * * * *" in ${zone}, ${seconds} seconds`)
const rows: Array<ReadonlyArray<string>> = []
const ours = new Map<number, Firings>()
for (const jobs of [1_000, 10_000]) {
  for (const name of contenders) {
    const firings = await measure(name, jobs)
    rows.push(row(name, jobs, firings))
    if (name === "brinjal" && firings !== undefined) ours.set(jobs, firings)
  }
}
table(["", "jobs", "fired", ...heading], rows)

console.log()
for (const [jobs, { cpu, duplicates, missed, p99 }] of ours) {
  const latest = jobs === 1_000 ? 10 : 100
  goal(`${figure(jobs)} jobs: nothing missed or doubled`, missed + duplicates, missed + duplicates === 0)
  goal(`${figure(jobs)} jobs: p99 at most ${latest} ms`, p99, p99 <= latest)
  goal(`${figure(jobs)} jobs: at most 10 % of a core`, cpu, cpu <= 10)
}
