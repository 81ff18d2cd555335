/**
 * The world in which a manager is tested: tasks that do what their payload says, and a journal of what they did.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Recurrence from "../../Recurrence.ts"
import type { OverlapPolicy } from "../../RecurringTaskInfo.ts"
import type { Options } from "../../RecurringTaskSpec.ts"
import * as Task from "../../Task.ts"
import * as TaskManager from "../../TaskManager.ts"
import type { TaskRegistry } from "../../TaskRegistry.ts"
import type { TaskStore } from "../../TaskStore.ts"
import * as clock from "../internal/clock.ts"
import * as realTimeStore from "../internal/realTimeStore.ts"
import * as suite from "../internal/suite.ts"
import * as Testing from "../Testing.ts"

/** When the world begins. */
export const t0 = Date.UTC(2026, 0, 1)

/** What tasks did, as lines such as `5s a starts`: the virtual time since the beginning, and what happened. */
export class Journal
  extends Context.Service<Journal, { readonly lines: Array<string> }>()("brinjal/testing/manager/world/Journal")
{
  static readonly layer = Layer.sync(Journal, () => ({ lines: [] }))
}

/** `1h 30m`; `0s` at the beginning. */
const since = (now: number): string => now === t0 ? "0s" : Duration.format(Duration.millis(now - t0))

/** Writes a line into the journal. */
const note = (text: string): Effect.Effect<void, never, Journal> =>
  Effect.flatMap(
    Clock.currentTimeMillis,
    (now) => Journal.use(({ lines }) => Effect.sync(() => void lines.push(`${since(now)} ${text}`)))
  )

/** All lines so far. */
export const journal: Effect.Effect<ReadonlyArray<string>, never, Journal> = Journal.use(({ lines }) =>
  Effect.sync(() => [...lines])
)

/** A task failed because its payload asked for that. */
export class WorkFailed extends Schema.TaggedError<WorkFailed>()("WorkFailed", { label: Schema.String }) {
  override get message() {
    return `${this.label} failed as it was told to.`
  }
}

/**
 * What a task does, step by step: `Deaf` sleeps and ignores cancellation; `Misfit` fails with what is no error of it;
 * `Flaky` fails before the attempt `until`; `Throw`, as the first step, throws before there is an Effect; `Leave`
 * interrupts itself; `Finalize` adds a finalizer that takes time; `Fork` forks a fiber that takes time when it is
 * interrupted; `Children` runs children one after another; `Queue` queues a child and then waits for it; `FanOut` queues
 * children, sleeps for an hour, and then asks for the result of each; `Itself` waits for itself; `Inner` runs one with the
 * same concurrency key; `Occurrence` notes which occurrence it stands for.
 */
export const Step = Schema.TaggedUnion({
  Sleep: { millis: Schema.Finite },
  Deaf: { millis: Schema.Finite },
  Never: {},
  Fail: {},
  Misfit: {},
  Flaky: { until: Schema.Int },
  Die: { text: Schema.String },
  Throw: { text: Schema.String },
  Leave: {},
  Finalize: { millis: Schema.Finite },
  Fork: { millis: Schema.Finite },
  Say: {
    progress: Schema.optionalKey(Schema.Finite),
    heading: Schema.optionalKey(Schema.String),
    body: Schema.optionalKey(Schema.String)
  },
  Log: { text: Schema.String },
  Children: { count: Schema.Int, millis: Schema.Finite },
  Queue: { millis: Schema.Finite },
  FanOut: { count: Schema.Int },
  Itself: {},
  Inner: {},
  Occurrence: {}
})

type Step = typeof Step.Type

/** A payload: a label, and what to do. */
const payload = { label: Schema.String, steps: Schema.Array(Step) }

const result = { payload, success: Schema.String, error: WorkFailed }

/** In the pool `default`. */
export class Work extends Task.make("Work", result) {}

/** In the pool `single`. */
export class Single extends Task.make("Single", { ...result, semaphore: "single" }) {}

/** In the pool `multiple`. */
export class Multiple extends Task.make("Multiple", { ...result, semaphore: "multiple" }) {}

/** In a pool of its own, which has to be configured. */
export class Disk extends Task.make("Disk", { ...result, semaphore: "disk" }) {}

/** Must not run again when its process is gone. */
export class Once extends Task.make("Once", { ...result, onAbandoned: "fail" }) {}

/** Retried after 10 seconds, at most twice, unless its label is `hopeless`. */
export class Retrying extends Task.make("Retrying", {
  ...result,
  retry: {
    schedule: Schedule.spaced("10 seconds").pipe(Schedule.upTo({ times: 2 })),
    while: (error) => error._tag === "TaskTimedOut" || error.label !== "hopeless"
  },
  timeout: "1 minute"
}) {}

/** The same, and must not run again when its process is gone. */
export class Careful extends Task.make("Careful", {
  ...result,
  retry: Schedule.spaced("10 seconds").pipe(Schedule.upTo({ times: 2 })),
  onAbandoned: "fail"
}) {}

/** Retried after 10, 20 and 40 seconds. */
export class Growing extends Task.make("Growing", {
  ...result,
  retry: Schedule.exponential("10 seconds").pipe(Schedule.upTo({ times: 3 }))
}) {}

/** Retried every 20 seconds for a minute. */
export class Tireless extends Task.make("Tireless", {
  ...result,
  retry: Schedule.spaced("20 seconds").pipe(Schedule.upTo({ duration: "59 seconds" }))
}) {}

/** May take a minute per attempt and 100 seconds in all. */
export class Limited extends Task.make("Limited", {
  ...result,
  retry: Schedule.spaced("10 seconds"),
  timeout: "1 minute",
  totalTimeout: "100 seconds"
}) {}

/** Would be tried again after an infinite time. */
export class Patient extends Task.make("Patient", { ...result, retry: Schedule.spaced(Duration.infinity) }) {}

/** The part of a label before a slash, if it has one: `acme` of `acme/1`. */
const customerOf = ({ label }: { readonly label: string }): string | undefined =>
  label.includes("/") ? label.split("/")[0] : undefined

/** One at a time for each customer, and tried again once, after 10 seconds. */
export class Keyed extends Task.make("Keyed", {
  ...result,
  semaphore: "multiple",
  concurrency: { key: customerOf },
  retry: Schedule.spaced("10 seconds").pipe(Schedule.upTo({ times: 1 }))
}) {}

/** Two at a time for each customer. */
export class Paired extends Task.make("Paired", {
  ...result,
  semaphore: "multiple",
  concurrency: { key: customerOf, limit: 2 }
}) {}

/** No handler is provided for it. */
export class Orphan extends Task.make("Orphan", result) {}

/** It has a text of some size. */
export class Weighs extends Schema.TaggedError<Weighs>()("Weighs", { text: Schema.String }) {
  override get message() {
    return "It weighs too much."
  }
}

/** Ends with a text of so many characters, or reports it. */
export class Bulky extends Task.make("Bulky", {
  payload: { size: Schema.Int, end: Schema.Literals(["success", "error", "defect", "report"]) },
  success: Schema.String,
  error: Weighs
}) {}

const ended = (exit: Exit.Exit<unknown, unknown>): string => {
  if (Exit.isSuccess(exit)) return "ends"
  return Exit.hasInterrupts(exit) ? "is interrupted" : "fails"
}

const act = Step.match({
  Sleep: ({ millis }) => Effect.sleep(millis),
  Deaf: ({ millis }) => Effect.uninterruptible(Effect.sleep(millis)),
  Never: () => Effect.never,
  Fail: () => Effect.flatMap(labelOf, (label) => Effect.fail(new WorkFailed({ label }))),
  Misfit: () => Effect.fail(Object.assign(new WorkFailed({ label: "" }), { label: 7 as never })),
  Flaky: ({ until }) =>
    Effect.flatMap(
      Effect.flatMap(Task.CurrentTask, (task) => task.attempt),
      (attempt) => attempt < until ? Effect.fail(new WorkFailed({ label: `attempt ${attempt}` })) : Effect.void
    ),
  Die: ({ text }) => Effect.die(new Error(text)),
  Throw: ({ text }) => Effect.die(new Error(text)),
  Leave: () => Effect.interrupt,
  Finalize: ({ millis }) => Effect.addFinalizer(() => Effect.andThen(Effect.sleep(millis), note("a finalizer ends"))),
  Fork: ({ millis }) => Effect.forkChild(fork(millis), { startImmediately: true }),
  Say: (fields) => Task.update(fields),
  Log: ({ text }) => Effect.logInfo(text),
  Children: ({ count, millis }) => Effect.orDie(children(count, millis)),
  Queue: ({ millis }) => Effect.orDie(queueOne(millis)),
  FanOut: ({ count }) => Effect.orDie(fanOut(count)),
  Itself: () => Effect.orDie(awaitItself),
  Inner: () => Effect.orDie(runInner),
  Occurrence: () => noteOccurrence
})

const fork = (millis: number) =>
  Effect.onInterrupt(Effect.never, () => Effect.andThen(Effect.sleep(millis), note("a fork ends")))

const children = Effect.fnUntraced(function*(count: number, millis: number) {
  const { run } = yield* TaskManager.TaskManager
  const label = yield* labelOf
  for (let i = 1; i <= count; i++) yield* run(Single.template(sleeping(`${label}.${i}`, millis)))
})

const queueOne = Effect.fnUntraced(function*(millis: number) {
  const { addTaskToQueue, awaitTask } = yield* TaskManager.TaskManager
  const taskId = yield* addTaskToQueue(Single.template(sleeping(`${yield* labelOf}.1`, millis)))
  yield* awaitTask(Single, taskId)
})

const fanOut = Effect.fnUntraced(function*(count: number) {
  const { addTasksToQueue, awaitTask } = yield* TaskManager.TaskManager
  const label = yield* labelOf
  const taskIds = yield* addTasksToQueue(
    Array.from({ length: count }, (_, i) => Single.template(doing(`${label}.${i + 1}`)))
  )
  yield* Effect.sleep("1 hour")
  yield* Effect.forEach(taskIds, (taskId) => awaitTask(Single, taskId))
})

const awaitItself = Effect.gen(function*() {
  const { awaitTask } = yield* TaskManager.TaskManager
  const { taskId } = yield* Task.CurrentTask
  yield* awaitTask(Work, taskId)
})

const runInner = Effect.gen(function*() {
  const { run } = yield* TaskManager.TaskManager
  yield* run(Keyed.template(sleeping(`${yield* labelOf}.1`, "1 minute")))
})

const noteOccurrence = Effect.gen(function*() {
  const { covers, scheduledAt } = yield* Task.CurrentTask
  const time = Option.match(scheduledAt, { onNone: () => "no time", onSome: DateTime.formatIso })
  const others = Option.match(covers, { onNone: () => 0, onSome: ({ count }) => count })
  yield* note(`stands for ${time} and ${others} before`)
})

/** The label of the running task. */
class Label extends Context.Service<Label, string>()("brinjal/testing/manager/world/Label") {}

const labelOf = Label.use(Effect.succeed)

const perform = ({ label, steps }: { readonly label: string; readonly steps: ReadonlyArray<Step> }) => {
  const [first] = steps
  if (first?._tag === "Throw") throw new Error(first.text)
  return note(`${label} starts`).pipe(
    Effect.andThen(Effect.forEach(steps, act)),
    Effect.as(label),
    Effect.onExit((exit) => note(`${label} ${ended(exit)}`)),
    Effect.provideService(Label, label)
  )
}

const grow = ({ end, size }: typeof Bulky.payloadSchema.Type) => {
  const text = "x".repeat(size)
  switch (end) {
    case "success":
      return Effect.succeed(text)
    case "error":
      return Effect.fail(new Weighs({ text }))
    case "defect":
      return Effect.die(new Error(text))
    case "report":
      return Effect.as(Task.update({ heading: text, body: text, img: text }), "")
  }
}

/** Handlers of all tasks except `Orphan`. Children have one of these types. */
export const handlers = Layer.mergeAll(
  Work.toLayer(perform),
  Single.toLayer(perform),
  Multiple.toLayer(perform),
  Disk.toLayer(perform),
  Once.toLayer(perform),
  Retrying.toLayer(perform),
  Careful.toLayer(perform),
  Growing.toLayer(perform),
  Tireless.toLayer(perform),
  Limited.toLayer(perform),
  Patient.toLayer(perform),
  Keyed.toLayer(perform),
  Paired.toLayer(perform),
  Bulky.toLayer(grow)
).pipe(Layer.provide([Single.handledElsewhere, Keyed.handledElsewhere]))

/** A payload with these steps. */
export const doing = (label: string, ...steps: ReadonlyArray<Step>) => ({ label, steps })

/** A payload that sleeps. */
export const sleeping = (label: string, duration: Duration.Input) =>
  doing(label, { _tag: "Sleep", millis: Duration.toMillis(Duration.fromInputUnsafe(duration)) })

/** What every test may use. */
export type World =
  | TaskManager.TaskManager
  | TaskRegistry
  | TaskStore
  | Journal
  | Layer.Success<typeof handlers>

/** A test in this world. */
export const test = suite.caseOf<World>()

/**
 * The configuration of a manager that is alone: its heartbeats, every ten seconds of a week, would only slow down the
 * test.
 */
export const configuration = (given: TaskManager.Configuration = {}): Layer.Layer<never> =>
  TaskManager.configure({ lease: "1 day", ...given })

/** The same test with another configuration of the manager. */
export const configured = (given: TaskManager.Configuration, self: suite.Case<World>): suite.Case<World> =>
  suite.over(configuration(given), self)

/** A manager over a store, with all handlers. */
export const managerLayer = Layer.mergeAll(handlers, clock.layerFreeAtEnd).pipe(Layer.provideMerge(TaskManager.layer))

/** The kit's clock, a journal, metrics of its own, and a store. */
export const storeLayer = <E>(store: Layer.Layer<TaskStore, E>) =>
  Layer.mergeAll(realTimeStore.layer(store), Journal.layer, Layer.sync(Metric.MetricRegistry, () => new Map())).pipe(
    Layer.provideMerge(Testing.layerClock(t0))
  )

/** The manager's methods. */
export const manager = Effect.service(TaskManager.TaskManager)

type WorkOptions = Options<Task.Template<typeof Work>>

/** Adds a recurring task that sleeps an instant, every hour unless told otherwise. */
export const addHourly = (
  given: Partial<WorkOptions> & { readonly payload?: typeof Work.payloadSchema.Type }
) =>
  Effect.flatMap(manager, (manager) => {
    const { payload = doing("a"), ...options } = given
    return manager.addRecurringTask({
      recurringId: "hourly",
      recurrence: Recurrence.every("1 hour"),
      templateTask: Work.template(payload),
      ...options
    } as WorkOptions)
  })

/** A recurring task whose instances take longer than an hour. */
export const addSlow = (overlap: OverlapPolicy, given: Partial<WorkOptions> = {}) =>
  addHourly({ overlap, payload: sleeping("slow", "90 minutes"), ...given })

/** The timeline of `hourly` as lines, its times without the day. */
export const timeline = Effect.map(
  Testing.timeline("hourly"),
  (text) => text === "" ? [] : text.replaceAll(/2026-01-01T(\d\d:\d\d):00Z/g, "$1").split("\n")
)

/** `hourly` as it is now. */
export const hourly = Effect.flatMap(manager, (manager) => manager.getRecurringTask("hourly"))

/** The next run of `hourly`. */
export const nextRun = Effect.map(hourly, ({ nextRun }) => Option.map(nextRun, DateTime.formatIso))
