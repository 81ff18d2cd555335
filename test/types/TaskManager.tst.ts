import { type RecurringTaskInfo, Task, type TaskError, type TaskEvent, type TaskInfo, TaskManager } from "brinjal"
import { Effect, Layer, Schema, type Stream } from "effect"
import { describe, expect, it } from "tstyche"

class DiskFull extends Schema.TaggedError<DiskFull>()("DiskFull", { path: Schema.String }) {}

class Backup extends Task.make("Backup", {
  payload: { source: Schema.String },
  success: Schema.Struct({ bytes: Schema.Int }),
  error: DiskFull
}) {}

class Sweep extends Task.make("Sweep") {}

const BackupLive = Backup.toLayer(() => Effect.succeed({ bytes: 0 }))
const SweepLive = Sweep.toLayer(() => Effect.void)

const templateTask = Backup.template({ source: "/data" })

declare const manager: TaskManager.TaskManager["Service"]

describe("run", () => {
  const result = manager.run(templateTask)

  it("gives the success of the task", () => {
    expect<Effect.Success<typeof result>>().type.toBe<{ readonly bytes: number }>()
  })

  it("fails with the error of the task, or because it could not run to its end", () => {
    expect<Effect.Error<typeof result>>().type.toBe<
      | DiskFull
      | TaskError.TaskAbandoned
      | TaskError.TaskCancelled
      | TaskError.TaskTimedOut
      | TaskManager.EnqueueError
    >()
  })

  it("requires the handler", () => {
    expect<Effect.Services<typeof result>>().type.toBe<Task.Handler<"Backup">>()
    expect<Effect.Services<ReturnType<typeof manager.run<typeof Backup | typeof Sweep>>>>().type.toBe<
      Task.Handler<"Backup"> | Task.Handler<"Sweep">
    >()
  })
})

describe("a program", () => {
  const program = TaskManager.TaskManager.use((manager) => manager.addTaskToQueue(templateTask))
  const provided = <A, E, R>(handlers: Layer.Layer<A, E, R>) =>
    program.pipe(Effect.provide(handlers.pipe(Layer.provideMerge(TaskManager.layerMemory))))

  it("compiles with the handler, or the promise that it runs elsewhere", () => {
    const withHandler = provided(BackupLive)
    const elsewhere = provided(Backup.handledElsewhere)
    expect<Effect.Services<typeof withHandler>>().type.toBe<never>()
    expect<Effect.Services<typeof elsewhere>>().type.toBe<never>()
    expect(Effect.runPromise<string, TaskManager.EnqueueError>).type.toBeCallableWith(withHandler)
  })

  it("does not compile without it", () => {
    const forgotten = provided(SweepLive)
    expect<Effect.Services<typeof forgotten>>().type.toBe<Task.Handler<"Backup">>()
    expect(Effect.runPromise<string, TaskManager.EnqueueError>).type.not.toBeCallableWith(forgotten)
  })
})

describe("addRecurringTask", () => {
  it("takes a cron expression with a time zone", () => {
    expect(manager.addRecurringTask).type.toBeCallableWith({ cronExpression: "0 2 * * *", templateTask })
    expect(manager.addRecurringTask).type.toBeCallableWith({
      recurringId: "nightly",
      cronExpression: "0 2 * * *",
      timezone: "Europe/London",
      templateTask,
      maxConcurrent: 3,
      overlap: "bufferOne",
      onMissed: "latest",
      jitter: "1 minute"
    })
  })

  it("takes no options without a schedule or a template, and no unknown policy", () => {
    expect(manager.addRecurringTask).type.not.toBeCallableWith({ templateTask })
    expect(manager.addRecurringTask).type.not.toBeCallableWith({ cronExpression: "0 2 * * *" })
    expect(manager.addRecurringTask).type.not.toBeCallableWith({
      cronExpression: "0 2 * * *",
      templateTask,
      overlap: "queue"
    })
    expect(manager.addRecurringTask).type.not.toBeCallableWith({
      cronExpression: "0 2 * * *",
      templateTask,
      maxConcurent: 1
    })
  })

  it("requires the handler of the template", () => {
    const added = manager.addRecurringTask({ cronExpression: "0 2 * * *", templateTask })
    expect<Effect.Services<typeof added>>().type.toBe<Task.Handler<"Backup">>()
  })
})

describe("updateRecurringTask", () => {
  it("requires a handler only for a new template", () => {
    const moved = manager.updateRecurringTask("nightly", { timezone: "Europe/London" })
    const changed = manager.updateRecurringTask("nightly", { templateTask })
    expect<Effect.Success<typeof moved>>().type.toBe<RecurringTaskInfo.RecurringTaskInfo>()
    expect<Effect.Services<typeof moved>>().type.toBe<never>()
    expect<Effect.Services<typeof changed>>().type.toBe<Task.Handler<"Backup">>()
  })

  it("moves no id", () => {
    expect(manager.updateRecurringTask).type.not.toBeCallableWith("nightly", { recurringId: "daily" })
  })
})

describe("what the manager shows", () => {
  it("is typed data", () => {
    expect(manager.getTask("id")).type.toBe<
      Effect.Effect<TaskInfo.TaskInfo, TaskError.TaskNotFound | TaskError.TaskStoreError>
    >()
    expect(manager.updates).type.toBe<Stream.Stream<TaskEvent.TaskUpdate, TaskError.TaskStoreError>>()
    expect(manager.searchTasks).type.not.toBeCallableWith({ status: "finished" })
  })
})

describe("the layers", () => {
  it("in memory cannot fail and requires nothing", () => {
    expect<Layer.Error<typeof TaskManager.layerMemory>>().type.toBe<never>()
    expect<Layer.Services<typeof TaskManager.layerMemory>>().type.toBe<never>()
    expect<Layer.Success<typeof TaskManager.layerMemory>>().type.toBeAssignableFrom<TaskManager.TaskManager>()
  })
})
