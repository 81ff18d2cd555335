/**
 * Converts records, as they are stored, to the values that users see; and makes the records of new tasks.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { Range } from "../Decision.ts"
import { TaskUpdate } from "../TaskEvent.ts"
import { TaskInfo } from "../TaskInfo.ts"
import type { TaskRecord, TemplateRecord } from "../TaskStore.ts"

/** An instant from epoch milliseconds. Tasks that are due together ask for the same one, one after another. */
export const instant = (millis: number): DateTime.Utc =>
  latest.epochMilliseconds === millis ? latest : latest = DateTime.makeUnsafe(millis)

let latest: DateTime.Utc = DateTime.makeUnsafe(0)

/** The same for one that may be absent. */
export const instantOption = (millis: number | null | undefined): Option.Option<DateTime.Utc> =>
  millis === null || millis === undefined ? Option.none() : Option.some(instant(millis))

/** A range with its ends as instants. */
export const rangeOption = (range: Range | null) =>
  Option.map(
    Option.fromNullishOr(range),
    ({ from, to, count }) => ({ from: instant(from), to: instant(to), count })
  )

const taskFields = (record: TaskRecord) => ({
  taskId: record.taskId,
  parentId: Option.fromNullishOr(record.parentId),
  taskType: record.taskType,
  status: record.status,
  payload: record.payload,
  progress: record.progress,
  heading: Option.fromNullishOr(record.heading),
  body: Option.fromNullishOr(record.body),
  img: Option.fromNullishOr(record.img),
  priority: record.priority,
  concurrencyKey: record.concurrency === null ? Option.none() : Option.some(record.concurrency.key),
  parked: record.parked,
  attempt: record.attempt,
  createdAt: instant(record.createdAt),
  scheduledAt: instantOption(record.scheduledAt),
  startedAt: instantOption(record.startedAt),
  // before the first attempt, `scheduledAt` says it
  retryAt: record.attempt === 0 ? Option.none() : instantOption(record.retryAt),
  completedAt: instantOption(record.completedAt),
  result: record.status === "done" ? Option.some(record.success) : Option.none(),
  error: Option.fromNullishOr(record.failure),
  typedError: Option.fromNullishOr(record.error)
})

/** A task as users see it. */
export const taskInfo = (record: TaskRecord): TaskInfo => new TaskInfo(taskFields(record), { disableChecks: true })

/** A task as live streams carry it. */
export const taskUpdate = (record: TaskRecord, sequence: number, lost = 0): TaskUpdate =>
  new TaskUpdate({ sequence, lost, ...taskFields(record) }, { disableChecks: true })

/** Where a new task comes from. */
export interface Origin {
  readonly recurringId: string | null
  readonly parentId: string | null
  readonly scheduledAt: number | null
  readonly covers: Range | null
}

/** The origin of a task that somebody queued. */
export const oneOff = (parentId: string | null): Origin => parentId === null ? nowhere : { ...nowhere, parentId }

const nowhere: Origin = { recurringId: null, parentId: null, scheduledAt: null, covers: null }

const templateRecords = new WeakMap<TemplateRecord, TemplateRecord>()

/** The data of a template, without its definition; one object for all who use the template. */
export const templateRecord = (template: TemplateRecord): TemplateRecord => {
  const known = templateRecords.get(template)
  if (known !== undefined) return known
  const record = dataOf(template)
  templateRecords.set(template, record)
  return record
}

const dataOf = (template: TemplateRecord): TemplateRecord => ({
  taskType: template.taskType,
  payload: template.payload,
  heading: template.heading,
  body: template.body,
  img: template.img,
  priority: template.priority,
  semaphore: template.semaphore,
  concurrency: template.concurrency
})

/** A queued task: fresh state, and nothing shared with its template but the frozen payload. */
export const queued = (taskId: string, template: TemplateRecord, origin: Origin, now: number): TaskRecord => ({
  taskId,
  taskType: template.taskType,
  payload: template.payload,
  heading: template.heading,
  body: template.body,
  img: template.img,
  priority: template.priority,
  semaphore: template.semaphore,
  concurrency: template.concurrency,
  recurringId: origin.recurringId,
  parentId: origin.parentId,
  status: "queued",
  progress: 0,
  attempt: 0,
  createdAt: now,
  scheduledAt: origin.scheduledAt,
  startedAt: null,
  retryAt: null,
  completedAt: null,
  covers: origin.covers,
  success: null,
  error: null,
  failure: null,
  owner: null,
  leaseUntil: null,
  parked: template.concurrency !== null,
  lent: false,
  abandoned: 0,
  retries: null,
  cancelRequest: null
})

/** Whether a task waits in its process for its next attempt, so that nothing of it runs. */
export const isBetweenAttempts = ({ retryAt, status }: TaskRecord): boolean => status === "running" && retryAt !== null

/** A task that its process gives back to the queue. */
export const requeued = (task: TaskRecord): TaskRecord => ({
  ...task,
  status: "queued",
  owner: null,
  leaseUntil: null,
  lent: false
})
