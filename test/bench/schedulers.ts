/**
 * Schedulers with one face: our manager, and the libraries that people use for cron jobs in Node. All run in memory.
 */
import { Task, TaskManager } from "brinjal"
import { CronJob } from "cron"
import { Cron } from "croner"
import { DateTime, Effect, Layer, ManagedRuntime, Option, Schedule, Schema } from "effect"
import * as NodeCron from "node-cron"
import nodeSchedule from "node-schedule"

/** What is to be done, and when. */
export interface Job {
  readonly expression: string
  readonly timezone: string
  /** Ours tells it the time for which the run was meant, in epoch milliseconds; others tell it other things. */
  readonly run: (scheduledAt?: unknown) => void
  /** A name for it, where the scheduler takes one. */
  readonly id?: string | undefined
}

/** Schedules all jobs, for as long as the process lives. */
export type Scheduler = (jobs: Iterable<Job>) => Promise<void>

const each = (add: (job: Job) => unknown): Scheduler => async (jobs) => {
  const kept: Array<unknown> = []
  for (const job of jobs) kept.push(add(job))
  process.once("exit", () => kept.length)
}

class Run extends Task.make("Run", { payload: { index: Schema.Number }, semaphore: "multiple" }) {}

const runs: Array<Job["run"]> = []
const templates = new Map<Job["run"], Task.Template<typeof Run>>()

/** One template for all jobs that do the same. */
const templateFor = (run: Job["run"]): Task.Template<typeof Run> => {
  let template = templates.get(run)
  if (template === undefined) {
    template = Run.template({ index: runs.push(run) - 1 })
    templates.set(run, template)
  }
  return template
}

const handler = Run.toLayer(({ index }) =>
  Task.CurrentTask.useSync(({ scheduledAt }) =>
    runs[index]!(Option.getOrUndefined(Option.map(scheduledAt, DateTime.toEpochMillis)))
  )
)

const runtime = ManagedRuntime.make(Layer.provideMerge(handler, TaskManager.layerMemory))

const brinjal: Scheduler = (jobs) =>
  runtime.runPromise(Effect.gen(function*() {
    const manager = yield* TaskManager.TaskManager
    for (const { expression, id, run, timezone } of jobs) {
      yield* Effect.orDie(manager.addRecurringTask({
        recurringId: id,
        cronExpression: expression,
        timezone,
        templateTask: templateFor(run)
      }))
    }
  }))

/** All of them, by name. */
export const schedulers: Readonly<Record<string, Scheduler>> = {
  brinjal,
  croner: each(({ expression, run, timezone }) => new Cron(expression, { timezone }, run)),
  "node-schedule": each(({ expression, run, timezone }) =>
    nodeSchedule.scheduleJob({ rule: expression, tz: timezone }, run)
  ),
  "Schedule.cron": each(({ expression, run, timezone }) =>
    Effect.runFork(Effect.schedule(Effect.sync(run), Schedule.cron(expression, timezone)))
  ),
  "node-cron": each(({ expression, run, timezone }) => NodeCron.schedule(expression, run, { timezone })),
  cron: each(({ expression, run, timezone }) =>
    CronJob.from({ cronTime: expression, timeZone: timezone, onTick: run, start: true })
  )
}
