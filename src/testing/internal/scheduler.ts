/**
 * A scheduler that knows whether anything is left to run.
 */
import * as Effect from "effect/Effect"
import type * as Scheduler from "effect/Scheduler"

/** How many turns in a row nothing may have been left to run until all is quiet: promises resolve in between. */
const quietTurns = 2

/** Counts what is scheduled, and leaves the scheduling to another one. */
export class CountingScheduler implements Scheduler.Scheduler {
  readonly #inner: Scheduler.Scheduler
  #scheduled = 0

  constructor(inner: Scheduler.Scheduler) {
    this.#inner = inner
  }
  get executionMode() {
    return this.#inner.executionMode
  }
  shouldYield(fiber: Parameters<Scheduler.Scheduler["shouldYield"]>[0]) {
    return this.#inner.shouldYield(fiber)
  }
  makeDispatcher(): Scheduler.SchedulerDispatcher {
    const dispatcher = this.#inner.makeDispatcher()
    return {
      scheduleTask: (task, priority) => {
        this.#scheduled++
        dispatcher.scheduleTask(() => {
          this.#scheduled--
          task()
        }, priority)
      },
      flush: () => dispatcher.flush()
    }
  }

  /** Yields until nothing else has been left to run for some turns. */
  readonly settle: Effect.Effect<void> = Effect.suspend(() => {
    let quiet = 0
    return Effect.whileLoop({
      while: () => quiet < quietTurns,
      body: () => Effect.yieldNow,
      step: () => {
        quiet = this.#scheduled === 0 ? quiet + 1 : 0
      }
    })
  })
}
