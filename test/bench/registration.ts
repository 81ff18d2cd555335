/**
 * What the registration benchmark and its worker agree on.
 */

/** Equal jobs, jobs with ids of their own (elsewhere they have none), or jobs with different cron expressions. */
export type Variant = "same" | "named" | "distinct"

/** What one job costs: bytes on the heap while it waits, wall time and CPU time to register it in microseconds. */
export interface Cost {
  readonly bytes: number
  readonly micros: number
  readonly cpuMicros: number
}
