/**
 * Lives of a program one after another on one database, in virtual time: each with a client and a manager of its own, ended
 * well, or dead from one moment to the next.
 */
import { PgClient } from "@effect/sql-pg"
import { Recurrence, RecurringTask, Task, TaskManager, type TaskRegistry, TaskStore } from "brinjal"
import { TaskStoreSql } from "brinjal/sql"
import { SqliteClient } from "brinjal/sqlite"
import { Testing } from "brinjal/testing"
import {
  Clock,
  Context,
  DateTime,
  Effect,
  Exit,
  Latch,
  Layer,
  Redacted,
  Schedule,
  Schema,
  Scope,
  Semaphore,
  Stream
} from "effect"
import { SqlClient } from "effect/sql"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { freeAtEnd, ordinary } from "../../src/testing/internal/clock.ts"
import * as realTimeStore from "../../src/testing/internal/realTimeStore.ts"
import { live } from "../sql/databases.ts"

/** What the tasks of all lives have done: `12:00 a begins`. */
export class Journal extends Context.Service<Journal, { readonly lines: Array<string> }>()("test/restart/Journal") {
  static readonly layer = Layer.sync(Journal, () => ({ lines: [] }))
}

const note = (text: string) =>
  Effect.gen(function*() {
    const { lines } = yield* Journal
    const now = DateTime.formatIso(yield* DateTime.now)
    lines.push(`${now.slice(5, 16).replace("T", " ")} ${text}`)
  })

const fields = { payload: { label: Schema.String, minutes: Schema.Finite } }

export class Work extends Task.make("Work", { ...fields, semaphore: "single" }) {}

class NotYet extends Schema.TaggedError<NotYet>()("NotYet", {}) {}

/** Fails at its first attempt, and is tried again after 10 minutes. */
export class Flaky extends Task.make("Flaky", {
  ...fields,
  error: NotYet,
  retry: Schedule.upTo(Schedule.spaced("10 minutes"), { times: 3 })
}) {}

/** Fails at every attempt, and is tried again after 10 and 20 minutes. */
export class Hopeless extends Task.make("Hopeless", {
  ...fields,
  error: NotYet,
  retry: Schedule.upTo(Schedule.exponential("10 minutes"), { times: 2 })
}) {}

const perform = Effect.fnUntraced(function*({ label, minutes }: typeof Work.payloadSchema.Type) {
  const { attempt } = yield* Task.CurrentTask
  yield* note(`${label} begins, attempt ${yield* attempt}`)
  yield* Effect.onExit(Effect.sleep(minutes * 60_000), (exit) => note(`${label} ${exit._tag}`))
})

const failAtFirst = Effect.fnUntraced(function*(payload: typeof Work.payloadSchema.Type) {
  yield* perform(payload)
  const { attempt } = yield* Task.CurrentTask
  if ((yield* attempt) === 1) return yield* new NotYet()
})

const Handlers = Layer.mergeAll(
  Work.toLayer(perform),
  Flaky.toLayer(failAtFirst),
  Hopeless.toLayer((payload) => Effect.andThen(perform(payload), Effect.fail(new NotYet())))
)

/** A store that answers as long as the latch is open: a dead process asks nothing and hears nothing. */
const mortal =
  (alive: Latch.Latch, dead: Latch.Latch) =>
  (store: typeof TaskStore.TaskStore.Service): typeof TaskStore.TaskStore.Service => {
    const waiting = (value: unknown): unknown => {
      if (Effect.isEffect(value)) return Effect.andThen(alive.await, value)
      return typeof value === "function" ? (...args: ReadonlyArray<unknown>) => waiting(value(...args)) : value
    }
    const members = Object.entries(store).map(([name, value]) => [name, waiting(value)])
    const announcements = (owner: string) => Effect.map(store.announcements(owner), Stream.interruptWhen(dead.await))
    return { ...Object.fromEntries(members) as typeof store, announcements }
  }

type Services =
  | TaskManager.TaskManager
  | TaskRegistry.TaskRegistry
  | TaskStore.TaskStore
  | Layer.Success<typeof Handlers>

/** One life. */
export interface Life {
  readonly within: <A, E>(self: Effect.Effect<A, E, Services>) => Effect.Effect<A, E>
  /** Ends it as a program ends that is told to. */
  readonly stop: Effect.Effect<void>
  /** Ends it as a power cut does; at the end of the test it wakes, finds itself replaced, and stops. */
  readonly die: Effect.Effect<unknown>
}

/** Where tasks are kept, as every life opens it anew. */
export type Store = Layer.Layer<TaskStore.TaskStore, unknown>

const sqlite: Effect.Effect<Store, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "brinjal-"))),
    (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
  ),
  (folder) => Layer.provide(TaskStoreSql.layer, SqliteClient.layer({ filename: Path.join(folder, "tasks.db") }))
)

let schemas = 0

const postgres = (url: string): Effect.Effect<Store, never, Scope.Scope> => {
  const schema = `brinjal_restart_${process.pid}_${schemas++}`
  const client = live(PgClient.layer({ url: Redacted.make(url), maxConnections: 3 }))
  const drop = SqlClient.SqlClient.use((sql) => sql`drop schema if exists ${sql(schema)} cascade`)
  return Effect.as(
    Effect.addFinalizer(() => Effect.orDie(Effect.provide(drop, client))),
    Layer.provide(TaskStoreSql.layerWith({ schema }), client)
  )
}

const url = process.env.BRINJAL_TEST_POSTGRES_URL

/** The databases that are there, each empty for every test. */
export const databases = [
  ["a SQLite file", sqlite] as const,
  ...(url === undefined ? [] : [["Postgres", Effect.suspend(() => postgres(url))] as const])
]

/** Begins a life. */
export const begin = Effect.fnUntraced(function*(database: Store) {
  const scope = yield* Scope.make()
  const alive = yield* Latch.make(true)
  const dead = yield* Latch.make(false)
  const journal = yield* Journal
  const store = Layer.effect(TaskStore.TaskStore, Effect.map(TaskStore.TaskStore, mortal(alive, dead))).pipe(
    Layer.provide(realTimeStore.layer(database))
  )
  const layer = Handlers.pipe(
    Layer.provideMerge(TaskManager.layer),
    Layer.provideMerge(store),
    Layer.provide(TaskManager.configure({ name: "restart", shutdownGrace: "30 minutes", lease: "6 hours" })),
    Layer.provide(Layer.succeed(Clock.Clock, ordinary(yield* Clock.Clock))),
    Layer.provide(Layer.succeed(Journal, journal)),
    Layer.fresh
  )
  const services = yield* Layer.buildWithScope(layer, scope)
  // whoever stops it while it stops waits for that, too
  const stop = (yield* Semaphore.make(1)).withPermit(Scope.close(scope, Exit.void))
  yield* Effect.addFinalizer(() => Effect.andThen(alive.open, stop))
  yield* freeAtEnd
  yield* Testing.settle
  return { within: Effect.provideContext(services), stop, die: Effect.andThen(alive.close, dead.open) } satisfies Life
})

/** Every hour, for a minute. */
export const hourly = {
  recurrence: Recurrence.every("1 hour"),
  templateTask: Work.template({ label: "job", minutes: 1 })
}

/** Declares a recurring task in a life: every hour, unless told otherwise. */
export const declare = (
  life: Life,
  given: RecurringTask.Options<Task.Template<typeof Work> | Task.Template<typeof Flaky>> = hourly
) =>
  life.within(
    TaskManager.TaskManager.use((manager) => manager.declareRecurringTasks([RecurringTask.make("job", given)]))
  )

/** The history of the recurring task, as lines. */
export const timeline = (life: Life) => Effect.map(life.within(Testing.timeline("job")), (text) => text.split("\n"))
