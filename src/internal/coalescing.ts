/**
 * Work that many ask for: it is done once at a time, and once more for all who have asked meanwhile.
 */
import * as Effect from "effect/Effect"

/** Whether the work is being done, and whether what it reads may have changed since. */
export interface Coalescing {
  isRunning: boolean
  isAsked: boolean
}

/** Work that nobody has asked for yet. */
export const make = (): Coalescing => ({ isRunning: false, isAsked: false })

/**
 * Does the work as often as it is asked for, until `isOver`. Where it is being done already, this asks for it once more
 * and returns at once.
 */
export const run = (coalescing: Coalescing, isOver: () => boolean, work: Effect.Effect<void>): Effect.Effect<void> =>
  Effect.suspend(() => {
    coalescing.isAsked = true
    if (coalescing.isRunning) return Effect.void
    return Effect.whileLoop({
      while: () => coalescing.isRunning = coalescing.isAsked && !isOver(),
      body: () => {
        coalescing.isAsked = false
        return work
      },
      step: () => undefined
    })
  })
