/**
 * What follows from a committed transition: the new record is shown, instances that are in the way are stopped, and new
 * ones start.
 */
import * as Effect from "effect/Effect"
import type * as Tracer from "effect/Tracer"
import type { Claimed, ConfigRecord, OutcomeRecord, TaskRecord } from "../TaskStore.ts"
import { admit } from "./admission.ts"
import * as announcing from "./announcing.ts"
import * as configs from "./configs.ts"
import * as eagerStart from "./eagerStart.ts"
import { overlap } from "./endings.ts"
import * as pools from "./pools.ts"
import * as publishing from "./publishing.ts"
import * as remoteTasks from "./remoteTasks.ts"
import * as sleeping from "./sleeping.ts"
import type { Config, State } from "./state.ts"
import * as stopping from "./stopping.ts"
import { untilStored } from "./storeFailures.ts"
import { arriving } from "./storing.ts"
import type { Transition } from "./transition.ts"

/** Does what follows. A new instance that is already stored as running starts here at once. */
export const act = (
  state: State,
  config: Config,
  { interrupts, outcomes, tasks }: Transition,
  record: ConfigRecord,
  link: Tracer.AnySpan | undefined,
  claimed: Claimed | undefined
): Effect.Effect<void> => {
  observe(state, outcomes)
  take(state, config, record)
  if (claimed !== undefined) return Effect.succeed(eagerStart.start(state, config, tasks[0]!, claimed, link))
  const begun = () => begin(state, config, tasks, link)
  if (interrupts.length === 0) return Effect.succeed(begun())
  const stops = interrupts.map(({ taskId, terminate }) => stop(state, taskId, terminate))
  return Effect.map(Effect.all(stops), begun)
}

/** Takes over a committed record, and publishes it. */
export const take = (state: State, config: Config, record: ConfigRecord): void => {
  const before = config.record
  config.record = record
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
  for (const task of tasks) enter(state, config, task, link)
  // all of them are made from one template, which is no more that of the recurring task if that was changed just now
  pump(state, tasks[0]!)
}

/** The same for one instance. */
export const beginOne = (state: State, config: Config, task: TaskRecord): void => {
  enter(state, config, task, undefined)
  pump(state, task)
}

const enter = (state: State, config: Config, stored: TaskRecord, link: Tracer.AnySpan | undefined): void => {
  const task = arriving(state, stored)
  if (sleeping.isAtRest(state, task)) return leave(state, config, task)
  const live = admit(state, task, pools.named(state, task.semaphore), config, link)
  configs.addActive(config, live)
  stopping.watchDeadline(state, live)
  announcing.task(state, task)
}

/** An instance that is parked is only in the store. */
const leave = (state: State, config: Config, task: TaskRecord): void => {
  configs.addElsewhere(config, task.taskId)
  publishing.task(state, task)
  announcing.task(state, task)
  sleeping.offer(state, task)
}

const pump = (state: State, { semaphore, taskType }: TaskRecord): void => {
  if (state.registry.get(taskType) === undefined) announcing.queued(state, taskType)
  pools.pump(state, pools.named(state, semaphore))
}
