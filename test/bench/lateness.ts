/**
 * What the lateness benchmark and its worker agree on.
 */

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
