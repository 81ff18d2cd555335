/**
 * Prints what the manager does, from the first event to the last.
 *
 * The last events come while the manager stops, so the printer must outlive it: it ends when the events do.
 */
import { TaskManager } from "brinjal"
import { DateTime, Effect, Fiber, Layer, Scope, Stream } from "effect"
import * as Report from "./Report.ts"
import { Screen } from "./Screen.ts"
import type * as text from "./text.ts"

/**
 * Layer that prints what the manager does and has done `since` the program began. `scope` ends after the manager; it is
 * held open until everything is printed.
 */
export const layer = (options: {
  readonly scope: Scope.Scope
  readonly since: DateTime.Utc
  readonly clock: text.Clock
  readonly grace: string
}): Layer.Layer<never, never, TaskManager.TaskManager | Screen> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const screen = yield* Screen
    const manager = yield* TaskManager.TaskManager
    const { clock, grace, scope, since } = options
    let report = Report.empty

    const printer = yield* manager.events.pipe(
      Stream.runForEach(Effect.fnUntraced(function*(event) {
        const now = yield* DateTime.now
        const [next, lines] = Report.step(report, event, { now, clock, since, isLive: screen.isLive })
        report = next
        yield* screen.print(lines, Report.live(report))
      })),
      Effect.orDie,
      Effect.forkDetach
    )
    yield* Scope.addFinalizer(
      scope,
      Fiber.await(printer).pipe(Effect.andThen(Effect.suspend(() => screen.print([Report.stopped(report)], []))))
    )
    yield* Effect.addFinalizer(Effect.fnUntraced(function*() {
      yield* screen.print([Report.stopping(report, grace)], Report.live(report))
      const { storeFailingSince } = yield* manager.health
      yield* screen.print(Report.unwritten(storeFailingSince, { clock, now: yield* DateTime.now }), Report.live(report))
    }))
  }))
