/**
 * Tasks, their handlers, and what runs them, exported without annotations as users do.
 */
import { Task, TaskManager, TaskRegistry } from "brinjal"
import { Context, Effect, Layer, Schedule, Schema, type Stream } from "effect"

export class Refused extends Schema.TaggedError<Refused>()("Refused", { name: Schema.String }) {}

export class Greet extends Task.make("Greet", {
  payload: { name: Schema.String, at: Schema.optionalKey(Schema.Date) },
  success: Schema.Struct({ text: Schema.String }),
  error: Refused,
  concurrency: { key: ({ name }) => name },
  retry: Schedule.upTo(Schedule.spaced("1 second"), { times: 2 })
}) {}

export class Nothing extends Task.make("Nothing") {}

export const plain = Task.make("Plain", { payload: { n: Schema.Int } })

export class Mailer
  extends Context.Service<Mailer, { readonly send: (to: string) => Effect.Effect<void> }>()("Mailer")
{}

export const greet = Effect.fn("Greet")(function*({ name }: typeof Greet.payloadSchema.Type) {
  const mailer = yield* Mailer
  const task = yield* Task.CurrentTask
  yield* Task.update({ heading: name, progress: 50 })
  yield* mailer.send(task.taskId)
  return name === "" ? yield* new Refused({ name }) : { text: `hello ${name}` }
})

export const GreetLive = Greet.toLayer(greet)
export const NothingLive = Nothing.toLayer(() => Effect.void)
export const Elsewhere = plain.handledElsewhere
export const HandlersLive = Layer.mergeAll(GreetLive, NothingLive, Elsewhere)

export const template = Greet.template({ name: "you" }, { priority: 1 })
export const templateEffect = Greet.templateEffect({ name: "you" })
export const either = (first: boolean) => first ? template : Nothing.template()

export const run = (name: string) => TaskManager.TaskManager.use((manager) => manager.run(Greet.template({ name })))
export const runEither = TaskManager.TaskManager.use((manager) => manager.run(either(true)))
export const queue = TaskManager.TaskManager.use((manager) => manager.addTaskToQueue(template))
export const queueMany = TaskManager.TaskManager.use((manager) =>
  manager.addTasksToQueue([template, Nothing.template()])
)
export const later = TaskManager.TaskManager.use((manager) => manager.scheduleTask(template, { delay: "1 day" }))
export const result = (id: string) => TaskManager.TaskManager.use((manager) => manager.awaitTask(Greet, id))

export const operate = Effect.gen(function*() {
  const manager = yield* TaskManager.TaskManager
  const tasks = yield* manager.searchTasks({ taskType: "Greet", status: "failed" })
  const bulk = yield* manager.retryTasks({ taskType: "Greet" })
  const cancelled = yield* manager.cancelTask(tasks[0]!.taskId)
  const health = yield* manager.health
  const why = yield* manager.explain("nightly", "2030-01-01")
  return { bulk, cancelled, health, tasks, why }
})

export const manage = TaskManager.TaskManager.use((manager) => Effect.succeed(manager))
export const context = Effect.context<Task.Handler<"Greet"> | TaskManager.TaskManager>()
export const known = TaskRegistry.TaskRegistry.use((registry) => Effect.succeed(registry.definitions()))
export const byName = TaskRegistry.TaskRegistry.use((registry) => Effect.succeed(registry.definition("Greet")))

export type Succeeds = Stream.Stream<Task.Success<typeof Greet>, Task.Error<typeof Greet>>
