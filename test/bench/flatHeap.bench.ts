/**
 * A million tasks through one manager: the heap must not grow with how many there have been.
 */
import { TaskManager } from "brinjal"
import { Effect } from "effect"
import { figure, goal, heapUsed, table, title } from "./harness.ts"
import * as manager from "./manager.ts"

const steps = 10
const step = 100_000

let left = 0
let done = () => {}

const runtime = manager.make(() => {
  if (--left === 0) done()
})

/** Queues tasks and waits until the last one has run. */
const runSome = async (): Promise<void> => {
  const finished = new Promise<void>((resolve) => {
    left = step
    done = resolve
  })
  await runtime.runPromise(manager.enqueue(manager.Async, step))
  await finished
}

/** Bytes per task by which the heap grows: the slope of the line through all points (least squares). */
const slope = (heaps: ReadonlyArray<number>): number => {
  const middle = (heaps.length - 1) / 2
  const mean = heaps.reduce((sum, heap) => sum + heap, 0) / heaps.length
  const covariance = heaps.reduce((sum, heap, i) => sum + (i - middle) * (heap - mean), 0)
  return covariance / heaps.reduce((sum, _, i) => sum + (i - middle) ** 2, 0) / step
}

title(`Heap after ${figure(steps * step)} tasks`)
await runSome()
const heaps = [await heapUsed()]
for (let i = 0; i < steps; i++) {
  await runSome()
  heaps.push(await heapUsed())
}
table(["tasks", "heap MB"], heaps.map((heap, i) => [figure(i * step), (heap / 1e6).toFixed(2)]))
const kept = await runtime.runPromise(
  TaskManager.TaskManager.use((all) => Effect.map(all.getAllTasks, (x) => x.length))
)
console.log(`\n${kept} tasks are kept`)
goal("less than 1 byte more per task", slope(heaps), slope(heaps) < 1)
await runtime.dispose()
