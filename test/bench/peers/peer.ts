/**
 * What every durable queue here can do, so that all are measured by the same program.
 */

/** A job that does nothing: its number, and when it was queued (milliseconds of this machine's steady clock). */
export interface Job {
  readonly index: number
  readonly queuedAt: number
}

/** A queue over a database of its own. */
export interface Peer {
  /** The version and what was set, as its own documentation advises. */
  readonly settings: string
  /** Forgets all jobs. */
  readonly reset: () => Promise<unknown>
  /** Queues one job; the promise ends after its commit. */
  readonly enqueue: (job: Job) => Promise<unknown>
  /** Queues many jobs by the call that is meant for that. */
  readonly enqueueMany: (jobs: ReadonlyArray<Job>) => Promise<unknown>
  /** Runs jobs from now on; gives how to stop. */
  readonly work: (seen: (job: Job) => void) => Promise<() => Promise<unknown>>
  /** How many jobs are not recorded as completed. */
  readonly left: () => Promise<number>
  readonly close: () => Promise<unknown>
}

/** Makes a peer over the database or Redis at `url`, which is empty. */
export type Make = (url: string) => Promise<Peer>

/** The steady clock, in milliseconds: the same for all processes of a machine. */
export const steadyMillis = (): number => Number(process.hrtime.bigint()) / 1e6
