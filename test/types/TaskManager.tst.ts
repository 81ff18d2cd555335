import {
  RecurringTask,
  type RecurringTaskInfo,
  Task,
  type TaskError,
  type TaskEvent,
  type TaskInfo,
  TaskManager,
  TaskRegistry
} from "brinjal"
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

  it("adds errors that have a name to those of the task", () => {
    expect<Effect.Error<typeof result>>().type.toBe<DiskFull | TaskManager.RunError>()
    const any = <T extends Task.Any>(template: Task.Template<T>): Effect.Effect<
      Task.Success<T>,
      Task.Error<T> | TaskManager.RunError,
      Task.HandlerOf<T> | Task.ResultServices<T>
    > => manager.run(template)
    expect<Effect.Error<ReturnType<typeof any<typeof Backup>>>>().type.toBe<DiskFull | TaskManager.RunError>()
  })

  it("requires the handler", () => {
    expect<Effect.Services<typeof result>>().type.toBe<Task.Handler<"Backup">>()
  })
})

describe("awaitTask", () => {
  const result = manager.awaitTask(Backup, "id")

  it("gives what the task gives, without a handler", () => {
    expect<Effect.Success<typeof result>>().type.toBe<{ readonly bytes: number }>()
    expect<Effect.Error<typeof result>>().type.toBe<DiskFull | TaskManager.AwaitError>()
    expect<TaskManager.AwaitError>().type.toBe<
      Exclude<TaskManager.RunError, TaskError.TaskPoolNotFound> | TaskError.TaskNotFound
    >()
    expect<Effect.Services<typeof result>>().type.toBe<never>()
  })
})

describe("a template of one of several tasks", () => {
  type Either = Task.Handler<"Backup"> | Task.Handler<"Sweep">
  const one = Math.random() < 0.5 ? templateTask : Sweep.template({})

  it("is queued and run, with the results of all of them", () => {
    const result = manager.run(one)
    const added = manager.addTaskToQueue(one)
    expect<Effect.Success<typeof result>>().type.toBe<{ readonly bytes: number } | void>()
    expect<Effect.Services<typeof result>>().type.toBe<Either>()
    expect<Effect.Services<typeof added>>().type.toBe<Either>()
  })

  it("is the template of a recurring task", () => {
    const added = manager.addRecurringTask({ cronExpression: "0 2 * * *", templateTask: one })
    const changed = manager.updateRecurringTask("nightly", { templateTask: one })
    expect<Effect.Services<typeof added>>().type.toBe<Either>()
    expect<Effect.Services<typeof changed>>().type.toBe<Either>()
  })

  it("may stand beside others, and as many ids come back", () => {
    const both = manager.addTasksToQueue([templateTask, Sweep.template({})])
    const each = Effect.forEach([templateTask, Sweep.template({})], manager.addTaskToQueue)
    const many = manager.addTasksToQueue([1, 2].map(() => templateTask))
    expect<Effect.Success<typeof both>>().type.toBe<readonly [string, string]>()
    expect<Effect.Success<typeof many>>().type.toBe<ReadonlyArray<string>>()
    expect<Effect.Services<typeof both>>().type.toBe<Either>()
    expect<Effect.Services<typeof each>>().type.toBe<Either>()
  })

  it("is declared beside others, with options that exist", () => {
    const backup = { recurringId: "backup", cronExpression: "0 2 * * *", templateTask }
    const declared = manager.declareRecurringTasks([
      backup,
      { recurringId: "sweep", cronExpression: "0 * * * *", templateTask: Sweep.template({}) }
    ])
    expect<Effect.Services<typeof declared>>().type.toBe<Either>()
    expect(manager.declareRecurringTasks).type.not.toBeCallableWith([
      { recurringId: "backup", cronExpression: "0 2 * * *", templateTask, maxConcurent: 1 }
    ])
  })

  it("is known to a function that takes any", () => {
    const queued = <T extends Task.Any>(template: Task.Template<T>) => manager.addTaskToQueue(template)
    expect<Effect.Services<ReturnType<typeof queued<typeof Backup>>>>().type.toBe<Task.Handler<"Backup">>()
  })
})

describe("a template of a task that is not known at compile time", () => {
  const unknown = Effect.flatMap(
    TaskRegistry.TaskRegistry,
    (registry) => registry.definition("Backup")!.definition.templateEffect({ source: "/data" })
  )
  const queue = (template: Task.Template) => manager.addTaskToQueue(template)
  const run = (template: Task.Template) => manager.run(template)

  it("requires no handler", () => {
    const queued = Effect.flatMap(unknown, manager.addTaskToQueue)
    expect<Effect.Services<typeof queued>>().type.toBe<TaskRegistry.TaskRegistry>()
    expect<Effect.Services<ReturnType<typeof queue>>>().type.toBe<never>()
  })

  it("is run, with a result of any type", () => {
    expect<Effect.Services<ReturnType<typeof run>>>().type.toBe<never>()
    expect<Effect.Success<ReturnType<typeof run>>>().type.toBe<unknown>()
  })

  it("is the template of a recurring task", () => {
    const add = (templateTask: Task.Template) => manager.addRecurringTask({ cronExpression: "0 2 * * *", templateTask })
    const change = (templateTask: Task.Template) => manager.updateRecurringTask("nightly", { templateTask })
    const layer = (templateTask: Task.Template) =>
      RecurringTask.layer("nightly", { cronExpression: "0 2 * * *", templateTask })
    expect<Effect.Services<ReturnType<typeof add>>>().type.toBe<never>()
    expect<Effect.Services<ReturnType<typeof change>>>().type.toBe<never>()
    expect<Layer.Services<ReturnType<typeof layer>>>().type.toBe<TaskManager.TaskManager>()
  })

  it("leaves others their handlers", () => {
    const both = (template: Task.Template) => manager.addTasksToQueue([template, templateTask])
    const either = (template: Task.Template) => manager.run(Math.random() < 0.5 ? template : templateTask)
    expect<Effect.Services<ReturnType<typeof both>>>().type.toBe<Task.Handler<"Backup">>()
    expect<Effect.Services<ReturnType<typeof either>>>().type.toBe<Task.Handler<"Backup">>()
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

  it("does not compile with a promise that is provided where no registry hears of it", () => {
    const misplaced = program.pipe(
      Effect.provide(TaskManager.layerMemory.pipe(Layer.provideMerge(Backup.handledElsewhere)))
    )
    expect<Effect.Services<typeof misplaced>>().type.toBe<TaskRegistry.TaskRegistry>()
    expect(Effect.runPromise<string, TaskManager.EnqueueError>).type.not.toBeCallableWith(misplaced)
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

describe("acting on many tasks", () => {
  it("takes only a status of those that something can be done to", () => {
    expect(manager.retryTasks).type.toBeCallableWith({ status: "cancelled" })
    expect(manager.retryTasks).type.not.toBeCallableWith({ status: "queued" })
    expect(manager.cancelTasks).type.toBeCallableWith({ status: "queued", taskType: "Backup" })
    expect(manager.cancelTasks).type.not.toBeCallableWith({ status: "done" })
    expect(manager.removeTasks).type.toBeCallableWith({ status: "running" })
  })

  it("says in its error how many were done, if some were", () => {
    const removed = manager.removeTasks({ status: "done" })
    expect<Effect.Error<typeof removed>>().type.toBe<TaskError.TaskStoreError | TaskError.TasksPartlyDone>()
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
