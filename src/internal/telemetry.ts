/**
 * The metrics of a manager, through Effect's `Metric`, looked up once per label set.
 */
import * as Context from "effect/Context"
import { constVoid } from "effect/Function"
import * as Metric from "effect/Metric"
import type { TaskStatus } from "../TaskInfo.ts"

type Labels = Metric.Metric.AttributeSet

// a metric that is made with its labels keeps its series, and need not look it up at every update

const tasksTotal = (attributes: Labels) =>
  Metric.counter("brinjal_tasks_total", { description: "Tasks that ended", incremental: true, attributes })

const taskDuration = (attributes: Labels) =>
  Metric.histogram("brinjal_task_duration_seconds", {
    description: "Time from the start of a task to its end, retries included",
    boundaries: [0.001, 0.01, 0.1, 1, 10, 60, 600, 3_600, 36_000],
    attributes
  })

const startLateness = (attributes: Labels) =>
  Metric.histogram("brinjal_start_lateness_seconds", {
    description: "Time from the nominal time of an occurrence to the start of its task",
    boundaries: [0.001, 0.01, 0.1, 1, 10, 60, 600, 3_600],
    attributes
  })

const occurrencesTotal = (attributes: Labels) =>
  Metric.counter("brinjal_occurrences_total", { description: "Occurrences decided", incremental: true, attributes })

const activeTasks = Metric.gauge("brinjal_active_tasks", { description: "Tasks that run" })

const queueDepth = Metric.gauge("brinjal_queue_depth", { description: "Tasks that wait for a pool" })

interface Ended {
  readonly total: Metric.Counter<number>
  readonly duration: Metric.Histogram<number>
}

/** What the manager reports to its metrics. Times are in milliseconds. */
export interface Telemetry {
  readonly ended: (taskType: string, status: TaskStatus, duration: number | undefined) => void
  readonly started: (taskType: string, lateness: number | undefined) => void
  readonly occurrences: (outcome: string, reason: string, count: number) => void
  /** Observes the depth of a pool, which is read when the metrics are. Returns what ends that. */
  readonly pool: (name: string, depth: () => { readonly active: number; readonly waiting: number }) => () => void
}

const cached = <A>(make: (key: string) => A) => {
  const values = new Map<string, A>()
  return (key: string): A => {
    let value = values.get(key)
    if (value === undefined) values.set(key, value = make(key))
    return value
  }
}

/**
 * The part of the manager's context that a metric looks for at every update. Common labels are left out, as the metrics
 * are made with them.
 */
const metricContext = (context: Context.Context<never>): Context.Context<never> =>
  Context.add(Context.empty(), Metric.MetricRegistry, Context.get(context, Metric.MetricRegistry)).pipe(
    Context.add(Metric.CurrentMetricAttributes, {})
  )

/** Metrics in the registry of `around`. */
export const make = (around: Context.Context<never>): Telemetry => {
  const context = metricContext(around)
  const common = Context.get(around, Metric.CurrentMetricAttributes)
  const ended = cached((status) =>
    cached((task): Ended => ({
      total: tasksTotal({ ...common, task, status }),
      duration: taskDuration({ ...common, task })
    }))
  )
  const lateness = cached((task) => startLateness({ ...common, task }))
  const occurrences = cached((outcome) => cached((reason) => occurrencesTotal({ ...common, outcome, reason })))
  const observe = (gauge: Metric.Gauge<number>, pool: string, read: () => number) => {
    const hooks = { get: () => ({ value: read() }), update: constVoid, modify: constVoid }
    return Metric.registerUnsafe(Metric.withAttributes(gauge, { ...common, pool }), context, hooks)
  }
  return {
    ended: (taskType, status, duration) => {
      const metrics = ended(status)(taskType)
      metrics.total.updateUnsafe(1, context)
      if (duration !== undefined) metrics.duration.updateUnsafe(duration / 1_000, context)
    },
    started: (taskType, late) => {
      if (late !== undefined) lateness(taskType).updateUnsafe(late / 1_000, context)
    },
    occurrences: (outcome, reason, count) => {
      occurrences(outcome)(reason).updateUnsafe(count, context)
    },
    pool: (name, depth) => {
      const active = observe(activeTasks, name, () => depth().active)
      const waiting = observe(queueDepth, name, () => depth().waiting)
      return () => {
        active.remove()
        waiting.remove()
      }
    }
  }
}
