/**
 * A task that hands out work and waits for it: its children have its id as their parent.
 *
 * All run in the pool `single`, which has room for one task. A task that waits for another one lends its place
 * meanwhile, so that the pool cannot wait for itself.
 *
 * Run it: `npx node --conditions=source examples/06_children.ts`
 */
import { NodeRuntime } from "@effect/platform-node"
import { Task, TaskManager } from "brinjal"
import { Console, Effect, Layer, Schema } from "effect"

class CountWords extends Task.make("CountWords", {
  payload: { text: Schema.String },
  success: Schema.Int,
  semaphore: "single"
}) {}

const CountWordsLive = CountWords.toLayer(({ text }) => Effect.succeed(text.split(" ").length))

class CountAll extends Task.make("CountAll", {
  payload: { texts: Schema.Array(Schema.String) },
  success: Schema.Int,
  semaphore: "single"
}) {}

/** The handler needs the manager and the handler of its children, and so does its Layer. */
const CountAllLive = CountAll.toLayer(
  Effect.fn("CountAll")(function*({ texts }) {
    const manager = yield* TaskManager.TaskManager
    const counts = yield* Effect.forEach(
      texts,
      (text) => Effect.orDie(manager.run(CountWords.template({ text }))),
      { concurrency: "unbounded" }
    )
    return counts.reduce((a, b) => a + b, 0)
  })
)

export const program = Effect.gen(function*() {
  const manager = yield* TaskManager.TaskManager
  const texts = ["to be or not to be", "that is the question"]
  const words = yield* manager.run(CountAll.template({ texts }))
  const [parent] = yield* manager.searchTasks({ taskType: "CountAll" })
  const children = yield* manager.searchTasks({ parentId: parent!.taskId })
  yield* Console.log(`${words} words, counted by ${children.length} children of one task`)
}).pipe(Effect.provide(
  CountAllLive.pipe(Layer.provideMerge(CountWordsLive), Layer.provideMerge(TaskManager.layerMemory))
))

if (import.meta.main) NodeRuntime.runMain(program)
