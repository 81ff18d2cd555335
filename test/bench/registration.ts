/**
 * What the registration benchmarks and their worker agree on, and how they measure: every figure comes from a process of its
 * own.
 */
import { figure, inProcess, median } from "./harness.ts"

/** Equal jobs, jobs with ids of their own (elsewhere they have none), or jobs with different cron expressions. */
export type Variant = "same" | "named" | "distinct"

/** What one job costs: bytes on the heap while it waits, wall time and CPU time to register it in microseconds. */
export interface Cost {
  readonly bytes: number
  readonly micros: number
  readonly cpuMicros: number
}

/** So many jobs of a scheduler, measured so many times. */
export interface Case {
  readonly name: string
  readonly jobs: number
  readonly zone: "UTC" | "Europe/London"
  readonly variant: Variant
  readonly rounds: number
}

const measure = (one: Case): Promise<Cost | undefined> =>
  inProcess<Cost>("registration.worker.ts", {
    args: [one.name, String(one.jobs), one.zone, one.variant],
    timeoutSeconds: 180
  })

/** Rounds of all cases in turn; what dies or takes too long is not tried again. */
export const rounds = async (cases: ReadonlyArray<Case>): Promise<ReadonlyMap<Case, ReadonlyArray<Cost>>> => {
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

/** The heading of `rows`. */
export const heading = ["", "jobs", "zone", "heap bytes", "µs", "µs CPU"]

/** A row for each case. */
export const rows = (costs: ReadonlyMap<Case, ReadonlyArray<Cost>>): ReadonlyArray<ReadonlyArray<string>> =>
  Array.from(costs, ([{ jobs, name, variant, zone }, of]) => {
    const label = variant === "same" ? name : `${name}, ${variant}`
    return of.length === 0
      ? [label, figure(jobs), zone, "did not", "end", ""]
      : [label, figure(jobs), zone, cell(of, "bytes"), cell(of, "micros"), cell(of, "cpuMicros")]
  })
