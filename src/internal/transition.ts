/**
 * A change of a recurring task before anything of it happens: what is due is decided, and what was asked for is applied
 * on top of that. `commit.ts` commits it.
 */
import * as Decision from "../Decision.ts"
import type { ConfigRecord, OutcomeRecord, TaskRecord } from "../TaskStore.ts"
import * as configs from "./configs.ts"
import { punctual } from "./decision/plain.ts"
import { queued } from "./records.ts"
import { type Config, now, type State } from "./state.ts"

/** What will be stored, and what will be done once it is. */
export interface Transition {
  readonly at: number
  readonly record: ConfigRecord
  readonly outcomes: ReadonlyArray<OutcomeRecord>
  readonly tasks: ReadonlyArray<TaskRecord>
  readonly interrupts: Decision.Decision["interrupts"]
  readonly wakeAt: number | undefined
}

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

/** The outcome of an instance. One that stands for no time is recorded at the instant of its decision. */
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

/**
 * What is due now, without a decision in between, if there is nothing to weigh: almost always when anything is due.
 */
const punctually = (state: State, config: Config, at: number): Transition | undefined => {
  const { record } = config
  const spec = configs.specOf(record)
  const due = punctual(spec, record, at, configs.countActive(config))
  if (due === undefined) return undefined
  const task = instanceOf(state, record, at, due)
  return {
    at,
    record: startedAt(record, due),
    outcomes: [startedBy("schedule", task, at)],
    tasks: [task],
    interrupts: nothing,
    wakeAt: Decision.next(spec, due)
  }
}

/** A recurring task after the start of an occurrence: the next version, so that it need not be copied again for that. */
export const startedAt = (record: ConfigRecord, due: number): ConfigRecord => ({
  ...record,
  version: record.version + 1,
  lastDecided: due,
  runs: record.runs + 1
})

/** Both lists; the other one itself if one is empty, as it mostly is. */
const joined = <A>(a: ReadonlyArray<A>, b: ReadonlyArray<A>): ReadonlyArray<A> => {
  if (a.length === 0) return b
  return b.length === 0 ? a : [...a, ...b]
}

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
