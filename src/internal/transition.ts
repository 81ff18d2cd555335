/**
 * One change of a recurring task, from decision to effect: first what is due is decided, then the change is applied,
 * all of it is committed by compare-and-swap, and only then does anything start or stop.
 */
import * as Effect from "effect/Effect"
import type * as Tracer from "effect/Tracer"
import * as Decision from "../Decision.ts"
import type { RecurringTaskNotFound, TaskStoreError } from "../TaskError.ts"
import type { Cancel, Claimed, ConfigRecord, OutcomeRecord, TaskRecord } from "../TaskStore.ts"
import { admit } from "./admission.ts"
import * as announcing from "./announcing.ts"
import * as configs from "./configs.ts"
import { punctual } from "./decision/plain.ts"
import * as eagerStart from "./eagerStart.ts"
import * as members from "./members.ts"
import * as pools from "./pools.ts"
import { queued } from "./records.ts"
import { reload } from "./reloading.ts"
import * as remoteTasks from "./remoteTasks.ts"
import { type Cancellation, type Config, now, type State } from "./state.ts"
import * as stopping from "./stopping.ts"
import { untilStored } from "./storeFailures.ts"
import * as writes from "./writes.ts"

/** What will be stored, and what will be done once it is. */
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

/** The outcome of an instance. One that is not scheduled is recorded at the instant of its decision. */
export const startedBy = (trigger: OutcomeRecord["trigger"], task: TaskRecord, at: number): OutcomeRecord => ({
  from: task.scheduledAt ?? at,
  to: task.scheduledAt ?? at,
  count: 1,
  outcome: "Started",
  reason: "",
  blockedBy: nothing,
  into: null,
  trigger,
  decidedAt: at,
  taskId: task.taskId,
  status: "queued"
})

/** The outcome of a scheduled occurrence, and the instance that it has started, if any. */
const scheduled = (outcome: Decision.Outcome, at: number, task?: TaskRecord): OutcomeRecord => ({
  from: outcome.from,
  to: outcome.to,
  count: outcome.count,
  outcome: outcome.outcome,
  reason: outcome.reason,
  blockedBy: outcome.blockedBy,
  into: outcome.into,
  trigger: "schedule",
  decidedAt: at,
  taskId: task === undefined ? null : task.taskId,
  status: task === undefined ? null : task.status
})

const nothing: ReadonlyArray<never> = []

/** What is due now. */
export const decide = (state: State, config: Config): Transition => {
  const at = now(state)
  return punctually(state, config, at) ?? continued(state, config, {
    at,
    record: config.record,
    outcomes: nothing,
    tasks: nothing,
    interrupts: nothing,
    wakeAt: at
  })
}

/** What is due now, without a decision in between, if there is nothing to weigh: almost always when anything is due. */
export const punctually = (state: State, config: Config, at: number): Transition | undefined => {
  const { record } = config
  const spec = configs.specOf(record)
  const due = punctual(spec, record, at, configs.countActive(config))
  if (due === undefined) return undefined
  const task = instanceOf(state, record, at, due)
  return {
    at,
    record: { ...record, lastDecided: due, runs: record.runs + 1 },
    outcomes: [startedBy("schedule", task, at)],
    tasks: [task],
    interrupts: nothing,
    wakeAt: Decision.next(spec, due)
  }
}

/** Both lists; the other one itself if one is empty, as it mostly is. */
const joined = <A>(a: ReadonlyArray<A>, b: ReadonlyArray<A>): ReadonlyArray<A> =>
  a.length === 0 ? b : b.length === 0 ? a : [...a, ...b]

const remembering = (record: ConfigRecord, state: Decision.State): ConfigRecord => {
  if (state === record) return record
  const { buffer, enabled, lastDecided, runs } = state
  return { ...record, enabled, lastDecided, buffer, runs }
}

/** A transition followed by the decision on what it leaves. */
const continued = (state: State, config: Config, before: Transition): Transition => {
  const { at, record } = before
  const started = before.tasks.length === 0 ? nothing : before.tasks.map((task) => task.taskId)
  const decision = Decision.decide(configs.specOf(record), record, at, joined(configs.activeIds(config), started))
  const { interrupts, outcomes, wakeAt } = decision
  if (outcomes.length + interrupts.length === 0 && decision.state === record) return { ...before, wakeAt }
  return decided(state, before, decision)
}

const decided = (state: State, before: Transition, decision: Decision.Decision): Transition => {
  const { at, record } = before
  const tasks = decision.starts.map((start) => instanceOf(state, record, at, start.scheduledAt, start.covers))
  let started = 0
  const outcomes = decision.outcomes.map((outcome) =>
    scheduled(outcome, at, outcome.outcome === "Started" ? tasks[started++] : undefined)
  )
  return {
    at,
    record: remembering(record, decision.state),
    outcomes: joined(before.outcomes, outcomes),
    tasks: joined(before.tasks, tasks),
    interrupts: joined(before.interrupts, decision.interrupts),
    wakeAt: decision.wakeAt
  }
}

/** Decides what is due, and then disables: what waits for room will not run any more. */
export const disabled = (state: State, config: Config, due: Transition, note: string): Transition =>
  continued(state, config, { ...due, record: { ...due.record, enabled: false, note, updatedAt: due.at } })

/** Decides what is due, and then starts afresh: nothing that was due before will run. */
export const restarted = (due: Transition): Transition => {
  const { at, record } = due
  const waiting = Decision.supersede(configs.specOf(record), record, at).map((outcome) => scheduled(outcome, at))
  return {
    ...due,
    outcomes: [...due.outcomes, ...waiting],
    record: { ...record, lastDecided: Math.max(record.lastDecided, at) }
  }
}

/** Whether a decision has nothing to store and nothing to do. */
export const isIdle = (config: Config, due: Transition): boolean =>
  due.interrupts.length === 0 && isSettled(config, due)

/** Whether a decision has nothing to store: the instances that it interrupts were already told to stop. */
export const isSettled = (config: Config, { outcomes, record }: Transition): boolean =>
  outcomes.length === 0 && record.lastDecided === config.record.lastDecided &&
  record.buffer.length === config.record.buffer.length

/**
 * Decides what is due, applies a change, and commits both; again, if another process was quicker. Returns the new
 * record.
 */
export const apply = <E>(
  state: State,
  config: Config,
  change: Change<E>
): Effect.Effect<ConfigRecord, E | RecurringTaskNotFound | TaskStoreError> =>
  Effect.suspend(() =>
    config.knowledge === "current"
      ? attempt(state, config, change)
      : Effect.andThen(reload(state, config), attempt(state, config, change))
  )

const attempt = <E>(
  state: State,
  config: Config,
  change: Change<E>
): Effect.Effect<ConfigRecord, E | RecurringTaskNotFound | TaskStoreError> =>
  Effect.suspend(() => {
    const due = decide(state, config)
    // what was too much for one decision is committed in parts
    if (due.wakeAt !== undefined && due.wakeAt <= due.at) {
      return Effect.andThen(commit(state, config, due), attempt(state, config, change))
    }
    return Effect.flatMap(change(due), (transition) => {
      if (transition === due && isIdle(config, due)) return Effect.succeed(config.record)
      const record = { ...transition.record, version: config.record.version + 1 }
      return Effect.flatMap(
        commit(state, config, transition),
        (done) => done ? Effect.succeed(record) : attempt(state, config, change)
      )
    })
  })

/**
 * Commits a transition and acts on it; `false` if another process was quicker, whose row is then taken over. With
 * `mayBegin`, which must not be set in a transaction of the caller, its instance may run at once.
 */
export const commit = (
  state: State,
  config: Config,
  transition: Transition,
  mayBegin = false
): Effect.Effect<boolean, RecurringTaskNotFound | TaskStoreError> =>
  state.traced && transition.tasks.length > 0
    ? Effect.useSpan("brinjal.decide", {
      root: true,
      attributes: { "recurring.id": config.record.recurringId, "occurrences": transition.outcomes.length }
    }, (span) => write(state, config, transition, mayBegin, span))
    : write(state, config, transition, mayBegin, undefined)

const write = (
  state: State,
  config: Config,
  transition: Transition,
  mayBegin: boolean,
  link: Tracer.AnySpan | undefined
): Effect.Effect<boolean, RecurringTaskNotFound | TaskStoreError> => {
  const { spec, template, version } = config.record
  const record = { ...transition.record, version: version + 1 }
  const task = mayBegin ? onlyInstance(transition) : undefined
  const begin = task && eagerStart.request(state, config, task)
  const written = writes.commit(state, {
    expected: version,
    config: record,
    outcomes: transition.outcomes,
    tasks: transition.tasks,
    active: activeOf(state, config, transition),
    cancels: state.store.durable ? cancelsOf(transition) : undefined,
    isRevised: record.spec !== spec || record.template !== template,
    begin
  })
  return Effect.matchCauseEffectEager(written, {
    onFailure: (cause) => {
      if (begin !== undefined) eagerStart.fail(state, task!)
      return Effect.failCause(cause)
    },
    onSuccess: (answer) => {
      const claimed = typeof answer === "object" ? answer : undefined
      if (begin !== undefined && claimed === undefined) eagerStart.giveUp(state, task!)
      if (answer === false) return Effect.as(reload(state, config), false)
      const done = () => act(state, config, transition, record, link, claimed)
      // whatever may begin is not part of a caller's transaction, and therefore committed
      const isCommitted = mayBegin || !state.store.durable
      return Effect.mapEager(isCommitted ? done() : afterCommit(state, config, done), () => true)
    }
  })
}

/** One that was added in the same transaction may have got another loop meanwhile. */
const lookAgain = ({ configs: all }: State, config: Config): void => {
  const known = all.get(config.record.recurringId) ?? config
  if (known === config) configs.wake(config)
  else configs.invalidate(known)
}

/** Acts now, or after the commit of the transaction of somebody else: by then the loop sleeps by what was so before. */
const afterCommit = (state: State, config: Config, done: () => Effect.Effect<void>): Effect.Effect<void> =>
  Effect.suspend(() => {
    let isNow = true
    const acted = Effect.suspend(() => isNow ? done() : Effect.map(done(), () => lookAgain(state, config)))
    return Effect.map(state.store.afterCommit(acted), () => void (isNow = false))
  })

/** The instance that is started, if it is the only one and does not wait for another one to stop. */
const onlyInstance = ({ interrupts, tasks }: Transition): TaskRecord | undefined =>
  tasks.length === 1 && interrupts.length === 0 ? tasks[0] : undefined

const overlap: Cancellation = { reason: "Overlap", note: "A newer occurrence takes its place." }

/** Requests to the instances that are to stop, because another process may have to stop them. */
const cancelsOf = ({ interrupts }: Transition): ReadonlyArray<Cancel> =>
  interrupts.map(({ taskId, terminate }) => ({ taskId, request: { ...overlap, grace: terminate ? 0 : null } }))

/**
 * How many instances a decision that finds no room relies on: instances in other processes may have ended unnoticed. A
 * decision that finds room is valid whatever has ended.
 */
const activeOf = (
  state: State,
  config: Config,
  { interrupts, outcomes, record }: Transition
): number | undefined => {
  if (members.isAlone(state) && (config.elsewhere?.size ?? 0) === 0) return undefined
  const isBlocked = record.buffer.length > 0 || interrupts.length > 0 ||
    outcomes.some((one) => one.blockedBy.length > 0)
  return isBlocked ? configs.activeIds(config).length : undefined
}

const act = (
  state: State,
  config: Config,
  { interrupts, outcomes, tasks }: Transition,
  record: ConfigRecord,
  link: Tracer.AnySpan | undefined,
  claimed: Claimed | undefined
): Effect.Effect<void> => {
  take(state, config, record, outcomes)
  if (claimed !== undefined) return Effect.succeed(eagerStart.start(state, config, tasks[0]!, claimed, link))
  const begun = () => begin(state, config, tasks, link)
  if (interrupts.length === 0) return Effect.succeed(begun())
  const stops = interrupts.map(({ taskId, terminate }) => stop(state, taskId, terminate))
  return Effect.map(Effect.all(stops), begun)
}

/** Takes over a committed record, and publishes it. */
export const take = (
  state: State,
  config: Config,
  record: ConfigRecord,
  outcomes: ReadonlyArray<OutcomeRecord>
): void => {
  const before = config.record
  config.record = record
  observe(state, outcomes)
  configs.publish(state, config)
  announce(state, before, record)
  if (record.spec !== before.spec) configs.resize(state, config)
}

/** The process that decides after this one has to know what waits, and what else has changed. */
const announce = (state: State, before: ConfigRecord, record: ConfigRecord): void => {
  const isMore = record.updatedAt !== before.updatedAt || record.enabled !== before.enabled ||
    before.buffer.length + record.buffer.length > 0
  if (isMore) announcing.config(state, record)
  else announcing.decided(state, record)
}

/** Counts outcomes. */
export const observe = (state: State, outcomes: ReadonlyArray<OutcomeRecord>): void => {
  for (const { count, outcome, reason } of outcomes) state.telemetry.occurrences(outcome, reason, count)
}

const stop = (state: State, taskId: string, terminate: boolean): Effect.Effect<void> => {
  const live = state.live.get(taskId)
  if (live === undefined) return stopElsewhere(state, taskId, terminate)
  return terminate ? stopping.terminate(state, live, overlap) : stopping.cancel(state, live, overlap)
}

/** The store is asked for as long as it takes, in the background. */
const stopElsewhere = (
  state: State,
  taskId: string,
  terminate: boolean
): Effect.Effect<void> =>
  Effect.sync(() => {
    const asked = Effect.suspend(() => remoteTasks.request(state, taskId, overlap, terminate ? 0 : undefined))
    state.fork(untilStored(state, asked))
  })

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
    configs.addActive(config, live)
    stopping.watchDeadline(state, live)
    announcing.task(state, task)
  }
  const { taskType } = config.record.template
  if (state.registry.get(taskType) === undefined) announcing.queued(state, taskType)
  pools.pump(state, pool)
}
