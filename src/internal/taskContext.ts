/**
 * The context of a program that runs as a task: `CurrentTask`, log annotations, and a span.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { CurrentTask, type Update } from "../CurrentTask.ts"
import { TaskCancelled } from "../TaskError.ts"
import type { TaskRecord } from "../TaskRecord.ts"
import * as progress from "./progress.ts"
import { instantOption, rangeOption } from "./records.ts"
import type { Live, State } from "./state.ts"

/** Provides a program with the context of its task. */
export const provide = (
  state: State,
  live: Live,
  context: Context.Context<any>,
  self: Effect.Effect<unknown, unknown, CurrentTask>
): Effect.Effect<unknown, unknown> => {
  const own = services(context, { state, live, scope: undefined })
  if (!state.traced) return Effect.updateContext(self, () => own)
  const spanned = Effect.updateContext(
    self,
    (outer: Context.Context<never>) => Context.add(own, Tracer.ParentSpan, Context.getUnsafe(outer, Tracer.ParentSpan))
  )
  return Effect.withTracerEnabled(withSpan(live, spanned), true)
}

/** The services of the handler's layer, plus `CurrentTask` and log annotations that name the task. */
export const services = (context: Context.Context<any>, run: Run): Context.Context<any> => {
  const known = Context.get(context, References.CurrentLogAnnotations)
  const own = annotations(run.live.record)
  const all = known === noAnnotations ? own : { ...known, ...own }
  return Context.add(Context.add(context, References.CurrentLogAnnotations, all), CurrentTask, new Current(run))
}

const noAnnotations = Context.get(Context.empty(), References.CurrentLogAnnotations)

/** Which task a line in the logs belongs to. */
export const annotations = ({ recurringId, taskId, taskType }: TaskRecord) =>
  recurringId === null ? { task: taskType, taskId } : { task: taskType, taskId, recurringId }

/** A root span per instance, linked to the decision that made it, or to the span in which it was queued. */
const withSpan = (live: Live, self: Effect.Effect<unknown, unknown>) =>
  Effect.withSpan(self, `task ${live.record.taskType}`, {
    root: true,
    captureStackTrace: false,
    links: live.link === undefined ? [] : [{ span: live.link, attributes: {} }],
    attributes: attributesOf(live.record)
  })

/** What a task does not have is left out: tracers would show it as text. */
const attributesOf = (
  { attempt, recurringId, scheduledAt, taskId, taskType }: TaskRecord
): Record<string, unknown> => ({
  "task.id": taskId,
  "task.type": taskType,
  // the first one in this span: those that follow it in this process are events
  "task.attempt": attempt,
  ...(scheduledAt === null ? {} : { "task.scheduled_at": scheduledAt }),
  ...(recurringId === null ? {} : { "recurring.id": recurringId })
})

/** Whether a tracer is provided and enabled. Without one, spans would cost time for nothing. */
export const isTraced = (context: Context.Context<never>): boolean =>
  context.mapUnsafe.has(Tracer.Tracer.key) && Context.get(context, References.TracerEnabled)

/** A task that runs, the manager that runs it, and the scope of its program if it has only one attempt. */
export interface Run {
  readonly state: State
  readonly live: Live
  readonly scope: Scope.Closeable | undefined
}

/** The task whose program runs in a context. */
export const runIn = (context: Context.Context<never>): Run => Current.run(Context.getUnsafe(context, CurrentTask))

/** The `CurrentTask` of a live task. */
class Current {
  readonly #run: Run

  constructor(run: Run) {
    this.#run = run
  }
  static run(task: object): Run {
    if (#run in task) return task.#run
    throw new Error("No task runs here.")
  }
  get taskId() {
    return this.#run.live.record.taskId
  }
  get parentId() {
    return Option.fromNullishOr(this.#run.live.record.parentId)
  }
  get scheduledAt() {
    return instantOption(this.#run.live.record.scheduledAt)
  }
  get covers() {
    return rangeOption(this.#run.live.record.covers)
  }
  get attempt() {
    return Effect.sync(() => this.#run.live.record.attempt)
  }
  get cancellation() {
    return Effect.sync(() =>
      Option.map(
        Option.fromUndefinedOr(this.#run.live.cancellation),
        (why) => new TaskCancelled({ taskId: this.#run.live.record.taskId, ...why, unresponsive: false })
      )
    )
  }
  update(fields: Update) {
    return Effect.sync(() => progress.update(this.#run.state, this.#run.live, fields))
  }
}
