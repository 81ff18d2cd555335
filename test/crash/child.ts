/**
 * The program that is killed: declares recurring tasks of every kind, queues tasks, operates, and writes down what it was
 * promised. Started with its settings as the only argument; begins when a line with its orders comes in.
 */
import { PgClient } from "@effect/sql-pg"
import { RecurringTask, type Task, type TaskError, TaskManager, TaskStore } from "brinjal"
import { TaskStoreSql } from "brinjal/sql"
import { SqliteClient } from "brinjal/sqlite"
import { Array as Arr, Cause, Effect, Exit, Layer, Random, Redacted, Schema } from "effect"
import * as Fs from "node:fs"
import * as fastClock from "./fastClock.ts"
import * as journal from "./journal.ts"
import * as killing from "./killing.ts"
import * as life from "./life.ts"
import * as world from "./world.ts"

const settings = Schema.decodeUnknownSync(Schema.fromJsonString(life.Settings))(process.argv[2])

const Client = fastClock.live(
  settings.postgres === null
    ? SqliteClient.layer({ filename: settings.place })
    : PgClient.layer({ url: Redacted.make(settings.postgres), maxConnections: 4, applicationName: settings.place })
)

const Store = killing.layer(
  fastClock.live(
    TaskStoreSql.layerWith(settings.postgres === null ? {} : { schema: settings.place }).pipe(Layer.provide(Client))
  )
)

const configuration = TaskManager.configure({
  name: settings.name ?? undefined,
  lease: settings.lease,
  pools: world.pools,
  shutdownGrace: "2 seconds",
  // nothing is forgotten, so that everything can be checked
  retention: { done: 1_000_000, failed: 1_000_000, cancelled: 1_000_000, outcomes: 1_000_000 }
})

const append = journal.writer(settings.journal)

/** Writes into the journal, with a sign to who has started this process. */
const write = (entry: journal.Entry): void => {
  append(entry)
  Fs.writeSync(life.signs, ".")
}

/** Between one and so many milliseconds. */
const pause = (most: number) => Effect.flatMap(Random.nextIntBetween(1, most), (millis) => Effect.sleep(millis))

/** A store that is slow refuses; what is refused is not promised. */
const unlessRefused = <A, E extends { readonly _tag: string }, R>(self: Effect.Effect<A, E, R>) =>
  Effect.catchIf(
    Effect.asVoid(self),
    ({ _tag }) => _tag === "TaskStoreError",
    () => Effect.void
  )

const started = Effect.fnUntraced(function*(number: number) {
  const manager = yield* TaskManager.TaskManager
  write({ _tag: "Started", life: number, owner: (yield* manager.health).owner })
})

const queueOne = Effect.fnUntraced(function*(
  number: number,
  template: Task.Template<typeof world.Work> | Task.Template<typeof world.InLine>
) {
  const manager = yield* TaskManager.TaskManager
  write({ _tag: "Queued", life: number, taskId: yield* manager.addTaskToQueue(template) })
}, unlessRefused)

const queueMany = Effect.fnUntraced(function*(number: number, many: number) {
  const manager = yield* TaskManager.TaskManager
  const taskIds = yield* manager.addTasksToQueue(
    Array.from({ length: many }, () => world.Quick.template({ millis: 0 }))
  )
  for (const taskId of taskIds) write({ _tag: "Queued", life: number, taskId })
}, unlessRefused)

const queueLater = Effect.fnUntraced(function*(
  number: number,
  delay: number,
  template: Task.Template<typeof world.Quick> | Task.Template<typeof world.InLine> = world.Quick.template({ millis: 0 })
) {
  const manager = yield* TaskManager.TaskManager
  const taskId = yield* manager.scheduleTask(template, { delay })
  write({ _tag: "Queued", life: number, taskId })
}, unlessRefused)

/** Is over when all of these tasks have ended. Few are looked at again and again, so that this slows nothing down. */
const ended = Effect.fnUntraced(function*(taskIds: ReadonlyArray<string>) {
  const store = yield* TaskStore.TaskStore
  for (const some of Arr.chunksOf(taskIds, 100)) {
    const found = Effect.delay(store.getTasks(some), "1 second")
    yield* Effect.repeat(found, { until: (tasks) => tasks.every(({ completedAt }) => completedAt !== null) })
  }
})

/** Queues many short tasks at once, and some that are not as short, cancels a few, and waits until all have ended. */
const burst = Effect.fnUntraced(function*(number: number, many: number) {
  const manager = yield* TaskManager.TaskManager
  yield* started(number)
  const long = yield* Random.nextIntBetween(50, 500)
  const templates = Array.from({ length: many }, (_, i) => world.Quick.template({ millis: i % long === 49 ? long : 0 }))
  const taskIds = yield* manager.addTasksToQueue(templates)
  for (const taskId of taskIds) write({ _tag: "Queued", life: number, taskId })
  for (let i = 0; i < 20; i++) {
    yield* pause(200)
    const taskId = taskIds[yield* Random.nextIntBetween(0, many - 1)]!
    write({ _tag: "Cancelling", life: number, taskId })
    yield* Effect.ignore(manager.cancelTask(taskId))
  }
  yield* ended(taskIds)
}, unlessRefused)

/** Queues tasks, some at the same moment. */
const submit = (number: number) =>
  Effect.forever(Effect.gen(function*() {
    const many = yield* Random.nextIntBetween(1, 5)
    const templates = Array.from({ length: many }, (_, i) => world.Work.template({ millis: 100 * i }))
    yield* Effect.forEach(templates, (template) => queueOne(number, template), { concurrency: "unbounded" })
    yield* pause(800)
  }))

/** Queues tasks that are done at once, many of them at the same moment. */
const submitMany = (number: number) =>
  Effect.forever(Effect.gen(function*() {
    yield* queueMany(number, yield* Random.nextIntBetween(5, 40))
    yield* pause(1_500)
  }))

/** Queues tasks for later, some for the same moment. */
const submitLater = (number: number) =>
  Effect.forever(Effect.gen(function*() {
    const delay = yield* Random.nextIntBetween(1, 3_000)
    const many = yield* Random.nextIntBetween(1, 5)
    yield* Effect.forEach(Arr.range(1, many), () => queueLater(number, delay), { concurrency: "unbounded" })
    yield* pause(600)
  }))

/** Queues tasks that run one after another for each customer, some at the same moment, and some for later. */
const submitInLine = (number: number) =>
  Effect.forever(Effect.gen(function*() {
    const many = yield* Random.nextIntBetween(1, 4)
    const templates = Array.from(
      { length: many },
      (_, i) => world.InLine.template({ customer: "abc"[i % 3]!, millis: 50 * i })
    )
    yield* Effect.forEach(templates, (template) => queueOne(number, template), { concurrency: "unbounded" })
    yield* queueLater(
      number,
      yield* Random.nextIntBetween(1, 2_000),
      world.InLine.template({ customer: "b", millis: 0 })
    )
    yield* pause(1_000)
  }))

const said = <A, E, R>(number: number, recurringId: string, change: string, self: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    write({ _tag: "Asked", life: number, recurringId, change })
    yield* self
    write({ _tag: "Answered", life: number, recurringId, change })
  })

const cancelOne = Effect.fnUntraced(function*(number: number) {
  const manager = yield* TaskManager.TaskManager
  const running = yield* manager.searchTasks({ status: "running", limit: 5 })
  const one = running[yield* Random.nextIntBetween(0, 5)]
  if (one === undefined) return
  write({ _tag: "Cancelling", life: number, taskId: one.taskId })
  yield* Effect.ignore(manager.cancelTask(one.taskId))
})

/** The acts of an operator: switches on and off, changes, triggers, cancels, adds and removes. */
const act = Effect.fnUntraced(function*(number: number, turn: number) {
  const manager = yield* TaskManager.TaskManager
  const added = `added-${number}-${Math.floor(turn / 7)}`
  switch (turn % 7) {
    case 0:
      return yield* said(number, "operated", "disabled", manager.disableRecurringTask("operated"))
    case 1:
      return yield* said(number, "operated", "enabled", manager.enableRecurringTask("operated"))
    case 2:
      return yield* manager.updateRecurringTask("operated", { maxConcurrent: yield* Random.nextIntBetween(1, 3) })
    case 3:
      return yield* Effect.ignore(manager.triggerRecurringTask("skip"))
    case 4:
      return yield* cancelOne(number)
    case 5:
      return yield* said(
        number,
        added,
        "added",
        manager.addRecurringTask({ ...world.dynamic, recurringId: added })
      )
    default:
      return yield* Effect.ignore(said(number, added, "removed", manager.removeRecurringTask(added)))
  }
}, unlessRefused)

const operate = (number: number) =>
  Effect.gen(function*() {
    for (let turn = 0;; turn++) {
      yield* act(number, turn)
      yield* pause(600)
    }
  })

const busy = (number: number) =>
  Effect.gen(function*() {
    yield* started(number)
    const deeds = [
      submit(number),
      submit(number),
      submitMany(number),
      submitLater(number),
      submitInLine(number),
      operate(number)
    ]
    yield* Effect.all(deeds, { concurrency: "unbounded" })
  }).pipe(
    Effect.provide(RecurringTask.layerAll(world.declarations)),
    Effect.retry({ while: (error) => error._tag === "TaskStoreError" })
  )

/**
 * Lets everything come to its end. The buffers are looked at first, since what leaves one is a task from then on; the tasks
 * all at once, since one may wait again that has run.
 */
const drain = Effect.gen(function*() {
  const manager = yield* TaskManager.TaskManager
  const store = yield* TaskStore.TaskStore
  for (const { recurringId } of yield* manager.getAllRecurringTasks) yield* manager.disableRecurringTask(recurringId)
  const left = Effect.all([
    Effect.map(store.configs, (all) => all.flatMap(({ record }) => record.buffer)),
    store.liveTasks
  ])
  const queued = store.searchTasks({ where: { status: "queued" }, payload: {}, offset: 0, limit: 1 })
  // they may be thousands, which are not read again and again
  const none = <A>(self: Effect.Effect<ReadonlyArray<A>, TaskError.TaskStoreError>) =>
    Effect.repeat(Effect.delay(self, "1 second"), { until: (found) => found.length === 0 })
  yield* none(queued)
  yield* none(Effect.map(left, (found) => found.flat()))
})

/** A store that is far away, in lives of bursts: more short tasks end meanwhile than are reserved in one turn. */
const distant = (millis: number) =>
  Layer.effect(
    TaskStore.TaskStore,
    Effect.map(TaskStore.TaskStore, (store) => ({
      ...store,
      turn: (turn: TaskStore.Turn) => Effect.delay(store.turn(turn), millis)
    }))
  ).pipe(Layer.provide(Store))

const surroundings = ({ burst: many, life: number }: life.Orders) =>
  world.handlers(number, write).pipe(
    Layer.provideMerge(TaskManager.layer),
    Layer.provideMerge(many > 0 ? distant(many / 5) : Store),
    Layer.provide(configuration),
    Layer.provideMerge(fastClock.layer(settings.anchor))
  )

const program = (orders: life.Orders) => {
  const { burst: many, drains, life: number, plan } = orders
  killing.arm(plan)
  const withServices = Effect.provide(surroundings(orders))
  const deeds = drains ? withServices(drain) : many > 0 ? withServices(burst(number, many)) : withServices(busy(number))
  return Effect.ensuring(deeds, Effect.sync(() => write({ _tag: "Stopped", life: number })))
}

const begin = (orders: life.Orders): void => {
  const fiber = Effect.runFork(program(orders))
  process.once("SIGTERM", () => {
    killing.stop()
    fiber.interruptUnsafe()
  })
  fiber.addObserver((exit) => {
    const fine = Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)
    if (!fine) process.stderr.write(Cause.pretty(exit.cause))
    process.exit(fine ? 0 : 1)
  })
}

killing.patchDrivers()
process.stdin.once("data", (line) => begin(Schema.decodeUnknownSync(Schema.fromJsonString(life.Orders))(String(line))))
