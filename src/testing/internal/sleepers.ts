/**
 * Who sleeps until when, in nanoseconds of virtual time that steps of the wall clock do not move.
 */

/** A sleeper, when it wakes, and since when it sleeps. */
export interface Sleeper {
  readonly until: bigint
  readonly since: bigint
  readonly wake: () => void
}

/** In descending order of time, so that the next one can be popped. */
type Sleepers = Array<Sleeper>

/** Nobody sleeps yet. */
export const make = (): Sleepers => []

const isAfter = (a: Sleeper, b: Sleeper): boolean => a.until === b.until ? a.since > b.since : a.until > b.until

/** Adds a sleeper. Of two that wake at the same time, the one that has slept for longer wakes first. */
export const add = (sleepers: Sleepers, sleeper: Sleeper): void => {
  let low = 0
  let high = sleepers.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isAfter(sleepers[middle]!, sleeper)) low = middle + 1
    else high = middle
  }
  sleepers.splice(low, 0, sleeper)
}

/** Removes a sleeper, if it still sleeps. */
export const remove = (sleepers: Sleepers, sleeper: Sleeper): void => {
  const index = sleepers.indexOf(sleeper)
  if (index >= 0) sleepers.splice(index, 1)
}

/** When the next one wakes; `undefined` if nobody sleeps. */
export const next = (sleepers: Sleepers): bigint | undefined => sleepers.at(-1)?.until

/** Wakes all that wake next, at this time. */
export const wake = (sleepers: Sleepers, at: bigint): void => {
  while (next(sleepers) === at) sleepers.pop()!.wake()
}
