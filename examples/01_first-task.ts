/**
 * A task is a typed definition, its program is a Layer, and an instance is data.
 *
 * Run it: `npx node --conditions=source examples/01_first-task.ts`
 */
import { NodeRuntime } from "@effect/platform-node"
import { Task, TaskManager } from "brinjal"
import { Console, Effect, Layer, Schema } from "effect"

class NotANumber extends Schema.TaggedError<NotANumber>()("NotANumber", { text: Schema.String }) {}

/** What goes in, what comes out, and what may go wrong. */
class Sum extends Task.make("Sum", {
  payload: { numbers: Schema.Array(Schema.String) },
  success: Schema.Finite,
  error: NotANumber
}) {}

/** How it is done. A wrong result or an error that was not declared would not compile. */
const SumLive = Sum.toLayer(
  Effect.fn("Sum")(function*({ numbers }) {
    let sum = 0
    for (const text of numbers) {
      if (Number.isNaN(Number(text))) return yield* new NotANumber({ text })
      sum += Number(text)
    }
    return sum
  })
)

/** The result is a number, the failure one of the declared ones. */
const add = Effect.fnUntraced(function*(...numbers: ReadonlyArray<string>) {
  const manager = yield* TaskManager.TaskManager
  yield* manager.run(Sum.template({ numbers })).pipe(
    Effect.flatMap((sum) => Console.log(`${numbers.join(" + ")} = ${sum}`)),
    Effect.catchTag("NotANumber", ({ text }) => Console.log(`"${text}" is not a number`))
  )
})

export const program = add("1", "2", "3.5").pipe(
  Effect.andThen(add("1", "two")),
  Effect.provide(SumLive.pipe(Layer.provideMerge(TaskManager.layerMemory)))
)

if (import.meta.main) NodeRuntime.runMain(program)
