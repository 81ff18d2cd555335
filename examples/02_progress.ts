/**
 * A task says how far it is, and anybody can watch: a stream of its changes, from how it is now to its end.
 *
 * Run it: `npx node --conditions=source examples/02_progress.ts`
 */
import { NodeRuntime } from "@effect/platform-node"
import { Task, TaskManager } from "brinjal"
import { Console, Effect, Layer, Option, Schema, Stream } from "effect"

class Bake extends Task.make("Bake", {
  payload: { loaves: Schema.Int },
  heading: "Waiting for the oven"
}) {}

/** `Task.update` compiles only here, inside a task. The fields that are left out keep their values. */
const BakeLive = Bake.toLayer(
  Effect.fn("Bake")(function*({ loaves }) {
    yield* Task.update({ heading: "Baking" })
    for (let done = 1; done <= loaves; done++) {
      yield* Effect.sleep("200 millis")
      yield* Task.update({ body: `loaf ${done} of ${loaves}`, progress: 100 * done / loaves })
    }
    yield* Task.update({ heading: "Baked" })
  })
)

export const program = Effect.gen(function*() {
  const manager = yield* TaskManager.TaskManager
  const taskId = yield* manager.addTaskToQueue(Bake.template({ loaves: 4 }))
  yield* manager.taskUpdates(taskId).pipe(
    Stream.runForEach(({ body, heading, progress, status }) =>
      Console.log(
        [
          status.padEnd(7),
          `${progress}%`.padStart(4),
          Option.getOrElse(heading, () => ""),
          Option.getOrElse(body, () => "")
        ].join(" ").trimEnd()
      )
    )
  )
}).pipe(Effect.provide(BakeLive.pipe(Layer.provideMerge(TaskManager.layerMemory))))

if (import.meta.main) NodeRuntime.runMain(program)
