/**
 * Will it work? Lint and a simulation, before anything is deployed: what does `overlap` do to a report that sometimes
 * takes longer than its interval, and what happens when the process is down over the night?
 *
 * Run it: `npx node --conditions=source examples/07_simulate.ts`
 */
import { NodeRuntime } from "@effect/platform-node"
import { Lint, Simulation } from "brinjal"
import { Console, DateTime, Effect } from "effect"

/** Nothing needs to be running, and no task needs to be written yet. */
const report: Simulation.Config = {
  recurringId: "report",
  cronExpression: "*/25 8-18 * * MON-FRI",
  timezone: "Europe/Berlin"
}
const backup: Simulation.Config = { recurringId: "backup", cronExpression: "30 2 * * *", timezone: "Europe/Berlin" }

/** Measured, or guessed. */
const durations = {
  report: { samples: ["10 minutes", "12 minutes", "40 minutes"] },
  backup: "90 minutes"
} as const

/** The clock in Berlin is put forward on Sunday, while the process is down. */
const days = { from: "2026-03-27T00:00:00Z", to: "2026-03-30T12:00:00Z" }
const outage = { from: "2026-03-28T20:00:00Z", to: "2026-03-29T05:00:00Z" }

const skipped = Effect.fnUntraced(function*(overlap: "skip" | "bufferOne") {
  const { summaries } = yield* Simulation.run({
    ...days,
    configs: [{ ...report, overlap }],
    durations: { report: durations.report }
  })
  const { occurrences, skipped } = summaries[0]!
  return `report with ${overlap}: ${skipped} of ${occurrences} skipped`
})

export const program = Effect.gen(function*() {
  const now = DateTime.makeUnsafe(days.from)
  yield* Console.log(Lint.format(yield* Lint.lint([report, backup], { now, durations })))
  yield* Console.log(yield* skipped("skip"))
  yield* Console.log(yield* skipped("bufferOne"))
  const simulation = yield* Simulation.run({ ...days, configs: [report, backup], durations, outages: [outage] })
  yield* Console.log(Simulation.format(simulation, { lines: 4 }))
})

if (import.meta.main) NodeRuntime.runMain(program)
