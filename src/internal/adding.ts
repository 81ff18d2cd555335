/**
 * How a recurring task is added: its row first, and its loop when that is committed.
 */
import * as Effect from "effect/Effect"
import { changesOf } from "../RecurringTaskPlan.ts"
import { type InvalidSpec, type Options, resolve, type Spec } from "../RecurringTaskSpec.ts"
import { RecurringTaskExists } from "../TaskError.ts"
import type { EnqueueError } from "../TaskManager.ts"
import type { ConfigRecord, OutcomeRecord, TaskRecord } from "../TaskStore.ts"
import * as announcing from "./announcing.ts"
import * as configs from "./configs.ts"
import * as loop from "./loop.ts"
import * as news from "./news.ts"
import { templateRecord } from "./records.ts"
import { now, type State } from "./state.ts"
import { admissible } from "./tasks.ts"
import * as transition from "./transition.ts"
import { bounded } from "./trouble.ts"
import * as writes from "./writes.ts"

/** What the store says of a recurring task that has not run. */
const noCounters = { totalRuns: 0, totalFailures: 0, consecutiveFailures: 0, lastRun: null }

/** Adds a recurring task, or finds the same one. */
export const add = (
  state: State,
  options: Options
): Effect.Effect<string, InvalidSpec | RecurringTaskExists | EnqueueError> =>
  Effect.suspend(() => {
    const recurringId = options.recurringId ?? state.nextId()
    return Effect.flatMapEager(resolve(recurringId, options), (spec) =>
      Effect.flatMapEager(admissible(state, options.templateTask), () =>
        unlessKnown(state, newRecord(recurringId, spec, options, now(state)), options.runImmediately === true)))
  })

const unlessKnown = (
  state: State,
  record: ConfigRecord,
  isImmediate: boolean
): Effect.Effect<string, RecurringTaskExists | EnqueueError> => {
  const { recurringId } = record
  const known = state.configs.get(recurringId)?.record
  if (known === undefined) return insert(state, record, isImmediate)
  return changesOf(known, record).length === 0
    ? Effect.succeed(recurringId)
    : Effect.fail(new RecurringTaskExists({ recurringId }))
}

const insert = (
  state: State,
  record: ConfigRecord,
  isImmediate: boolean
): Effect.Effect<string, RecurringTaskExists | EnqueueError> => {
  const tasks = isImmediate ? [transition.instanceOf(state, record, record.createdAt, null)] : []
  const outcomes = tasks.map((task) => transition.startedBy("registration", task, record.createdAt))
  const insertion = writes.insertConfig(state, record, outcomes, tasks)
  const inserted = state.store.durable ? bounded(state, "insertConfig", insertion) : insertion
  return Effect.flatMapEager(inserted, (isFirst) => {
    if (!isFirst) return another(state, record)
    const { recurringId } = record
    const welcomed = () => welcome(state, record, outcomes, tasks)
    if (state.store.durable) return Effect.as(state.store.afterCommit(Effect.sync(welcomed)), recurringId)
    welcomed()
    return Effect.succeed(recurringId)
  })
}

/** Another process has been quicker, perhaps with the same one. */
const another = (state: State, record: ConfigRecord): Effect.Effect<string, RecurringTaskExists | EnqueueError> => {
  const { recurringId } = record
  const exists = new RecurringTaskExists({ recurringId })
  return Effect.flatMap(news.adopt(state, recurringId), (adopted) => {
    const known = adopted ? state.configs.get(recurringId)?.record : undefined
    return known !== undefined && changesOf(known, record).length === 0
      ? Effect.succeed(recurringId)
      : Effect.fail(exists)
  })
}

const welcome = (
  state: State,
  record: ConfigRecord,
  outcomes: ReadonlyArray<OutcomeRecord>,
  tasks: ReadonlyArray<TaskRecord>
): void => {
  const config = loop.begin(state, { record, counters: noCounters })
  configs.publish(state, config)
  announcing.config(state, record)
  transition.observe(state, outcomes)
  transition.begin(state, config, tasks, undefined)
  loop.fork(state, config)
}

/** One empty buffer for all, since most stay empty. */
const nothing: ConfigRecord["buffer"] = []

const newRecord = (recurringId: string, spec: Spec, options: Options, at: number): ConfigRecord => ({
  recurringId,
  version: 1,
  revision: 1,
  spec,
  template: templateRecord(options.templateTask),
  enabled: options.enabled ?? true,
  note: "",
  lastDecided: at,
  buffer: nothing,
  runs: 0,
  declared: options.declared ?? false,
  createdAt: at,
  updatedAt: at
})
