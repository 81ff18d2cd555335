/**
 * A pool limits how many tasks run at the same time; a `RateLimiter` of Effect limits how many begin in a while, here
 * for each customer. A task that has to wait keeps its place in the pool, so the pool is larger than it would be
 * otherwise. What the limiter knows is in memory; many processes share it in Redis (`RateLimiter.layerStoreRedis`).
 *
 * Run it: `npx node --conditions=source examples/11_rate-limits.ts`
 */
import { NodeRuntime } from "@effect/platform-node"
import { Task, TaskManager } from "brinjal"
import { Console, DateTime, Duration, Effect, Layer, Schema } from "effect"
import { RateLimiter } from "effect/persistence"

class Deliver extends Task.make("Deliver", {
  payload: { customer: Schema.String, event: Schema.String },
  semaphore: "deliveries"
}) {}

const DeliverLive = Layer.unwrap(Effect.gen(function*() {
  const limited = yield* RateLimiter.makeWithRateLimiter
  const start = yield* DateTime.now
  const deliver = Effect.fnUntraced(function*(customer: string, event: string) {
    const seconds = Duration.toSeconds(DateTime.distance(start, yield* DateTime.now))
    yield* Console.log(`${event} to ${customer} after ${seconds.toFixed()} s`)
  })
  return Deliver.toLayer(({ customer, event }) =>
    limited({ key: customer, limit: 2, window: "1 second", onExceeded: "delay" })(deliver(customer, event)).pipe(
      Effect.orDie
    )
  )
}))

const Manager = TaskManager.layerMemory.pipe(Layer.provide(TaskManager.configure({ pools: { deliveries: 100 } })))

export const program = TaskManager.TaskManager.use((manager) =>
  Effect.forEach(
    ["acme", "acme", "acme", "acme", "acme", "zoo"],
    (customer, i) => manager.run(Deliver.template({ customer, event: `#${i + 1}` })),
    { concurrency: "unbounded" }
  )
).pipe(Effect.provide(DeliverLive.pipe(
  Layer.provide(RateLimiter.layer),
  Layer.provide(RateLimiter.layerStoreMemory),
  Layer.provideMerge(Manager)
)))

if (import.meta.main) NodeRuntime.runMain(program)
