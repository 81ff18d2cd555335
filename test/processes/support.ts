/**
 * Several managers over one store in memory, on one virtual clock, as if each were a process: one that can be frozen,
 * so that it looks dead, stopped, or made deaf to what the others announce.
 */
import { it } from "@effect/vitest"
import { Recurrence, Task, TaskError, TaskManager, type TaskRegistry, TaskStore } from "brinjal"
import { Testing } from "brinjal/testing"
import { Clock, Context, DateTime, Effect, Exit, Latch, Layer, Schedule, Schema, Scope } from "effect"
import { freeAtEnd, ordinary } from "../../src/testing/internal/clock.ts"

/** What a task did where, in order. */
export class Journal extends Context.Service<Journal, { readonly lines: Array<string> }>()("test/processes/Journal") {}

/** The name of the process that a program runs in. */
export class Where extends Context.Service<Where, string>()("test/processes/Where") {}

export class Refused extends Schema.TaggedError<Refused>()("Refused", { label: Schema.String }) {}

const work = {
  payload: {
    label: Schema.String,
    millis: Schema.Finite,
    ends: Schema.Literals(["well", "refused", "broken"]),
    isDeaf: Schema.Boolean
  },
  success: Schema.Struct({ at: Schema.DateTimeUtc, where: Schema.String }),
  error: Refused
}

export class Work extends Task.make("Work", work) {}
export class Single extends Task.make("Single", { ...work, semaphore: "single" }) {}
export class Other extends Task.make("Other", work) {}
export class Parent extends Task.make("Parent", { ...work, semaphore: "single" }) {}

/** A payload. */
export const lasting = (label: string, millis: number, ends: "well" | "refused" | "broken" = "well") => ({
  label,
  millis,
  ends,
  isDeaf: false
})

/** A payload of a task that does not hear that it is cancelled. */
export const deafening = (label: string) => ({ ...lasting(label, 7_200_000), isDeaf: true })

/** Runs again 55 seconds after it was refused, once. */
export class Again extends Task.make("Again", {
  ...work,
  retry: Schedule.upTo(Schedule.spaced("55 seconds"), { times: 1 })
}) {}

/** The same, but must have ended after 57 seconds. */
export class InTime extends Task.make("InTime", {
  ...work,
  retry: Schedule.upTo(Schedule.spaced("55 seconds"), { times: 1 }),
  totalTimeout: "57 seconds"
}) {}

/** Must not run again when its process has died. */
export class Once extends Task.make("Once", { ...work, onAbandoned: "fail" }) {}

/** Runs again when its process has died, but not for ever. */
export class Fatal extends Task.make("Fatal", { ...work, onAbandoned: { retries: 2 } }) {}

/** One at a time of all whose labels begin with the same letter. */
export class Keyed extends Task.make("Keyed", {
  ...work,
  semaphore: "multiple",
  concurrency: { key: ({ label }) => label.slice(0, 1) }
}) {}

/** Keyed likewise. If its label ends with `>`, it runs one `Between`, which runs another one of these. */
export class Outer extends Task.make("Outer", { ...work, concurrency: { key: ({ label }) => label.slice(0, 1) } }) {}
export class Between extends Task.make("Between", work) {}

const note = (text: string) =>
  Effect.gen(function*() {
    const { lines } = yield* Journal
    lines.push(`${yield* Where}: ${text}`)
  })

/** The journal so far. */
export const journal = Journal.use(({ lines }) => Effect.sync(() => [...lines]))

const perform = Effect.fnUntraced(function*({ ends, isDeaf, label, millis }: typeof Work.payloadSchema.Type) {
  yield* note(`${label} starts`)
  yield* Task.update({ heading: `half of ${label}`, progress: 50 })
  yield* isDeaf ? Effect.uninterruptible(Effect.sleep(millis)) : Effect.sleep(millis)
  if (ends === "refused") return yield* new Refused({ label })
  if (ends === "broken") return yield* Effect.die(new Error(`${label} is broken`))
  return { at: yield* DateTime.now, where: yield* Where }
}, (self, { label }) => Effect.onExit(self, (exit) => note(`${label} ${Exit.isSuccess(exit) ? "ends" : "fails"}`)))

const WorkLive = Work.toLayer(perform)
const SingleLive = Single.toLayer(perform)
const OnceLive = Once.toLayer(perform)
const FatalLive = Fatal.toLayer(perform)
const AgainLive = Again.toLayer(perform)
const InTimeLive = InTime.toLayer(perform)
const KeyedLive = Keyed.toLayer(perform)
const OtherLive = Other.toLayer(perform)
const ParentLive = Parent.toLayer(({ label, millis }) =>
  Effect.gen(function*() {
    yield* note(`${label} starts`)
    const { run } = yield* TaskManager.TaskManager
    const result = yield* Effect.orDie(run(Single.template(lasting(`child of ${label}`, millis))))
    yield* note(`${label} ends`)
    return result
  })
).pipe(Layer.provide(Single.handledElsewhere))
const OuterLive = Outer.toLayer((payload) =>
  Effect.gen(function*() {
    if (!payload.label.endsWith(">")) return yield* perform(payload)
    yield* note(`${payload.label} starts`)
    const { run } = yield* TaskManager.TaskManager
    return yield* Effect.orDie(run(Between.template({ ...payload, label: payload.label.slice(0, -1) })))
  })
).pipe(Layer.provide(Between.handledElsewhere))
const BetweenLive = Between.toLayer((payload) =>
  Effect.gen(function*() {
    yield* note(`between ${payload.label} starts`)
    const { run } = yield* TaskManager.TaskManager
    return yield* Effect.orDie(run(Outer.template(payload)))
  })
).pipe(Layer.provide(Outer.handledElsewhere))

const lives = {
  Work: WorkLive,
  Single: SingleLive,
  Once: OnceLive,
  Fatal: FatalLive,
  Again: AgainLive,
  InTime: InTimeLive,
  Keyed: KeyedLive,
  Other: OtherLive,
  Parent: ParentLive,
  Outer: OuterLive,
  Between: BetweenLive
}

type Name = keyof typeof lives

/** What every program here may use. */
export type Store = TaskStore.TaskStore | Journal

export type Inside = TaskManager.TaskManager | Task.Handler<Name>

export interface Process {
  readonly name: string
  readonly within: <A, E>(self: Effect.Effect<A, E, Inside>) => Effect.Effect<A, E>
  readonly manager: typeof TaskManager.TaskManager.Service
  readonly stop: Effect.Effect<void>
  readonly freeze: Effect.Effect<unknown>
  readonly thaw: Effect.Effect<unknown>
}

export interface Options {
  readonly handlers?: ReadonlyArray<Name>
  readonly configuration?: TaskManager.Configuration
  /** What this process sees of the store. */
  readonly store?: (store: typeof TaskStore.TaskStore.Service) => typeof TaskStore.TaskStore.Service
  /** More layers on top, such as declared recurring tasks. */
  readonly declares?: Layer.Layer<
    never,
    unknown,
    TaskManager.TaskManager | TaskRegistry.TaskRegistry | Task.Handler<Name>
  >
}

/** The clock of a process: who sleeps in it does not wake while it is frozen. */
const clockOf = (clock: Clock.Clock, thawed: Latch.Latch): Clock.Clock =>
  ordinary(clock, (duration) => Effect.andThen(clock.sleep(duration), thawed.await))

/** A store whose announcements are all lost, in both directions. */
export const deaf = (store: typeof TaskStore.TaskStore.Service): typeof TaskStore.TaskStore.Service => ({
  ...store,
  announce: () => Effect.void
})

const all: ReadonlyArray<Name> = ["Work", "Single", "Once", "Fatal", "Again", "InTime", "Keyed", "Other", "Parent"]

/** Starts a process. */
export const start = Effect.fnUntraced(function*(name: string, options: Options = {}) {
  const { configuration = {}, declares = Layer.empty, handlers = all, store = (store) => store } = options
  const scope = yield* Scope.make()
  const thawed = yield* Latch.make(true)
  const outside = yield* Effect.context<Store>()
  const here = Layer.mergeAll(
    Layer.succeed(Clock.Clock, clockOf(yield* Clock.Clock, thawed)),
    Layer.succeed(TaskStore.TaskStore, store(yield* TaskStore.TaskStore)),
    TaskManager.configure(configuration)
  )
  const handled = handlers.map((handler) =>
    Layer.provide(lives[handler] as Layer.Layer<never, never, any>, Layer.succeed(Where, name))
  )
  const layer = declares.pipe(
    // the types promise all handlers; those that are not here are in another process
    Layer.provideMerge(Layer.mergeAll(Layer.empty, ...handled) as Layer.Layer<Task.Handler<Name>>),
    Layer.provideMerge(TaskManager.layer),
    Layer.provide(here),
    Layer.fresh
  )
  const inside = yield* Effect.orDie(Layer.buildWithScope(layer, scope))
  const process: Process = {
    name,
    within: Effect.provideContext(Context.merge(outside, inside)),
    manager: Context.get(inside, TaskManager.TaskManager),
    stop: Scope.close(scope, Exit.void),
    freeze: thawed.close,
    thaw: thawed.open
  }
  yield* Effect.addFinalizer(() => Effect.andThen(process.thaw, process.stop))
  yield* freeAtEnd
  yield* Testing.settle
  return process
})

/** The store in memory under the promise of a database. */
const layerStore = Layer.effect(
  TaskStore.TaskStore,
  Effect.map(TaskStore.TaskStore, (store) => ({ ...store, durable: true }))
).pipe(Layer.provide(TaskStore.layerMemory))

/** A clock, a store and a journal for several processes. */
export const layer = Layer.mergeAll(layerStore, Layer.sync(Journal, () => ({ lines: [] }))).pipe(
  Layer.provideMerge(Testing.layerClock())
)

/** A test of processes that share these. */
export const test = (name: string, body: () => Generator<Effect.Effect<any, any, any>, void, never>) =>
  it.effect(name, () => Effect.scoped(Effect.gen(body)).pipe(Effect.provide(layer)) as Effect.Effect<void>)

/** Options of a recurring task. */
export const hourly = (millis = 0, more: object = {}) => ({
  recurrence: Recurrence.every("1 hour"),
  templateTask: Work.template(lasting("hourly", millis)),
  ...more
})

/** Adds that in a process. */
export const addHourly = ({ manager, within }: Process, millis = 0, more: object = {}) =>
  within(manager.addRecurringTask({ recurringId: "hourly", ...hourly(millis, more) }))

/** Queues a task in a process. */
export const add = (
  { manager, within }: Process,
  task:
    | typeof Work
    | typeof Single
    | typeof Once
    | typeof Fatal
    | typeof Again
    | typeof InTime
    | typeof Keyed
    | typeof Other
    | typeof Parent
    | typeof Outer,
  label: string,
  millis = 0,
  ends: "well" | "refused" = "well"
) => within(manager.addTaskToQueue((task as typeof Work).template(lasting(label, millis, ends))))

/** The outcomes of the recurring task, as a process sees them. */
export const timeline = ({ within }: Process) =>
  Effect.map(
    within(Testing.timeline("hourly")),
    (text) => text === "" ? [] : text.replaceAll(/2026-01-01T(\d\d:\d\d):00Z/g, "$1").split("\n")
  )

/** The recurring task, as a process sees it. */
export const info = ({ manager }: Process) => manager.getRecurringTask("hourly")

/** The status of a task in the store. */
export const statusOf = (taskId: string): Effect.Effect<string | undefined, unknown, Store> =>
  Effect.map(TaskStore.TaskStore.use((store) => store.getTask(taskId)), (task) => task?.status)

type Call = "heartbeat" | "claim" | "abandonedTasks" | "insertTasks" | "requeue" | "update"

const callOf = (store: typeof TaskStore.TaskStore.Service, name: Call) =>
  store[name] as (...about: ReadonlyArray<unknown>) => Effect.Effect<unknown>

/** What a process sees of a store that cannot be reached while `line` is cut. */
export const behind = (line: { isCut: boolean }) => (store: typeof TaskStore.TaskStore.Service) => {
  const through = (operation: string, value: unknown): unknown => {
    if (typeof value === "function") return (...about: ReadonlyArray<unknown>) => through(operation, value(...about))
    if (!Effect.isEffect(value)) return value
    const error = new TaskError.TaskStoreError({ operation, cause: new Error("connection refused") })
    return Effect.suspend(() => line.isCut ? Effect.fail(error) : value)
  }
  const members = Object.entries(store).map(([name, value]) => [
    name,
    name.startsWith("announce") || name === "afterCommit" ? value : through(name, value)
  ])
  return Object.fromEntries(members) as typeof store
}

/** What a process sees of a store that takes its time before it does what it is asked for. */
export const late = (name: Call, millis: number) => (store: typeof TaskStore.TaskStore.Service) => {
  const call = callOf(store, name)
  return {
    ...store,
    [name]: (...about: ReadonlyArray<unknown>) => Effect.delay(Effect.suspend(() => call(...about)), millis)
  }
}

/** What a process sees of a store that takes its time with some answers: all but so many. */
export const slow = (name: Call, millis: number, quick = 0) => (store: typeof TaskStore.TaskStore.Service) => {
  let calls = 0
  const call = callOf(store, name)
  const answer = (...about: ReadonlyArray<unknown>) =>
    Effect.tap(Effect.suspend(() => call(...about)), () => calls++ < quick ? Effect.void : Effect.sleep(millis))
  return { ...store, [name]: answer }
}
