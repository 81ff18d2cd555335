/**
 * Who sleeps until when, in nanoseconds of virtual time that steps of the wall clock do not move.
 */

/** A sleeper, and when it wakes or, if it only looks at the clock then, sleeps on: `wake` tells which. */
export interface Sleeper {
  until: bigint
  readonly wake: () => boolean
}

/** In descending order of time, so that the next one can be popped. */
type Sleepers = Array<Sleeper>

/** Nobody sleeps yet. */
export const make = (): Sleepers => []

/** Adds a sleeper. Of two that wake at the same time, the first wakes first. */
export const add = (sleepers: Sleepers, sleeper: Sleeper): void => {
  let low = 0
  let high = sleepers.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sleepers[middle]!.until > sleeper.until) low = middle + 1
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

/** Wakes all that wake next, at this time. Returns whether any of them does not sleep on. */
export const wake = (sleepers: Sleepers, at: bigint): boolean => {
  let any = false
  while (next(sleepers) === at) any = sleepers.pop()!.wake() || any
  return any
}
