/**
 * The least that a queue can cost whose tasks have what ours have: an id, a record that is looked up by it, a payload that is
 * decoded, a fiber, and the last ten that have ended. No events, metrics, cancellation, priorities or handlers that come and
 * go: what it cannot do is the difference to ours.
 */
import { Clock, Context, Effect, Exit, Random, Schema } from "effect"
import * as id from "../../src/internal/id.ts"
import { oneOff, queued } from "../../src/internal/records.ts"
import type { TaskRecord, TemplateRecord } from "../../src/TaskStore.ts"

const kept = 10

/** A queue whose tasks all run the same program, at most `limit` at a time; gives what adds a task. */
export const make = (program: Effect.Effect<void>, limit: number): (template: TemplateRecord) => void => {
  const clock = Effect.runSync(Clock.Clock)
  const nextId = id.generator(clock, Effect.runSync(Random.Random))
  const decode = Schema.decodeUnknownEffect(Schema.toCodecJson(Schema.Struct({})))
  const fork = Effect.runForkWith(Context.empty())
  const tasks = new Map<string, TaskRecord>()
  const ended: Array<string> = []
  let waiting: Array<TaskRecord> = []
  let next = 0
  let active = 0
  let pumping = false

  const end = (running: TaskRecord, exit: Exit.Exit<void, unknown>) => {
    const status = Exit.isSuccess(exit) ? "done" : "failed"
    tasks.set(running.taskId, { ...running, status, completedAt: clock.currentTimeMillisUnsafe() })
    if (ended.push(running.taskId) > kept) tasks.delete(ended.shift()!)
    active--
    pump()
  }
  const start = (task: TaskRecord) => {
    const running: TaskRecord = { ...task, status: "running", startedAt: clock.currentTimeMillisUnsafe() }
    tasks.set(task.taskId, running)
    active++
    fork(Effect.flatMapEager(decode(task.payload), () => program)).addObserver((exit) => end(running, exit))
  }
  const pump = () => {
    if (pumping) return
    pumping = true
    while (next < waiting.length) {
      if (active === limit) break
      start(waiting[next++]!)
    }
    if (next === waiting.length) {
      waiting = []
      next = 0
    }
    pumping = false
  }
  return (template) => {
    const task = queued(nextId(), template, oneOff(null), clock.currentTimeMillisUnsafe())
    tasks.set(task.taskId, task)
    waiting.push(task)
    pump()
  }
}
