/**
 * What the benchmarks of jobs that are due every second have in common: what a worker measures, and how that is shown.
 */
import { figure, quantile } from "./harness.ts"

/** What became of jobs that were due every second. Times are in milliseconds. */
export interface Firings {
  readonly expected: number
  readonly fired: number
  readonly missed: number
  readonly duplicates: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** CPU time in percent of a core. */
  readonly cpu: number
}

/** Sums up how often each job has fired in each second, how late each firing was, and the CPU time in percent. */
export const summary = (firings: Uint8Array, lateness: ReadonlyArray<number>, cpu: number): Firings => ({
  expected: firings.length,
  fired: lateness.length,
  missed: firings.filter((times) => times === 0).length,
  duplicates: firings.reduce((sum, times) => sum + Math.max(times - 1, 0), 0),
  p50: quantile(lateness, 0.5),
  p99: quantile(lateness, 0.99),
  max: lateness.reduce((most, late) => Math.max(most, late), -Infinity),
  cpu
})

/** The heading of a table of them, after the name of the contender and what its jobs are called. */
export const heading = ["missed", "doubled", "p50 ms", "p99 ms", "max ms", "CPU %"]

/** The row of a contender in that table. */
export const row = (name: string, jobs: number, firings: Firings | undefined): ReadonlyArray<string> =>
  firings === undefined ? [name, figure(jobs), "did not end"] : [
    name,
    figure(jobs),
    `${figure(firings.fired)} of ${figure(firings.expected)}`,
    ...[firings.missed, firings.duplicates, firings.p50, firings.p99, firings.max, firings.cpu].map(figure)
  ]
