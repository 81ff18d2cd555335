/**
 * Budgets of searches, which may have to be cut short.
 */
import type { Budget, Count, Timetable } from "./timetable.ts"

/** How many steps a search takes by default: some milliseconds of work. */
export const defaultSteps = 2_000

/** A budget of this many steps. */
export const budget = (steps: number = defaultSteps): Budget => ({ left: steps })

/** Takes a step; `false` if none is left. */
export const spend = (budget: Budget): boolean => --budget.left >= 0

/** Whether a search was cut short. */
export const isSpent = (budget: Budget): boolean => budget.left < 0

/** Counts occurrences one by one. */
export const countBySteps = (next: Timetable["next"]): Timetable["count"] => (after, upTo, limit): Count => {
  const steps = budget(defaultSteps + limit)
  let at = after
  for (let count = 0; count < limit; count++) {
    const following = next(at, steps)
    if (isSpent(steps)) return { count, upTo: at }
    if (following === undefined || following > upTo) return { count, upTo }
    at = following
  }
  return { count: limit, upTo: at }
}
