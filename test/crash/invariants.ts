/**
 * What must hold whatever happened: compares the store with the journal, and gives a sentence for everything that is
 * wrong. It counts on its fingers and shares nothing with the library.
 */
import type { Recurrence, TaskStore } from "brinjal"
import { Duration, Predicate } from "effect"
import { type Entry, only } from "./journal.ts"

/** Everything that is known at some moment at which no process lives. */
export interface Evidence {
  readonly configs: ReadonlyArray<TaskStore.StoredConfig>
  readonly tasks: ReadonlyArray<TaskStore.TaskRecord>
  readonly outcomes: ReadonlyMap<string, ReadonlyArray<TaskStore.OutcomeRecord>>
  readonly journal: ReadonlyArray<Entry>
}

type Problems = ReadonlyArray<string>

const groupBy = <A>(items: ReadonlyArray<A>, keyOf: (item: A) => string | undefined): Map<string, Array<A>> => {
  const groups = new Map<string, Array<A>>()
  for (const item of items) {
    const key = keyOf(item)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

const periodOf = (recurrence: Recurrence.Recurrence): number =>
  recurrence._tag === "Every" ? Duration.toMillis(recurrence.period) : NaN

/** The occurrences of a period after one instant and up to another. */
const occurrences = (period: number, after: number, upTo: number): ReadonlyArray<number> => {
  const found: Array<number> = []
  for (let at = (Math.floor(after / period) + 1) * period; at <= upTo; at += period) found.push(at)
  return found
}

const lost = ({ journal, tasks }: Evidence): Problems => {
  const stored = new Set(tasks.map(({ taskId }) => taskId))
  return only(journal, "Queued")
    .filter(({ taskId }) => !stored.has(taskId))
    .map(({ life, taskId }) => `The task ${taskId} was acknowledged in life ${life} and is lost.`)
}

const startedTwice = ({ journal, tasks }: Evidence): Problems => {
  const started = [
    ...tasks.map(({ recurringId, scheduledAt, taskId }) => ({ parentId: recurringId, scheduledAt, taskId })),
    ...only(journal, "Began")
  ]
  const byOccurrence = groupBy(
    started,
    ({ parentId, scheduledAt }) =>
      parentId === null || scheduledAt === null ? undefined : `${parentId} at ${scheduledAt}`
  )
  return [...byOccurrence]
    .filter(([, instances]) => new Set(instances.map(({ taskId }) => taskId)).size > 1)
    .map(([occurrence]) => `The occurrence of ${occurrence} was started twice.`)
}

/** Nothing begins before its time. */
const tooEarly = ({ tasks }: Evidence): Problems =>
  tasks
    .filter(({ scheduledAt, startedAt }) => scheduledAt !== null && startedAt !== null && startedAt < scheduledAt)
    .map(({ scheduledAt, startedAt, taskId }) => `Task ${taskId} was for ${scheduledAt} and began at ${startedAt}.`)

/** Every occurrence up to the last that was decided has exactly one outcome, or waits in the buffer. */
const unrecorded = ({ configs, outcomes }: Evidence): Problems =>
  configs.flatMap(({ record }) => {
    const period = periodOf(record.spec.recurrence)
    const rows = (outcomes.get(record.recurringId) ?? []).filter(({ trigger }) => trigger === "schedule")
    const times = new Map<number, number>(record.buffer.map(({ scheduledAt }) => [scheduledAt, 1]))
    const miscounted: Array<string> = []
    for (const { count, from, to } of rows) {
      const covered = occurrences(period, from - 1, to)
      for (const at of covered) times.set(at, (times.get(at) ?? 0) + 1)
      if (covered.length !== count) miscounted.push(`An outcome of ${record.recurringId} counts ${count} at ${from}.`)
    }
    // one that was switched on again has nothing to say of the time before
    const isSteady = record.updatedAt === record.createdAt
    const due = occurrences(period, record.createdAt, record.lastDecided)
    const wrong = due.filter((at) => times.get(at) !== 1 && (isSteady || times.has(at)))
    return [
      ...miscounted,
      ...wrong.map((at) => `The occurrence of ${record.recurringId} at ${at} has ${times.get(at) ?? 0} outcomes.`)
    ]
  })

/** Outcomes and instances tell the same story. */
const contradictions = ({ configs, outcomes, tasks }: Evidence): Problems => {
  const byId = new Map(tasks.map((task) => [task.taskId, task]))
  const known = new Set(configs.map(({ record }) => record.recurringId))
  const told = new Set<string | null>()
  const problems: Array<string> = []
  for (const [recurringId, rows] of outcomes) {
    for (const { status, taskId } of rows) {
      if (taskId === null) continue
      const task = byId.get(taskId)
      told.add(taskId)
      if (task?.status !== status) {
        problems.push(`An outcome of ${recurringId} says ${status} of a task that is ${task?.status}.`)
      }
    }
  }
  for (const { recurringId, taskId } of tasks) {
    if (recurringId !== null && known.has(recurringId) && !told.has(taskId)) {
      problems.push(`The instance ${taskId} of ${recurringId} has no outcome.`)
    }
  }
  return problems
}

const counted = ({ configs, outcomes, tasks }: Evidence): Problems => {
  const byConfig = groupBy(tasks, ({ recurringId }) => recurringId ?? undefined)
  return configs.flatMap(({ counters, record }) => {
    const instances = byConfig.get(record.recurringId) ?? []
    const begun = instances.filter(({ startedAt }) => startedAt !== null)
    const scheduled = (outcomes.get(record.recurringId) ?? [])
      .filter(({ outcome, trigger }) => outcome === "Started" && trigger === "schedule")
    const expected = {
      totalRuns: begun.length,
      totalFailures: instances.filter(({ status }) => status === "failed").length,
      runs: scheduled.length,
      limit: record.spec.maxRuns === null || scheduled.length <= record.spec.maxRuns
    }
    const { totalFailures, totalRuns } = counters
    const found = { totalRuns, totalFailures, runs: record.runs, limit: true }
    return JSON.stringify(found) === JSON.stringify(expected)
      ? []
      : [`${record.recurringId} counts ${JSON.stringify(found)} and is ${JSON.stringify(expected)}.`]
  })
}

/** What has begun, but for what began in a process that others had taken for dead, as it was frozen a moment before. */
const begunInTime = (journal: ReadonlyArray<Entry>): ReadonlyArray<Extract<Entry, { readonly _tag: "Began" }>> => {
  const gone = new Set<number>()
  return journal.flatMap((entry) => {
    if (entry._tag === "Gone") gone.add(entry.life)
    return entry._tag === "Began" && !gone.has(entry.life) ? entry : []
  })
}

/** Attempts only grow, are never beyond the stored one, and a success is that of a handler that has ended. */
const attempts = ({ journal, tasks }: Evidence): Problems => {
  const byTask = groupBy(begunInTime(journal), ({ taskId }) => taskId)
  const ended = new Set(only(journal, "Ended").map(({ attempt, taskId }) => `${taskId}/${attempt}`))
  return tasks.flatMap(({ attempt: stored, owner, status, taskId, taskType }) => {
    // one that is reserved may have begun before that is written
    const attempt = status === "queued" && owner !== null ? stored + 1 : stored
    const begun = (byTask.get(taskId) ?? []).map((entry) => entry.attempt)
    const lives = (byTask.get(taskId) ?? []).map((entry) => entry.life)
    const problems: Array<string> = []
    if (begun.some((n, i) => i > 0 && n <= begun[i - 1]!)) {
      problems.push(`${taskType} ${taskId} had the attempts ${begun} in the lives ${lives} and is ${status}.`)
    }
    if (begun.some((n) => n > attempt)) problems.push(`Task ${taskId} began ${begun} and is at attempt ${attempt}.`)
    if (status === "done" && !ended.has(`${taskId}/${attempt}`)) {
      problems.push(`Task ${taskId} is done at attempt ${attempt}, whose handler has not ended.`)
    }
    if (taskType === "Once" && begun.length > 1) problems.push(`Task ${taskId} must run once and began ${begun}.`)
    return problems
  })
}

/** No attempt is begun twice, not even by a process that others had taken for dead. */
const begunTwice = ({ journal }: Evidence): Problems =>
  [...groupBy(only(journal, "Began"), ({ attempt, taskId }) => `Attempt ${attempt} of ${taskId}`)]
    .filter(([, begun]) => begun.length > 1)
    .map(([attempt, begun]) => `${attempt} was begun in the lives ${begun.map(({ life }) => life)}.`)

/** Why a task was cancelled. */
const reasonOf = ({ error }: TaskStore.TaskRecord): unknown =>
  Predicate.hasProperty(error, "reason") ? error.reason : undefined

/**
 * An operator's word is the only one that ends a task that nobody else has a say in, and no task ends with its process but
 * one that must not run twice.
 */
const cutOff = ({ journal, tasks }: Evidence): Problems => {
  const asked = new Set(only(journal, "Cancelling").map(({ taskId }) => taskId))
  const acknowledged = new Set(only(journal, "Queued").map(({ taskId }) => taskId))
  const isRight = (task: TaskStore.TaskRecord): boolean => {
    const reason = reasonOf(task)
    if (reason === "Requested" || acknowledged.has(task.taskId)) return asked.has(task.taskId)
    return reason !== "LeaseLost" && (reason !== "Shutdown" || task.taskType === "Once")
  }
  return tasks
    .filter((task) => task.status === "cancelled" && !isRight(task))
    .map((task) => `Task ${task.taskId} (${task.taskType}) was cancelled: ${String(reasonOf(task))}.`)
}

/** How many instances of a recurring task may run at once. */
const limitOf = ({ record: { createdAt, spec, updatedAt } }: TaskStore.StoredConfig): number => {
  if (spec.overlap === "allowAll" || spec.overlap === "terminateOther") return Infinity
  // operators change it, up to 3
  return updatedAt === createdAt ? spec.maxConcurrent : Math.max(3, spec.maxConcurrent)
}

/**
 * No more instances of a recurring task run at once than it allows, no more tasks in the pool of one, and no more with
 * the concurrency key of one, over all processes. Those of a process that is gone do not count: they do not run.
 */
const limits = ({ configs, journal, tasks }: Evidence): Problems => {
  const most = new Map(configs.map((config) => [config.record.recurringId, limitOf(config)]))
  const pools = new Map(tasks.map(({ semaphore, taskId }) => [taskId, semaphore]))
  const keys = new Map(tasks.map(({ concurrency, taskId }) => [taskId, concurrency?.key]))
  const gone = new Set<number>()
  const running = new Map<string, Extract<Entry, { readonly _tag: "Began" }>>()
  const problems: Array<string> = []
  const check = (
    what: string,
    limit: number,
    isOne: (entry: Extract<Entry, { readonly _tag: "Began" }>) => boolean
  ) => {
    const here = [...running.values()].filter((entry) => !gone.has(entry.life) && isOne(entry))
    if (here.length <= limit) return
    problems.push(
      `${here.length} of ${what} ran at once: ${here.map(({ life, taskId }) => `${taskId} in life ${life}`)}.`
    )
  }
  for (const entry of journal) {
    if (entry._tag === "Gone") gone.add(entry.life)
    if (entry._tag === "Left" && running.get(entry.taskId)?.life === entry.life) running.delete(entry.taskId)
    if (entry._tag !== "Began") continue
    running.set(entry.taskId, entry)
    const { parentId, taskId } = entry
    if (parentId !== null) check(parentId, most.get(parentId) ?? Infinity, (one) => one.parentId === parentId)
    const key = keys.get(taskId)
    if (key !== undefined) check(`the key ${key}`, 1, (one) => keys.get(one.taskId) === key)
    for (const [pool, limit] of [["single", 1], ["few", 2]] as const) {
      if (pools.get(taskId) === pool) check(`the pool ${pool}`, limit, (one) => pools.get(one.taskId) === pool)
    }
  }
  return problems
}

/** What an operator was promised is so, unless he has asked for something else since. */
const forgotten = ({ configs, journal }: Evidence): Problems => {
  const stored = new Map(configs.map(({ record }) => [record.recurringId, record]))
  const last = new Map<string, Extract<Entry, { readonly _tag: "Asked" | "Answered" }>>()
  for (const entry of journal) {
    if (entry._tag === "Asked" || entry._tag === "Answered") last.set(entry.recurringId, entry)
  }
  const isSo: Record<string, (recurringId: string) => boolean> = {
    added: (id) => stored.has(id),
    removed: (id) => !stored.has(id),
    enabled: (id) => stored.get(id)?.enabled === true,
    disabled: (id) => stored.get(id)?.enabled === false
  }
  return [...last.values()]
    .filter(({ _tag, change, recurringId }) => _tag === "Answered" && !isSo[change]!(recurringId))
    .map(({ change, life, recurringId }) => `${recurringId} was ${change} in life ${life}, and is not.`)
}

/** Everything that is wrong, at any moment. */
export const problems = (evidence: Evidence): Problems =>
  [lost, startedTwice, tooEarly, unrecorded, contradictions, counted, attempts, begunTwice, limits, cutOff]
    .flatMap((check) => check(evidence))

/** A process that has stopped as it was told to has left what it had to others. */
export const held = ({ journal, tasks }: Evidence): Problems => {
  const stopped = new Set(only(journal, "Stopped").map(({ life }) => life))
  const lives = new Map(only(journal, "Started").map(({ life, owner }) => [owner, life]))
  return tasks.flatMap(({ completedAt, owner, status, taskId }) => {
    const life = owner === null ? undefined : lives.get(owner)
    const isHeld = completedAt === null && life !== undefined && stopped.has(life)
    return isHeld ? [`The task ${taskId} is ${status} and held by life ${life}, which has stopped.`] : []
  })
}

/** The same for what an operator did, while no other operator has come after him. */
export const forgottenOrders = forgotten

/** Everything that is wrong when all has come to its end. */
export const problemsAtTheEnd = (evidence: Evidence): Problems => {
  const byId = new Map(evidence.tasks.map((task) => [task.taskId, task]))
  const live = evidence.tasks.filter(({ completedAt }) => completedAt === null)
  return [
    ...problems(evidence),
    ...live.map(({ status, taskId }) => `The task ${taskId} is ${status} after the end.`),
    ...only(evidence.journal, "Queued")
      .filter(({ taskId }) => !["done", "cancelled"].includes(byId.get(taskId)?.status ?? ""))
      .map(({ taskId }) =>
        `The acknowledged task ${taskId} ended as ${byId.get(taskId)?.status}: ${
          JSON.stringify(byId.get(taskId)?.failure)
        }`
      )
  ]
}
