/**
 * A hundred thousand recurring tasks in one process: added, left idle, and removed again.
 */
import { TaskManager } from "brinjal"
import { Effect } from "effect"
import { cpuMillis, figure, goal, heapUsed, table, title } from "./harness.ts"
import * as manager from "./manager.ts"

const count = 100_000
const idleSeconds = 5
const runtime = manager.make(() => {})
const ids = Array.from({ length: count }, (_, i) => `job-${i}`)

const addAll = Effect.gen(function*() {
  const { addRecurringTask } = yield* TaskManager.TaskManager
  const templateTask = manager.Sync.template({})
  for (const recurringId of ids) {
    yield* addRecurringTask({ recurringId, cronExpression: "0 2 1 1 *", timezone: "Europe/London", templateTask })
  }
})

const removeAll = Effect.gen(function*() {
  const { removeRecurringTask } = yield* TaskManager.TaskManager
  for (const id of ids) yield* removeRecurringTask(id)
})

/** Microseconds for each. */
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now()
  await work()
  return (performance.now() - from) * 1_000 / count
}

title(`${figure(count)} recurring tasks in one process`)
await runtime.runPromise(TaskManager.TaskManager)
const before = await heapUsed()
const adding = await timed(() => runtime.runPromise(addAll))
const full = await heapUsed()
const cpu = cpuMillis()
await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1_000))
const idle = (cpuMillis() - cpu) / (idleSeconds * 10)
const removing = await timed(() => runtime.runPromise(removeAll))
const after = await heapUsed()

table(["", ""], [
  ["added, µs each", figure(adding)],
  ["heap, bytes each", figure((full - before) / count)],
  [`CPU while idle for ${idleSeconds} s, % of a core`, figure(idle)],
  ["removed, µs each", figure(removing)],
  ["heap left behind, bytes each", figure((after - before) / count)]
])
console.log()
goal("at most 1 % of a core while idle", idle, idle <= 1)
goal("at most 16 bytes each left behind", (after - before) / count, (after - before) / count <= 16)
await runtime.dispose()
