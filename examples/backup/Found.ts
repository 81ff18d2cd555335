/**
 * What the program finds in its store when it starts: tasks that its last run has begun and not ended. Pure but for the
 * question to the store.
 */
import { TaskStore } from "brinjal"
import { DateTime, Effect } from "effect"
import type { Line } from "./Screen.ts"
import * as text from "./text.ts"

type Task = TaskStore.TaskRecord

const where = (status: Task["status"]): TaskStore.Search => ({
  where: { status },
  payload: {},
  offset: 0,
  limit: 1_000
})

/** Tasks that run or wait as the store says, oldest first. */
export const tasks = Effect.gen(function*() {
  const store = yield* TaskStore.TaskStore
  const found = yield* Effect.forEach(["queued", "running"] as const, (status) => store.searchTasks(where(status)))
  return found.flat().sort((a, b) => a.createdAt - b.createdAt)
})

/** How times are said, and whether nobody else can have been running what is found. */
export interface Situation {
  readonly now: DateTime.Utc
  readonly clock: text.Clock
  readonly isAlone: boolean
}

/** What is found, and what becomes of it. */
export const lines = (found: ReadonlyArray<Task>, situation: Situation): ReadonlyArray<Line> => {
  const queued = found.filter(({ status }) => status === "queued")
  const cutOff = queued.filter(({ attempt }) => attempt > 0)
  const waiting = queued.length - cutOff.length
  return [
    ...found.filter(({ status }) => status === "running").map((task) => runningLine(task, situation)),
    ...cutOff.map(cutOffLine),
    ...(waiting === 0 ? [] : [{ text: `  Found ${text.count(waiting, "task")} waiting, which will run.` }])
  ]
}

const cutOffLine = ({ attempt, taskType }: Task): Line => ({
  text: `  Found ${taskType}, interrupted when the program was stopped: it runs again as attempt ${attempt + 1}.`,
  tone: "bad"
})

const runningLine = (task: Task, situation: Situation): Line => {
  const { now } = situation
  const say = (at: number | null) => situation.clock(DateTime.makeUnsafe(at ?? 0), now)
  const begun = `${task.taskType}, started at ${say(task.startedAt)},`
  if (task.retryAt !== null) return { text: `  Found ${begun} which tries again at ${say(task.retryAt)}.` }
  const again = `it runs again as attempt ${task.attempt + 1}`
  return situation.isAlone || expired(task, now)
    ? { text: `  Found ${begun} interrupted in the middle: ${again}.`, tone: "bad" }
    : { text: `  Found ${begun} in another process. If that one is dead, ${again} at ${say(task.leaseUntil)}.` }
}

const expired = ({ leaseUntil }: Task, now: DateTime.Utc) =>
  leaseUntil !== null && leaseUntil < DateTime.toEpochMillis(now)
