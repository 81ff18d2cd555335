/**
 * A thousand recurring tasks in one program. Each has a fiber and a heap entry of its own, and its own limit: the slow
 * one skips what it has no room for, and nobody else notices.
 *
 * Run it: `npx node --conditions=source examples/03_many-recurring.ts`
 */
import { NodeRuntime } from "@effect/platform-node"
import { RecurringTask, Task, TaskManager } from "brinjal"
import { Console, Effect, Layer, Schema } from "effect"

class Ping extends Task.make("Ping", { payload: { host: Schema.String }, semaphore: "pings" }) {}

const PingLive = Ping.toLayer(() => Effect.sleep("10 millis"))

/** Declared in code, as a Layer. Three lines are enough for an Effect without payload. */
const Slow = RecurringTask.effect("slow", {
  cronExpression: "* * * * * *",
  execute: Effect.sleep("1500 millis")
})

/** Added while the program runs. */
const addHosts = Effect.gen(function*() {
  const manager = yield* TaskManager.TaskManager
  for (let i = 1; i <= 1_000; i++) {
    yield* manager.addRecurringTask({
      recurringId: `ping-${i}`,
      cronExpression: "* * * * * *",
      templateTask: Ping.template({ host: `host-${i}` })
    })
  }
})

export const program = Effect.gen(function*() {
  const manager = yield* TaskManager.TaskManager
  yield* addHosts
  yield* Effect.sleep("3500 millis")
  const all = yield* manager.getAllRecurringTasks
  const pings = all.filter(({ recurringId }) => recurringId !== "slow")
  const runs = pings.reduce((sum, { totalRuns }) => sum + totalRuns, 0)
  yield* Console.log(`${pings.length} recurring pings ran ${runs} times`)
  for (const { outcome, reason, status } of [...yield* manager.outcomes("slow")].reverse()) {
    yield* Console.log(`slow: ${outcome} ${status._tag === "Some" ? status.value : reason}`)
  }
}).pipe(Effect.provide(
  Layer.mergeAll(PingLive, Slow).pipe(
    Layer.provideMerge(TaskManager.layerMemory),
    Layer.provide(TaskManager.configure({ pools: { pings: 1_000 }, shutdownGrace: 0 }))
  )
))

if (import.meta.main) NodeRuntime.runMain(program)
