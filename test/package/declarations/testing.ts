/**
 * What tests are made of, exported without annotations.
 */
import { TaskManager } from "brinjal"
import { TaskStoreSql } from "brinjal/sql"
import { SqliteClient } from "brinjal/sqlite"
import { TaskManagerTest, TaskStoreTest, Testing } from "brinjal/testing"
import { Effect, Layer } from "effect"
import { GreetLive, Mailer, run } from "./tasks.ts"

export const Virtual = Testing.layer
export const NewYear = Testing.layerAt("2030-01-01T00:00:00Z")
export const Clock = Testing.layerClock()
export const Durable = Testing.layerOver(
  TaskStoreSql.layer.pipe(Layer.provide(SqliteClient.layer({ filename: ":memory:" })))
)
export const Kit = GreetLive.pipe(
  Layer.provideMerge(Virtual),
  Layer.provide(Layer.succeed(Mailer, { send: () => Effect.void }))
)
export const program = Effect.gen(function*() {
  yield* Testing.advance("1 day")
  yield* Testing.runUntilIdle()
  return yield* run("you")
}).pipe(Effect.provide(Kit))
export const idle = Testing.runUntilIdle()
export const timeline = Testing.timeline("nightly")
export const suites = (layer: typeof Kit) => [TaskManagerTest.suite, TaskStoreTest.suite, layer] as const
export const manager = Effect.provide(TaskManager.TaskManager.use((manager) => manager.health), Virtual)
