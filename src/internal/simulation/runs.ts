/**
 * The life of a run: a decision makes it, it waits for its pool, runs for its duration, and ends.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as alarms from "../alarms.ts"
import * as heap from "../heap.ts"
import * as queue from "../queue.ts"
import { millisOption } from "../recurrence/duration.ts"
import { InvalidSimulation } from "./errors.ts"
import * as timer from "./timer.ts"
import { type Pool, type Run, type SimulatedTask, wake, wall, type World } from "./world.ts"

/** A run that does not wait yet. */
export const make = (
  world: World,
  task: SimulatedTask,
  { covers, scheduledAt }: Pick<Run, "covers" | "scheduledAt">
): Run => ({
  taskId: `${task.plan.recurringId}#${++task.made}`,
  made: ++world.made,
  task,
  scheduledAt,
  covers,
  queuedAt: wall(world),
  startedAt: null,
  endedAt: null,
  status: "queued",
  began: 0,
  fails: false,
  deadline: undefined,
  priority: task.plan.priority,
  previous: undefined,
  next: undefined,
  line: undefined,
  at: Infinity,
  index: -1
})

/** Lets runs wait for their pool, and starts those that may start. */
export const enter = (world: World, task: SimulatedTask, runs: ReadonlyArray<Run>): void => {
  for (const run of runs) {
    task.active.set(run.taskId, run)
    queue.push(task.pool.waiting, run)
    watch(world, run)
  }
  pump(world, task.pool)
}

/** Ends those that have waited beyond their start deadline, and the others when theirs passes. */
export const expireInTime = (world: World, runs: ReadonlyArray<Run>): void => {
  for (const run of runs) {
    if (run.status === "queued" && isTooLate(world, run)) end(world, run, "cancelled")
    else watch(world, run)
  }
}

/** Ends a run at its start deadline, if it still waits then. */
const watch = (world: World, run: Run): void => {
  const { startDeadline } = run.task.plan.spec
  if (startDeadline === null || run.scheduledAt === null || run.status !== "queued") return
  run.deadline = { ...alarms.unset, ring: () => end(world, run, "cancelled") }
  timer.set(world, run.deadline, run.scheduledAt + startDeadline + 1)
}

/** Starts whatever may start. */
export const pump = (world: World, pool: Pool): void => {
  if (pool.isPumping || !world.hasHandlers) return
  pool.isPumping = true
  while (pool.active < pool.limit) {
    const run = queue.shift(pool.waiting)
    if (run === undefined) break
    pool.active++
    run.status = "running"
    if (isTooLate(world, run)) end(world, run, "cancelled")
    else begin(world, run)
  }
  pool.isPumping = false
}

const isTooLate = (world: World, { scheduledAt, task }: Run): boolean => {
  const { startDeadline } = task.plan.spec
  return startDeadline !== null && scheduledAt !== null && wall(world) - scheduledAt > startDeadline
}

const begin = (world: World, run: Run): void => {
  const { plan } = run.task
  run.startedAt = wall(world)
  run.began = ++world.begun
  if (run.deadline !== undefined) timer.clear(world, run.deadline)
  const occurrence = {
    recurringId: plan.recurringId,
    scheduledAt: DateTime.makeUnsafe(run.scheduledAt ?? run.queuedAt),
    run: ++run.task.begun
  }
  run.fails = plan.fails(occurrence)
  const millis = Option.getOrUndefined(millisOption(plan.durationOf(occurrence)))
  if (millis === undefined || !(millis >= 0)) {
    const reason = `the one of run ${occurrence.run} is not a duration such as "5 minutes".`
    world.failure = new InvalidSimulation({ option: `durations.${plan.recurringId}`, reason })
  } else if (millis < Infinity) {
    run.at = world.now + millis
    heap.push(world.endings, run)
  }
}

/** Interrupts a run: it waits again where it stood in the line, and will start anew. */
export const cutOff = (world: World, run: Run): void => {
  const { pool } = run.task
  heap.remove(world.endings, run)
  pool.active--
  run.status = "queued"
  queue.insert(pool.waiting, run, isYounger)
}

const isYounger = (other: Run, run: Run): boolean => other.made > run.made

/** Ends a run, whether it has begun or not. */
export const end = (world: World, run: Run, status: "done" | "failed" | "cancelled"): void => {
  const { task } = run
  if (run.endedAt !== null) return
  heap.remove(world.endings, run)
  if (run.deadline !== undefined) timer.clear(world, run.deadline)
  if (run.status === "running") task.pool.active--
  else queue.remove(task.pool.waiting, run)
  run.endedAt = wall(world)
  run.status = status
  task.active.delete(run.taskId)
  count(task, status)
  pump(world, task.pool)
  if (task.isPausing || task.state.buffer.length > 0) wake(world, task)
}

const count = (task: SimulatedTask, status: "done" | "failed" | "cancelled"): void => {
  const { pauseAfterFailures } = task.plan.spec
  if (status === "done") task.failuresInARow = 0
  if (status !== "failed") return
  task.failuresInARow++
  if (pauseAfterFailures !== null && task.failuresInARow >= pauseAfterFailures) task.isPausing = true
}
