/**
 * The recurring tasks that a process looks after: wakes their loops, counts their runs and instances, and shows them.
 */
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Decision from "../Decision.ts"
import { OccurrenceOutcome, RecurringTaskInfo } from "../RecurringTaskInfo.ts"
import { decisionSpec } from "../RecurringTaskSpec.ts"
import { RecurringTaskUpdate } from "../TaskEvent.ts"
import type { ConfigRecord, Counters, StoredConfig, StoredOutcome } from "../TaskStore.ts"
import * as events from "./events.ts"
import { instant, instantOption } from "./records.ts"
import type { Config, Live, State } from "./state.ts"

/** Makes the loop of a recurring task look again. */
export const wake = (config: Config): void => {
  const resume = config.resume
  config.dirty = true
  config.resume = undefined
  resume?.(Effect.void)
}

/** Lets the loop sleep until an instant, unless it has to look again. */
export const fallAsleep = (
  state: State,
  config: Config,
  resume: NonNullable<Config["resume"]>,
  wakeAt: number | undefined
): void => {
  if (config.dirty || config.removed || state.stopping) return resume(Effect.void)
  config.resume = resume
  if (wakeAt === undefined) state.ticker.clear(config)
  else state.ticker.set(config, wakeAt)
}

/** Takes over the counters that the store returned when a task began or ended, and publishes them if they are new. */
export const count = (state: State, config: Config | undefined, counters: Counters | undefined): void => {
  if (take(config, counters)) publish(state, config!)
}

/** Takes over the counters that the store returned. Returns whether they are new. */
export const take = (config: Config | undefined, counters: Counters | undefined): boolean => {
  if (config === undefined || counters === undefined || counters === config.counters) return false
  const limit = config.record.spec.pauseAfterFailures
  const failedAgain = counters.consecutiveFailures > config.counters.consecutiveFailures
  if (limit !== null && failedAgain && counters.consecutiveFailures >= limit) config.pausing = true
  config.counters = counters
  return true
}

/**
 * An instance has ended here. There may be room for one that waits, or a reason to pause; this process is the first to
 * know, so it need not wait for its turn.
 */
export const released = (config: Config): void => {
  if (!config.pausing && config.record.buffer.length === 0) return
  config.turnAt = atOnce
  wake(config)
}

/** A turn that is already due. */
const atOnce = 1

/** Another process has changed it: it must be read again before anything is decided. */
export const invalidate = (config: Config): void => {
  config.knowledge = "outdated"
  wake(config)
}

/** Another process has decided it: what was due is done, and the row is read before the next decision. */
export const advance = (config: Config, lastDecided: number): void => {
  if (config.knowledge === "current") config.knowledge = "behind"
  config.record = { ...config.record, lastDecided: Math.max(config.record.lastDecided, lastDecided) }
  wake(config)
}

/** Adjusts the semaphore to the present `maxConcurrent`. */
export const resize = (state: State, { record, semaphore }: Config): void => {
  if (semaphore !== undefined) state.fork(semaphore.resize(record.spec.maxConcurrent))
}

/** Publishes the state of a recurring task. */
export const publish = (state: State, config: Config): void => events.publish(state, updateOf, config)

const updateOf = ({ counters, record }: Config) => (sequence: number) =>
  new RecurringTaskUpdate({ sequence, recurringTask: info({ record, counters }) }, { disableChecks: true })

/** The specification in the form that `Decision` takes. */
export const specOf = (record: ConfigRecord): Decision.Spec => decisionSpec(record.recurringId, record.spec)

/** Ids of its active instances, those of other processes first, then oldest first. */
export const activeIds = (config: Config): ReadonlyArray<string> => {
  const here = config.active === undefined ? none : config.active.map((live) => live.record.taskId)
  return config.elsewhere === undefined ? here : [...config.elsewhere, ...here]
}

const none: ReadonlyArray<string> = []

/** How many active instances there are. */
export const countActive = ({ active, elsewhere }: Config): number => (active?.length ?? 0) + (elsewhere?.size ?? 0)

/** How many instances may run at once. */
export const maxActive = ({ record: { spec } }: Config): number =>
  spec.overlap === "allowAll" ? Infinity : spec.maxConcurrent

/** An instance is live here from now on. */
export const addActive = (config: Config | undefined, live: Live): void => {
  if (config === undefined) return
  if (config.active === undefined) config.active = [live]
  else if (!config.active.includes(live)) config.active.push(live)
  config.elsewhere?.delete(live.record.taskId)
}

/** An instance no longer counts as active here. */
export const removeActive = ({ active }: Config, live: Live): void => {
  const place = active === undefined ? -1 : active.indexOf(live)
  if (active === undefined || place < 0) return
  if (place === active.length - 1) active.pop()
  else active.splice(place, 1)
}

/** An instance is no longer live here, and has ended or gone elsewhere. */
export const ended = (live: Live): void => {
  const { config } = live
  if (config === undefined) return
  removeActive(config, live)
  config.endedCount++
}

/** An instance may be live in another process from now on. */
export const addElsewhere = (config: Config | undefined, taskId: string): void => {
  if (config !== undefined) (config.elsewhere ??= new Set()).add(taskId)
}

/** An instance has ended in another process. */
export const endedElsewhere = (config: Config, taskId: string): void => {
  config.elsewhere?.delete(taskId)
  config.endedCount++
}

const reachedLimit = ({ runs, spec }: ConfigRecord): boolean => spec.maxRuns !== null && runs >= spec.maxRuns

/** The nominal time of the next occurrence after an instant; absent if there is none, or while disabled. */
const nextAfter = (record: ConfigRecord, after: number): number | undefined =>
  record.enabled && !reachedLimit(record) ? Decision.next(specOf(record), after) : undefined

/** A recurring task as users see it. */
export const info = ({ counters, record }: StoredConfig): RecurringTaskInfo => {
  const { spec, template } = record
  const next = nextAfter(record, record.lastDecided)
  const cron = spec.recurrence._tag === "Cron" ? Option.some(spec.recurrence) : Option.none()
  return new RecurringTaskInfo({
    recurringId: record.recurringId,
    version: record.revision,
    recurrence: spec.recurrence,
    cronExpression: Option.map(cron, (cron) => cron.expression),
    timezone: Option.map(cron, (cron) => cron.timezone),
    templateTask: {
      taskType: template.taskType,
      payload: template.payload,
      heading: Option.fromNullishOr(template.heading),
      body: Option.fromNullishOr(template.body),
      img: Option.fromNullishOr(template.img),
      priority: template.priority
    },
    maxConcurrent: spec.maxConcurrent,
    overlap: spec.overlap,
    bufferLimit: spec.bufferLimit,
    onMissed: spec.onMissed,
    catchUp: { window: Duration.millis(spec.catchUpWindow), max: spec.catchUpMax },
    startDeadline: Option.map(Option.fromNullishOr(spec.startDeadline), Duration.millis),
    jitter: Duration.millis(spec.jitter),
    startAt: instantOption(spec.startAt),
    endAt: instantOption(spec.endAt),
    maxRuns: Option.fromNullishOr(spec.maxRuns),
    pauseAfterFailures: Option.fromNullishOr(spec.pauseAfterFailures),
    enabled: record.enabled,
    note: record.note,
    exhausted: record.enabled && next === undefined && record.buffer.length === 0,
    buffered: record.buffer.length,
    nextRun: instantOption(next),
    lastRun: instantOption(counters.lastRun),
    totalRuns: counters.totalRuns,
    totalFailures: counters.totalFailures,
    consecutiveFailures: counters.consecutiveFailures,
    createdAt: instant(record.createdAt),
    updatedAt: instant(record.updatedAt)
  }, { disableChecks: true })
}

/** An outcome as users see it. */
export const outcome = (recurringId: string, row: StoredOutcome): OccurrenceOutcome =>
  new OccurrenceOutcome({
    recurringId,
    ordinal: row.ordinal,
    outcome: row.outcome,
    reason: row.reason,
    trigger: row.trigger,
    from: instant(row.from),
    to: instant(row.to),
    count: row.count,
    decidedAt: instant(row.decidedAt),
    blockedBy: row.blockedBy,
    into: instantOption(row.into),
    taskId: Option.fromNullishOr(row.taskId),
    status: Option.fromNullishOr(row.status),
    startedAt: instantOption(row.startedAt),
    completedAt: instantOption(row.completedAt)
  }, { disableChecks: true })

/** The nominal times of the next occurrences. */
export const upcoming = (record: ConfigRecord, after: number, count: number): ReadonlyArray<DateTime.Utc> => {
  const found: Array<DateTime.Utc> = []
  let at = nextAfter(record, after)
  while (at !== undefined && found.length < count) {
    found.push(instant(at))
    at = nextAfter(record, at)
  }
  return found
}
