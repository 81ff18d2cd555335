import { Recurrence, RecurringTask, Task, TaskManager } from "brinjal"
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import { describe, expect, it } from "tstyche"

class Disk extends Context.Service<Disk, { readonly free: Effect.Effect<number> }>()("app/Disk") {}

class Backup extends Task.make("Backup", { payload: { source: Schema.String } }) {}
class Sweep extends Task.make("Sweep") {}

const BackupLive = Backup.toLayer(() => Effect.asVoid(Disk.use((disk) => disk.free)))
const SweepLive = Sweep.toLayer(() => Effect.void)

const Nightly = RecurringTask.layer("nightly", {
  cronExpression: "0 2 * * *",
  templateTask: Backup.template({ source: "/data" })
})

describe("RecurringTask.layer", () => {
  it("requires the manager and the handler of its template", () => {
    expect<Layer.Services<typeof Nightly>>().type.toBe<TaskManager.TaskManager | Task.Handler<"Backup">>()
    expect<Layer.Error<typeof Nightly>>().type.toBe<RecurringTask.DeclareError>()
  })

  it("launches with its handler, whose requirements are left", () => {
    const app = Nightly.pipe(Layer.provide(BackupLive), Layer.provide(TaskManager.layerMemory))
    const complete = app.pipe(Layer.provide(Layer.succeed(Disk, { free: Effect.succeed(1) })))
    expect<Layer.Services<typeof app>>().type.toBe<Disk>()
    expect(Effect.runPromise<never, RecurringTask.DeclareError>).type.toBeCallableWith(Layer.launch(complete))
  })

  it("does not launch without it", () => {
    const app = Nightly.pipe(Layer.provide(SweepLive), Layer.provide(TaskManager.layerMemory))
    expect<Layer.Services<typeof app>>().type.toBe<Task.Handler<"Backup">>()
    expect(Effect.runPromise<never, RecurringTask.DeclareError>).type.not.toBeCallableWith(Layer.launch(app))
  })

  it("takes a template of one of several tasks", () => {
    const templateTask = Math.random() < 0.5 ? Backup.template({ source: "/data" }) : Sweep.template({})
    const either = RecurringTask.layer("either", { cronExpression: "0 2 * * *", templateTask })
    expect<Layer.Services<typeof either>>().type.toBe<
      TaskManager.TaskManager | Task.Handler<"Backup"> | Task.Handler<"Sweep">
    >()
  })

  it("takes its id from nowhere else", () => {
    expect(RecurringTask.layer).type.not.toBeCallableWith("nightly", {
      recurringId: "daily",
      cronExpression: "0 2 * * *",
      templateTask: Backup.template({ source: "/data" })
    })
  })
})

describe("RecurringTask.effect", () => {
  it("requires what its effect requires, but for what each instance provides", () => {
    const sweep = RecurringTask.effect("sweep", {
      cronExpression: "0 * * * *",
      execute: Effect.andThen(Task.update({ progress: 50 }), Disk.use((disk) => disk.free))
    })
    const app = sweep.pipe(Layer.provide(TaskManager.layerMemory))
    expect<Layer.Services<typeof app>>().type.toBe<Disk>()
  })
})

describe("Recurrence.at", () => {
  it("takes a list of instants in any form, and no single text", () => {
    expect(Recurrence.at).type.toBeCallableWith(["2026-12-24T18:00:00Z", 1_767_225_600_000, new Date()])
    expect(Recurrence.at).type.toBeCallableWith(new Set([DateTime.makeUnsafe(0)]))
    expect(Recurrence.at).type.not.toBeCallableWith("2026-12-24T18:00:00Z")
  })
})
