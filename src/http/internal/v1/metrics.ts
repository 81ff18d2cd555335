/**
 * The metrics for Prometheus: those of this process, and what waits in the store. The store is asked when somebody
 * scrapes, and at no other time.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import { type Backlog, mostCounted, waitingFor } from "../../../Backlog.ts"
import { briefly } from "../../../internal/briefly.ts"
import type { TaskManager } from "../../../TaskManager.ts"

/** How long the store may take: whoever scrapes does not wait for long, and wants the other metrics then. */
const timeout = "3 seconds"

const everywhere = "The same in every process on the store: take the maximum, not the sum"

const upTo = `counted up to ${mostCounted.toLocaleString("en")}`

const waiting = Metric.gauge("brinjal_store_waiting_tasks", {
  description: `Tasks in the store that wait to start, ${upTo}. ${everywhere}`
})

const asleep = Metric.gauge("brinjal_store_sleeping_tasks", {
  description: `Tasks in the store that sleep until their time comes, ${upTo} over all types. ${everywhere}`
})

const parked = Metric.gauge("brinjal_store_parked_tasks", {
  description: `Tasks in the store that wait for their concurrency key, ${upTo} over all types. ${everywhere}`
})

const oldest = Metric.gauge("brinjal_store_oldest_waiting_seconds", {
  description: `For how long the task in the store that waits longest has waited; 0 if none waits. ${everywhere}`
})

const handlers = Metric.gauge("brinjal_store_handlers", {
  description: `Living processes on the store that handle the type. ${everywhere}`
})

/** The text for Prometheus. If the store does not answer in time, that of the store is left out. */
export const metrics = (manager: typeof TaskManager.Service): Effect.Effect<string> =>
  Effect.zipWith(PrometheusMetrics.format(), ofStore(manager), (own, ofStore) => own + ofStore)

const ofStore = (manager: typeof TaskManager.Service): Effect.Effect<string> =>
  briefly(Effect.orElseSucceed(manager.backlog, () => []), timeout, Effect.succeed([])).pipe(
    Effect.flatMap((all) => Effect.forEach(all, observe, { discard: true })),
    Effect.andThen(PrometheusMetrics.format()),
    // a registry of its own: a type that is gone leaves nothing behind
    Effect.provideService(Metric.MetricRegistry, new Map())
  )

const observe = (backlog: Backlog): Effect.Effect<void> =>
  Effect.gen(function*() {
    const now = DateTime.makeUnsafe(yield* Clock.currentTimeMillis)
    const report = (gauge: Metric.Gauge<number>, value: number) =>
      Metric.update(Metric.withAttributes(gauge, { task: backlog.taskType }), value)
    yield* report(waiting, backlog.waiting)
    yield* report(asleep, backlog.asleep)
    yield* report(parked, backlog.parked)
    yield* report(oldest, Duration.toSeconds(waitingFor(backlog, now)))
    yield* report(handlers, backlog.handledBy.length)
  })
