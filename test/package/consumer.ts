/**
 * A program as a user writes it. It runs against the packed package, compiled with every check that TypeScript has.
 */
import { RecurringTask, Task, TaskManager } from "brinjal"
import { Effect, Layer, Schema } from "effect"

class Refused extends Schema.TaggedError<Refused>()("Refused", { name: Schema.String }) {}

class Greet extends Task.make("Greet", {
  payload: { name: Schema.String },
  success: Schema.String,
  error: Refused
}) {}

const GreetLive = Greet.toLayer(
  Effect.fn("Greet")(function*({ name }) {
    yield* Task.update({ heading: name, progress: 50 })
    return name === "" ? yield* new Refused({ name }) : `hello ${name}`
  })
)

const Daily = RecurringTask.layer("daily", {
  cronExpression: "0 2 * * *",
  templateTask: Greet.template({ name: "everybody" })
})

// were a type lost on its way into the package it would be `any`, and these lines would compile
// @ts-expect-error: the payload is incomplete
export const incomplete = () => Greet.template({})
// @ts-expect-error: the result is a number
export const wrongResult = Greet.toLayer(() => Effect.succeed(1))

// @ts-expect-error: internals are closed
export type { Entry } from "brinjal/internal/heap"

const program = Effect.gen(function*() {
  const manager = yield* TaskManager.TaskManager
  const configs = yield* manager.getAllRecurringTasks
  const greeting: string = yield* manager.run(Greet.template({ name: `${configs.length} recurring task` }))
  return greeting
})

const App = Daily.pipe(Layer.provideMerge(GreetLive), Layer.provideMerge(TaskManager.layerMemory))

Effect.runPromise(program.pipe(Effect.provide(App))).then((greeting) => {
  if (greeting !== "hello 1 recurring task") throw new Error(`unexpected greeting: ${greeting}`)
})
