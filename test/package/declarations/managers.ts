/**
 * Managers over every store, and what is around them, exported without annotations.
 */
import { RecurringTask, TaskEvents, TaskManager, TaskStore, Ticker } from "brinjal"
import { TaskStoreSql } from "brinjal/sql"
import { SqliteClient } from "brinjal/sqlite"
import { Config, Effect, Layer, Stream } from "effect"
import { Nightly } from "./recurring.ts"
import { GreetLive, HandlersLive, Mailer, template } from "./tasks.ts"

export const Memory = TaskManager.layerMemory
export const MemoryStore = TaskManager.layer.pipe(Layer.provideMerge(TaskStore.layerMemory))
export const Configured = TaskManager.configure({ pools: { mail: 2 }, name: "worker-1" })
export const Sqlite = SqliteClient.layer({ filename: "tasks.db" })
export const SqliteFromConfig = SqliteClient.layerConfig({ filename: Config.String("FILE") })
export const sqlite = SqliteClient.make({ filename: ":memory:" })
export const Store = TaskStoreSql.layer
export const PrefixedStore = TaskStoreSql.layerWith({ prefix: "jobs_", schema: "jobs" })
export const store = TaskStoreSql.make()
export const Durable = TaskManager.layer.pipe(
  Layer.provide(TaskStoreSql.layer),
  Layer.provide(Sqlite),
  Layer.provide(Configured)
)
export const DurableWithClient = TaskManager.layer.pipe(Layer.provideMerge(Store), Layer.provideMerge(Sqlite))
export const Events = TaskEvents.layer
export const Alarms = Ticker.layer
export const alarm = Ticker.alarm(() => {})

export const App = Nightly.pipe(
  Layer.provideMerge(HandlersLive),
  Layer.provideMerge(Memory),
  Layer.provide(Layer.succeed(Mailer, { send: () => Effect.void }))
)
export const Handled = GreetLive.pipe(Layer.provideMerge(Durable))
export const Declared = RecurringTask.layer("a", { cronExpression: "@daily", templateTask: template }).pipe(
  Layer.provide(Handled)
)

export const opened = Layer.build(Durable)
export const updates = TaskManager.TaskManager.use((manager) => Effect.succeed(manager.updates))
export const watched = Stream.unwrap(TaskManager.TaskManager.use((manager) => Effect.succeed(manager.events)))
export const changes = watched.pipe(Stream.filter((event) => event._tag === "TaskUpdate"))
export const backlog = TaskManager.TaskManager.use((manager) => manager.backlog)
export const paused = TaskManager.TaskManager.use((manager) => manager.pauseTaskType("Greet"))
export const stored = TaskStore.TaskStore.use((store) => store.liveTasks)
export const once = TaskManager.TaskManager.use((manager) =>
  manager.once({ key: "a" }, manager.addTaskToQueue(template))
)
