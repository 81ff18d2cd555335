/**
 * A scheduler that knows whether anything is left to run.
 */
import * as Effect from "effect/Effect"
import * as Scheduler from "effect/Scheduler"

/**
 * For how many turns in a row nothing must be left to run until everything counts as quiet: promises resolve in
 * between.
 */
const quietTurns = 2

/** Counts what is scheduled, and leaves the scheduling to another scheduler. */
export class CountingScheduler implements Scheduler.Scheduler {
  readonly #inner: Scheduler.Scheduler
  #scheduled = 0
  #outside = 0
  #total = 0

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
        this.#total++
        dispatcher.scheduleTask(() => {
          this.#scheduled--
          task()
        }, priority)
      },
      flush: () => dispatcher.flush()
    }
  }

  /** How much has been scheduled so far; `undefined` while something waits for the outside world. */
  get progress(): number | undefined {
    return this.#outside === 0 ? this.#total : undefined
  }

  /** While it runs, it waits for the outside world, which needs real time. */
  outside<A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.suspend(() => {
      this.#outside++
      return Effect.ensuring(self, Effect.sync(() => this.#outside--))
    })
  }

  /** Yields until nothing has been left to run for some turns, and nothing waits for the outside world. */
  readonly settle: Effect.Effect<void> = Effect.suspend(() => {
    let quiet = 0
    return Effect.whileLoop({
      while: () => quiet < quietTurns,
      body: () => Effect.yieldNow,
      step: () => {
        quiet = this.#scheduled + this.#outside === 0 ? quiet + 1 : 0
      }
    })
  })
}

/**
 * Marks an effect that waits for the outside world: virtual time does not pass meanwhile. It is recognised by the kit's
 * scheduler and not by its clock, because a program may have another clock that shows the same time.
 */
export const outside = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const scheduler = fiber.getRef(Scheduler.Scheduler)
    return scheduler instanceof CountingScheduler ? scheduler.outside(self) : self
  })
