/**
 * Somebody is told when a task has failed for good: once, after its last attempt, whichever process ran it, and also
 * after a restart.
 *
 * The stream of updates begins with all tasks as they are, so that no failure is missed; `once` sees to it that none is
 * told twice, on a durable store even by many processes. The alert is a task of its own, which is tried again like
 * others.
 *
 * Run it: `npx node --conditions=source examples/08_alerts.ts`
 */
import { NodeRuntime } from "@effect/platform-node"
import { RecurringTask, Task, TaskManager } from "brinjal"
import { Console, Effect, Layer, Option, Schedule, Schema, Stream } from "effect"

class WarehouseDown extends Schema.TaggedError<WarehouseDown>()("WarehouseDown", { host: Schema.String }) {}

class Report extends Task.make("Report", {
  payload: { customer: Schema.String },
  error: WarehouseDown,
  retry: Schedule.upTo(Schedule.spaced("1 second"), { times: 2 }),
  heading: "Nightly report"
}) {}

/** Where there is a pager, this would page. */
class Alert extends Task.make("Alert", {
  payload: { text: Schema.String },
  retry: Schedule.upTo(Schedule.exponential("1 minute"), { times: 10 })
}) {}

const ReportLive = Report.toLayer(() => Effect.fail(new WarehouseDown({ host: "db-1" })))

const AlertLive = Alert.toLayer(({ text }) => Console.log(text))

/** Every failure becomes an alert, unless there is one already. */
const Alerts = Layer.effectDiscard(Effect.gen(function*() {
  const manager = yield* TaskManager.TaskManager
  yield* manager.updates.pipe(
    Stream.filter(({ status, taskType }) => status === "failed" && taskType !== "Alert"),
    Stream.runForEach(({ attempt, error, heading, taskId, taskType }) => {
      const name = Option.getOrElse(heading, () => taskType)
      const reason = Option.match(error, { onNone: () => "", onSome: ({ message, type }) => `${type} ${message}` })
      const alert = Alert.template({ text: `${name} failed after ${attempt} attempts: ${reason}` }, { priority: 10 })
      return manager.once({ key: `alert/${taskId}`, timeToLive: "30 days" }, manager.addTaskToQueue(alert))
    }),
    // when the store did not answer, it begins again with all tasks as they are
    Effect.retry(Schedule.spaced("10 seconds")),
    Effect.forkScoped
  )
}))

const Nightly = RecurringTask.layer("nightly-report", {
  cronExpression: "0 2 * * *",
  runImmediately: true,
  templateTask: Report.template({ customer: "acme" })
})

export const program = Effect.sleep("5 seconds").pipe(Effect.provide(
  Layer.mergeAll(Nightly, Alerts).pipe(
    Layer.provide([ReportLive, AlertLive]),
    Layer.provide(TaskManager.layerMemory)
  )
))

if (import.meta.main) NodeRuntime.runMain(program)
