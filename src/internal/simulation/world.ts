/**
 * The state of a simulation: the time, the recurring tasks, their runs and the pools.
 *
 * `now` is true time, which clock steps do not move; tasks and decisions see the wall clock. Both are in epoch
 * milliseconds.
 */
import type * as Decision from "../../Decision.ts"
import type { TaskStatus } from "../../TaskInfo.ts"
import * as alarms from "../alarms.ts"
import type * as heap from "../heap.ts"
import * as queue from "../queue.ts"
import type { InvalidSimulation } from "./errors.ts"
import type { Plan, PlannedTask } from "./plan.ts"

/** Something that happens when the wall clock shows `at`. */
export interface Alarm extends alarms.Entry<Alarm> {
  readonly ring: () => void
}

/** The timer of the process: when it rings, in true time, and what the wall clock is expected to show then. */
export interface Timer {
  readonly alarms: alarms.Alarms<Alarm>
  ringsAt: number
  wakesAt: number
}

/** A named limit: how many run, and what waits. */
export interface Pool {
  readonly limit: number
  readonly waiting: queue.Queue<Run>
  active: number
  isPumping: boolean
}

/**
 * A run of a recurring task. `made` numbers all runs in the order in which they were decided; `at` is when it ends, in
 * true time; the other instants are the wall clock's.
 */
export interface Run extends queue.Node, heap.Entry {
  readonly taskId: string
  readonly made: number
  readonly task: SimulatedTask
  readonly scheduledAt: number | null
  readonly covers: Decision.Range | null
  readonly queuedAt: number
  startedAt: number | null
  endedAt: number | null
  status: TaskStatus
  /** Numbers all runs in the order in which they began. */
  began: number
  fails: boolean
  deadline: Alarm | undefined
}

/** An outcome, as a manager would record it. `ordinal` numbers those of its recurring task. */
export interface Row {
  readonly ordinal: number
  readonly task: SimulatedTask
  readonly outcome: Decision.Outcome
  readonly trigger: "schedule" | "registration"
  readonly decidedAt: number
  readonly run: Run | undefined
}

/** A recurring task and what it has done so far. */
export interface SimulatedTask {
  readonly plan: PlannedTask
  readonly pool: Pool
  readonly alarm: Alarm
  state: Decision.State
  /** Its outcomes in the order of decision. */
  readonly rows: Array<Row>
  /** The runs that have not ended, oldest first. */
  readonly active: Map<string, Run>
  made: number
  begun: number
  failuresInARow: number
  /** Set when enough runs in a row have failed. */
  isPausing: boolean
  /** Whether a decision on it is being made, and whether another one is wanted after it. */
  isDeciding: boolean
  isDirty: boolean
}

/** Everything that changes during a simulation. */
export interface World {
  readonly plan: Plan
  now: number
  offset: number
  isUp: boolean
  hasHandlers: boolean
  decisions: number
  /** How many runs were decided, and how many have begun. */
  made: number
  begun: number
  failure: InvalidSimulation | "TooLong" | undefined
  readonly tasks: Array<SimulatedTask>
  readonly pools: ReadonlyMap<string, Pool>
  readonly timer: Timer
  /** Runs that will end by themselves. */
  readonly endings: Array<Run>
  /** Recurring tasks to decide on. */
  readonly woken: Set<SimulatedTask>
  /** The outcomes of all, in the order of decision. */
  readonly rows: Array<Row>
}

/** What the wall clock shows. */
export const wall = (world: World): number => world.now + world.offset

const pool = (limit: number): Pool => ({ limit, waiting: queue.make(), active: 0, isPumping: false })

/** The world at the beginning of a plan, without recurring tasks. */
export const make = (plan: Plan): World => ({
  plan,
  now: plan.from,
  offset: 0,
  isUp: true,
  hasHandlers: true,
  decisions: 0,
  made: 0,
  begun: 0,
  failure: undefined,
  tasks: [],
  pools: new Map(Array.from(plan.pools, ([name, limit]) => [name, pool(limit)])),
  timer: { alarms: alarms.make(), ringsAt: Infinity, wakesAt: Infinity },
  endings: [],
  woken: new Set(),
  rows: []
})

/** Records an outcome. */
export const record = (world: World, fields: Omit<Row, "ordinal">): void => {
  const { rows } = fields.task
  const row = { ...fields, ordinal: rows.length + 1 }
  world.rows.push(row)
  rows.push(row)
}

/** Requests a decision on a recurring task. */
export const wake = (world: World, task: SimulatedTask): void => {
  if (task.isDeciding) task.isDirty = true
  else world.woken.add(task)
}
