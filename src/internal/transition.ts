/**
 * One change of a recurring task, from decision to effect: what is due is decided first, then the change is applied, all
 * of it is committed by compare-and-swap, and only then does anything start or stop.
 */
import * as Effect from "effect/Effect"
import type * as Tracer from "effect/Tracer"
import * as Decision from "../Decision.ts"
import { RecurringTaskNotFound, type TaskStoreError } from "../TaskError.ts"
import type { ConfigRecord, OutcomeRecord, TaskRecord } from "../TaskStore.ts"
import * as configs from "./configs.ts"
import * as pools from "./pools.ts"
import { queued } from "./records.ts"
import * as runner from "./runner.ts"
import { type Config, now, type State } from "./state.ts"
import { admit } from "./tasks.ts"

/** What will be written, and what will be done once it is. */
export interface Transition {
  readonly at: number
  readonly record: ConfigRecord
  readonly outcomes: ReadonlyArray<OutcomeRecord>
  readonly tasks: ReadonlyArray<TaskRecord>
  readonly interrupts: Decision.Decision["interrupts"]
  readonly wakeAt: number | undefined
}

/** A change on top of what is due. */
export type Change<E> = (transition: Transition) => Effect.Effect<Transition, E>

/** A queued instance of a recurring task. */
export const instanceOf = (
  state: State,
  record: ConfigRecord,
  at: number,
  scheduledAt: number | null,
  covers: Decision.Range | null = null
): TaskRecord =>
  queued(
    state.nextId(),
    record.template,
    { recurringId: record.recurringId, parentId: record.recurringId, scheduledAt, covers },
    at
  )

/** The outcome of an instance that is not due by the recurrence. */
export const startedBy = (trigger: "manual" | "registration", task: TaskRecord, at: number): OutcomeRecord => ({
  from: at,
  to: at,
  count: 1,
  outcome: "Started",
  reason: "",
  blockedBy: [],
  into: null,
  trigger,
  decidedAt: at,
  taskId: task.taskId,
  status: "queued"
})

const scheduled = (at: number) => (outcome: Decision.Outcome): OutcomeRecord => ({
  ...outcome,
  trigger: "schedule",
  decidedAt: at,
  taskId: null,
  status: null
})

/** What is due now. */
export const decide = (state: State, config: Config): Transition => {
  const at = now(state)
  return continued(state, config, { at, record: config.record, outcomes: [], tasks: [], interrupts: [], wakeAt: at })
}

/** One of them where the other is empty, as it mostly is. */
const joined = <A>(a: ReadonlyArray<A>, b: ReadonlyArray<A>): ReadonlyArray<A> =>
  a.length === 0 ? b : b.length === 0 ? a : [...a, ...b]

/** A transition followed by the decision on what it leaves. */
const continued = (state: State, config: Config, before: Transition): Transition => {
  const { at, record } = before
  const active = joined(configs.activeIds(config), before.tasks.map((task) => task.taskId))
  const decision = Decision.decide(configs.specOf(record), record, at, active)
  const tasks = decision.starts.map((start) => instanceOf(state, record, at, start.scheduledAt, start.covers))
  let started = 0
  const outcomes = decision.outcomes.map(scheduled(at)).map((outcome) => {
    if (outcome.outcome !== "Started") return outcome
    const { status, taskId } = tasks[started++]!
    return { ...outcome, taskId, status }
  })
  return {
    at,
    record: { ...record, ...decision.state },
    outcomes: joined(before.outcomes, outcomes),
    tasks: joined(before.tasks, tasks),
    interrupts: joined(before.interrupts, decision.interrupts),
    wakeAt: decision.wakeAt
  }
}

/** What is due, and after it nothing: what waits for room will not run any more. */
export const disabled = (state: State, config: Config, due: Transition, note: string): Transition =>
  continued(state, config, { ...due, record: { ...due.record, enabled: false, note, updatedAt: due.at } })

/** What is due, and from now on a fresh start: nothing that was due before will run. */
export const restarted = (due: Transition): Transition => {
  const { at, record } = due
  const waiting = Decision.supersede(configs.specOf(record), record, at).map(scheduled(at))
  return {
    ...due,
    outcomes: [...due.outcomes, ...waiting],
    record: { ...record, lastDecided: Math.max(record.lastDecided, at) }
  }
}

/** Whether a decision has anything to write or to do. */
export const isIdle = (config: Config, { interrupts, outcomes, record }: Transition): boolean =>
  outcomes.length === 0 && interrupts.length === 0 && record.lastDecided === config.record.lastDecided &&
  record.buffer.length === config.record.buffer.length

/** Decides what is due, applies a change, and makes it so; again, if another process was quicker. */
export const apply = <E>(
  state: State,
  config: Config,
  change: Change<E>
): Effect.Effect<void, E | RecurringTaskNotFound | TaskStoreError> =>
  Effect.suspend(() => {
    const due = decide(state, config)
    // what was too much for one decision is written in parts
    if (due.wakeAt !== undefined && due.wakeAt <= due.at) {
      return Effect.andThen(commit(state, config, due), apply(state, config, change))
    }
    return Effect.flatMap(change(due), (transition) =>
      transition === due && isIdle(config, due)
        ? Effect.void
        : Effect.flatMap(
          commit(state, config, transition),
          (done) => done ? Effect.void : apply(state, config, change)
        ))
  })

/** Writes a transition and acts on it; `false` when another process was quicker, whose row is then taken over. */
export const commit = (
  state: State,
  config: Config,
  transition: Transition
): Effect.Effect<boolean, RecurringTaskNotFound | TaskStoreError> =>
  state.traced && transition.tasks.length > 0
    ? Effect.useSpan("brinjal.decide", {
      root: true,
      attributes: { "recurring.id": config.record.recurringId, "occurrences": transition.outcomes.length }
    }, (span) => write(state, config, transition, span))
    : write(state, config, transition, undefined)

const write = (
  state: State,
  config: Config,
  transition: Transition,
  link: Tracer.AnySpan | undefined
): Effect.Effect<boolean, RecurringTaskNotFound | TaskStoreError> => {
  const { version } = config.record
  const record = { ...transition.record, version: version + 1 }
  const { outcomes, tasks } = transition
  return Effect.flatMap(
    state.store.commit({ expected: version, config: record, outcomes, tasks }, state.settings.retention),
    (done) => {
      if (!done) return Effect.as(reload(state, config), false)
      return Effect.as(act(state, config, { ...transition, record }, link), true)
    }
  )
}

const reload = (state: State, config: Config): Effect.Effect<void, RecurringTaskNotFound | TaskStoreError> => {
  const { recurringId } = config.record
  return Effect.flatMap(state.store.getConfig(recurringId), (stored) => {
    if (stored === undefined) return Effect.fail(new RecurringTaskNotFound({ recurringId }))
    config.record = stored.record
    config.counters = stored.counters
    return Effect.void
  })
}

const act = (
  state: State,
  config: Config,
  { interrupts, outcomes, record, tasks }: Transition,
  link: Tracer.AnySpan | undefined
): Effect.Effect<void> => {
  const resized = record.spec.maxConcurrent !== config.record.spec.maxConcurrent
  config.record = record
  observe(state, outcomes)
  configs.publish(state, config)
  const stops = interrupts.map(({ taskId, terminate }) => stop(state, taskId, terminate))
  const begun = Effect.sync(() => begin(state, config, tasks, link))
  const resize = resized && config.semaphore !== undefined
    ? config.semaphore.resize(record.spec.maxConcurrent)
    : Effect.void
  return stops.length === 0 && !resized ? begun : Effect.andThen(Effect.all([resize, ...stops]), begun)
}

/** Counts outcomes. */
export const observe = (state: State, outcomes: ReadonlyArray<OutcomeRecord>): void => {
  for (const { count, outcome, reason } of outcomes) state.telemetry.occurrences(outcome, reason, count)
}

const stop = (state: State, taskId: string, terminate: boolean): Effect.Effect<void> => {
  const live = state.live.get(taskId)
  if (live === undefined) return Effect.void
  const why = { reason: "Overlap", note: "A newer occurrence takes its place." } as const
  return terminate ? runner.terminate(state, live, why) : runner.cancel(state, live, why)
}

/** Lets new instances wait for their pool. */
export const begin = (
  state: State,
  config: Config,
  tasks: ReadonlyArray<TaskRecord>,
  link: Tracer.AnySpan | undefined
): void => {
  if (tasks.length === 0) return
  const pool = pools.named(state, config.record.template.semaphore)
  for (const task of tasks) {
    const live = admit(state, task, pool, config, link)
    configs.join(config, live)
    runner.watchDeadline(state, live)
  }
  pools.pump(state, pool)
}
