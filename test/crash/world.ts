/**
 * The tasks and the recurring tasks of the program that is killed. Times are of its fast clock.
 */
import { Recurrence, RecurringTask, Task, TaskManager } from "brinjal"
import { DateTime, type Duration, Effect, Layer, Option, Schedule, Schema } from "effect"
import type { Entry } from "./journal.ts"
import * as killing from "./killing.ts"

/** Takes so many milliseconds. */
export class Work extends Task.make("Work", { payload: { millis: Schema.Finite }, semaphore: "wide" }) {}

/** The same in a pool that is too small. */
export class Narrow extends Task.make("Narrow", { payload: { millis: Schema.Finite }, semaphore: "single" }) {}

/** Is mostly done at once, and mostly one of many. */
export class Quick extends Task.make("Quick", { payload: { millis: Schema.Finite }, semaphore: "few" }) {}

/** One at a time for each customer. */
export class InLine extends Task.make("InLine", {
  payload: { customer: Schema.String, millis: Schema.Finite },
  semaphore: "wide",
  concurrency: { key: ({ customer }) => customer }
}) {}

export class Refused extends Schema.TaggedError<Refused>()("Refused", {}) {}

/** Succeeds at the attempt of that number, at the earliest the third. */
export class Flaky extends Task.make("Flaky", {
  error: Refused,
  semaphore: "wide",
  retry: Schedule.upTo(Schedule.spaced("400 millis"), { times: 10 })
}) {}

export class Failing extends Task.make("Failing", { error: Refused, semaphore: "wide" }) {}

/** Must not run again when its process has died. */
export class Once extends Task.make("Once", {
  payload: { millis: Schema.Finite },
  semaphore: "wide",
  onAbandoned: "fail"
}) {}

/** Runs another task and waits for it. */
export class Parent extends Task.make("Parent", { semaphore: "wide" }) {}

const every = (period: Duration.Input) => ({ recurrence: Recurrence.every(period) })

const work = (millis: number) => ({ templateTask: Work.template({ millis }) })

/** The declared recurring tasks: every kind of overlap and of catching up, faster than their instances in part. */
export const declarations = [
  RecurringTask.make("skip", { ...every("1 second"), ...work(1_500) }),
  RecurringTask.make("buffer-one", {
    ...every("1 second"),
    ...work(1_300),
    overlap: "bufferOne",
    onMissed: "earliest"
  }),
  RecurringTask.make("buffer-all", {
    ...every("1 second"),
    ...work(900),
    overlap: "bufferAll",
    bufferLimit: 5,
    onMissed: "all",
    catchUp: { max: 5 }
  }),
  RecurringTask.make("cancel-other", { ...every("2 seconds"), ...work(3_000), overlap: "cancelOther" }),
  RecurringTask.make("terminate-other", { ...every("2 seconds"), ...work(3_000), overlap: "terminateOther" }),
  RecurringTask.make("allow-all", { ...every("1 second"), ...work(2_000), overlap: "allowAll", onMissed: "none" }),
  RecurringTask.make("two", {
    ...every("500 millis"),
    ...work(800),
    maxConcurrent: 2,
    catchUp: { window: "2 seconds" }
  }),
  RecurringTask.make("deadline", {
    ...every("1 second"),
    templateTask: Narrow.template({ millis: 700 }),
    startDeadline: "900 millis",
    jitter: "300 millis"
  }),
  RecurringTask.make("narrow", {
    ...every("2 seconds"),
    templateTask: Narrow.template({ millis: 500 }),
    overlap: "bufferOne"
  }),
  RecurringTask.make("flaky", { ...every("2 seconds"), templateTask: Flaky.template({}) }),
  RecurringTask.make("failing", { ...every("3 seconds"), templateTask: Failing.template({}) }),
  RecurringTask.make("once", { ...every("1 second"), templateTask: Once.template({ millis: 600 }), onMissed: "all" }),
  RecurringTask.make("in-line", {
    ...every("2 seconds"),
    templateTask: InLine.template({ customer: "a", millis: 200 })
  }),
  RecurringTask.make("in-line-too", {
    ...every("1 second"),
    templateTask: InLine.template({ customer: "a", millis: 300 }),
    overlap: "bufferOne"
  }),
  RecurringTask.make("parent", { ...every("3 seconds"), templateTask: Parent.template({}) }),
  RecurringTask.make("operated", { ...every("1 second"), ...work(200) }),
  RecurringTask.make("limited", { ...every("1 second"), ...work(200), maxRuns: 20, runImmediately: true })
] as const

/** One that is added and removed while the program runs. */
export const dynamic = { ...every("1 second"), ...work(100) }

/** The pools of the manager. */
export const pools = { wide: 40, few: 2 }

/** What a handler says in the journal about its instance. */
const told = (life: number, write: (entry: Entry) => void) => <A, E, R>(body: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const { attempt: attempts, parentId, scheduledAt, taskId } = yield* Task.CurrentTask
    const one = { life, taskId, attempt: yield* attempts }
    yield* Effect.addFinalizer(() =>
      Effect.andThen(killing.at("finalizer"), Effect.sync(() => write({ _tag: "Left", ...one })))
    )
    write({
      _tag: "Began",
      ...one,
      parentId: Option.getOrNull(parentId),
      scheduledAt: Option.getOrNull(Option.map(scheduledAt, DateTime.toEpochMillis))
    })
    yield* killing.at("begin")
    const result = yield* body
    write({ _tag: "Ended", ...one })
    yield* killing.at("end")
    return result
  })

const sleep = ({ millis }: { readonly millis: number }) =>
  Effect.gen(function*() {
    yield* Task.update({ progress: 10, body: "begun" })
    yield* Effect.sleep(millis / 2)
    yield* killing.at("middle")
    yield* Task.update({ progress: 50, body: "half" })
    yield* Effect.sleep(millis / 2)
  })

const flaky = Effect.gen(function*() {
  const { attempt } = yield* Task.CurrentTask
  if ((yield* attempt) < 3) return yield* new Refused()
})

const runChild = Effect.gen(function*() {
  const manager = yield* TaskManager.TaskManager
  yield* manager.run(Work.template({ millis: 300 }))
})

/** Layer of the handlers, which say in the journal what they do. */
export const handlers = (life: number, write: (entry: Entry) => void) => {
  const tell = told(life, write)
  const Leaves = Layer.mergeAll(
    Work.toLayer((payload) => tell(sleep(payload))),
    Narrow.toLayer((payload) => tell(sleep(payload))),
    Quick.toLayer(({ millis }) => tell(millis === 0 ? Effect.yieldNow : Effect.sleep(millis))),
    InLine.toLayer((payload) => tell(sleep(payload))),
    Once.toLayer((payload) => tell(sleep(payload))),
    Flaky.toLayer(() => tell(flaky)),
    Failing.toLayer(() => tell(Effect.fail(new Refused())))
  )
  return Parent.toLayer(() => tell(Effect.orDie(runChild))).pipe(Layer.provideMerge(Leaves))
}
