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

const add = Effect.gen(function*() {
  const { addRecurringTask } = yield* TaskManager.TaskManager
  const templateTask = manager.Sync.template({})
  for (const recurringId of ids) {
    yield* addRecurringTask({ recurringId, cronExpression: "0 2 1 1 *", timezone: "Europe/London", templateTask })
  }
})

const remove = Effect.gen(function*() {
  const { removeRecurringTask } = yield* TaskManager.TaskManager
  for (const id of ids) yield* removeRecurringTask(id)
})

/** Microseconds for each. */
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now()
  await work()
  return (performance.now() - from) * 1_000 / count
}

interface Costs {
  readonly adding: number
  readonly bytes: number
  readonly idle: number
  readonly removing: number
  readonly left: number
}

const cycle = async (): Promise<Costs> => {
  const before = await heapUsed()
  const adding = await timed(() => runtime.runPromise(add))
  const bytes = (await heapUsed() - before) / count
  const cpu = cpuMillis()
  await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1_000))
  const idle = (cpuMillis() - cpu) / (idleSeconds * 10)
  const removing = await timed(() => runtime.runPromise(remove))
  return { adding, bytes, idle, removing, left: (await heapUsed() - before) / count }
}

title(`${figure(count)} recurring tasks in one process`)
const costs = [await cycle(), await cycle(), await cycle()]
const row = (name: string, of: keyof Costs) => [name, ...costs.map((one) => figure(one[of]))]
table(["each of them, three times in a row", "1st", "2nd", "3rd"], [
  row("added, µs", "adding"),
  row("heap, bytes", "bytes"),
  row(`CPU of all while idle for ${idleSeconds} s, % of a core`, "idle"),
  row("removed, µs", "removing"),
  row("heap left behind, bytes", "left")
])
const { idle, left } = costs[2]!
console.log()
goal("at most 1 % of a core while idle", idle, idle <= 1)
goal("at most 1 byte each left behind", left, left <= 1)
await runtime.dispose()
