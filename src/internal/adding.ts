/**
 * Adds a recurring task: stores its row, and starts its loop once that is committed.
 */
import * as Effect from "effect/Effect"
import { changesOf } from "../RecurringTaskPlan.ts"
import { type InvalidSpec, type Options, resolve, type Spec } from "../RecurringTaskSpec.ts"
import { RecurringTaskExists } from "../TaskError.ts"
import type { EnqueueError } from "../TaskManager.ts"
import type { ConfigRecord, OutcomeRecord, TaskRecord } from "../TaskStore.ts"
import * as afterCommit from "./afterCommit.ts"
import * as announcing from "./announcing.ts"
import * as configs from "./configs.ts"
import * as configSync from "./configSync.ts"
import * as counters from "./counters.ts"
import * as loop from "./loop.ts"
import * as members from "./members.ts"
import { refusal } from "./queueing.ts"
import { templateRecord } from "./records.ts"
import { type Config, now, type State } from "./state.ts"
import { bounded } from "./storeFailures.ts"
import * as transition from "./transition.ts"

/** Adds a recurring task. If the same one exists already, nothing changes. */
export const add = (
  state: State,
  options: Options
): Effect.Effect<string, InvalidSpec | RecurringTaskExists | EnqueueError> =>
  Effect.suspend(() => {
    const at = now(state)
    const recurringId = options.recurringId ?? state.nextId(at)
    return Effect.flatMapEager(resolve(recurringId, options), (spec) => {
      const refused = refusal(state, options.templateTask)
      return refused === undefined
        ? unlessKnown(state, newRecord(state, recurringId, spec, options, at), options.runImmediately === true)
        : Effect.fail(refused)
    })
  })

const unlessKnown = (
  state: State,
  record: ConfigRecord,
  isImmediate: boolean
): Effect.Effect<string, RecurringTaskExists | EnqueueError> => {
  const { recurringId } = record
  const known = state.configs.get(recurringId)?.record
  return known === undefined ? insert(state, record, isImmediate) : ifSame(known, record)
}

const ifSame = (known: ConfigRecord, record: ConfigRecord): Effect.Effect<string, RecurringTaskExists> => {
  const { recurringId } = record
  return changesOf(known, record).length === 0
    ? Effect.succeed(recurringId)
    : Effect.fail(new RecurringTaskExists({ recurringId }))
}

const insert = (
  state: State,
  record: ConfigRecord,
  isImmediate: boolean
): Effect.Effect<string, RecurringTaskExists | EnqueueError> => {
  const tasks = isImmediate ? [transition.instanceOf(state, record, record.createdAt, null)] : none
  const outcomes = isImmediate
    ? tasks.map((task) => transition.startedBy("registration", task, record.createdAt))
    : none
  if (state.direct === undefined) return insertInTime(state, record, outcomes, tasks)
  if (!state.direct.insertConfig(record, outcomes, tasks, members.retention(state))) return existing(state, record)
  activate(state, record, outcomes, tasks)
  return Effect.succeed(record.recurringId)
}

const insertInTime = (
  state: State,
  record: ConfigRecord,
  outcomes: ReadonlyArray<OutcomeRecord>,
  tasks: ReadonlyArray<TaskRecord>
): Effect.Effect<string, RecurringTaskExists | EnqueueError> => {
  const insertion = state.store.insertConfig(record, outcomes, tasks, members.retention(state))
  const inserted = state.store.durable ? bounded(state, "insertConfig", insertion) : insertion
  const activated = Effect.sync(() => activate(state, record, outcomes, tasks))
  const added = Effect.flatMap(
    inserted,
    (isFirst) => isFirst ? Effect.as(state.store.afterCommit(activated), true) : Effect.succeed(false)
  )
  return Effect.flatMap(
    // it may be stored even if the caller fails or is interrupted
    Effect.onError(added, () => configSync.mayHaveMissed(state)),
    (isFirst) => isFirst ? Effect.succeed(record.recurringId) : existing(state, record)
  )
}

const none: ReadonlyArray<never> = []

/** Another process was quicker, perhaps with the same recurring task. */
const existing = (state: State, record: ConfigRecord): Effect.Effect<string, RecurringTaskExists | EnqueueError> => {
  const { recurringId } = record
  return Effect.flatMap(
    configSync.adopt(state, recurringId),
    (adopted) =>
      adopted === undefined ? Effect.fail(new RecurringTaskExists({ recurringId })) : ifSame(adopted.record, record)
  )
}

const activate = (
  state: State,
  record: ConfigRecord,
  outcomes: ReadonlyArray<OutcomeRecord>,
  tasks: ReadonlyArray<TaskRecord>
): void => {
  const known = state.configs.get(record.recurringId)
  if (known !== undefined) {
    // it was read from the store before this process knew that it is stored, and has its loop
    show(state, known, outcomes, tasks)
    return configs.invalidate(known)
  }
  const begun = loop.begin(state, { record, counters: counters.none })
  show(state, begun, outcomes, tasks)
  loop.fork(state, begun)
}

const show = (
  state: State,
  config: Config,
  outcomes: ReadonlyArray<OutcomeRecord>,
  tasks: ReadonlyArray<TaskRecord>
): void => {
  configs.publish(state, config)
  announcing.config(state, config.record)
  afterCommit.observe(state, outcomes)
  afterCommit.begin(state, config, tasks, undefined)
}

/** One empty buffer for all, since most stay empty. */
const nothing: ConfigRecord["buffer"] = []

/**
 * Higher than any version that an earlier recurring task with this id can have had, so that a process that has not
 * heard of its removal does not take one for the other. A recurring task gets fewer versions than it lives
 * milliseconds.
 */
const firstVersion = ({ store }: State, at: number): number => store.durable ? Math.max(1, Math.floor(at)) : 1

const newRecord = (state: State, recurringId: string, spec: Spec, options: Options, at: number): ConfigRecord => ({
  recurringId,
  version: firstVersion(state, at),
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
