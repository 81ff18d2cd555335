/**
 * Plays a plan: event after event in virtual time, with the decision that runs in production.
 *
 * At the same instant, runs end first, then the process goes down or comes up, then what is due is decided, and then
 * the clock is stepped.
 */
import * as Decision from "../../Decision.ts"
import * as alarms from "../alarms.ts"
import { isOver } from "../decision/plain.ts"
import * as heap from "../heap.ts"
import type { Plan, PlannedTask } from "./plan.ts"
import * as runs from "./runs.ts"
import * as timer from "./timer.ts"
import * as world from "./world.ts"

type World = world.World
type SimulatedTask = world.SimulatedTask

interface Event {
  readonly at: number
  readonly happen: (world: World) => void
}

/** Plays a plan to its end, or until the world has a failure. */
export const play = (plan: Plan): World => {
  const here = world.make(plan)
  for (const task of plan.tasks) add(here, task)
  settle(here)
  const outside = fromOutside(plan)
  for (;;) {
    const event = nextEvent(here, outside)
    if (here.failure !== undefined || event === undefined) break
    here.now = Math.max(here.now, event.at)
    event.happen(here)
    settle(here)
  }
  if (here.failure === undefined) finish(here)
  return here
}

const add = (here: World, plan: PlannedTask): void => {
  const task: SimulatedTask = {
    plan,
    pool: here.pools.get(plan.pool)!,
    alarm: { ...alarms.unset, ring: () => world.wake(here, task) },
    state: { enabled: plan.enabled, lastDecided: here.now, buffer: [], runs: 0 },
    rows: [],
    active: new Map(),
    made: 0,
    begun: 0,
    failuresInARow: 0,
    isPausing: false,
    isDeciding: false,
    isDirty: false
  }
  here.tasks.push(task)
  if (plan.runImmediately) register(here, task)
  world.wake(here, task)
}

/** The run on registration. */
const register = (here: World, task: SimulatedTask): void => {
  const at = world.wall(here)
  const run = runs.make(here, task, { scheduledAt: null, covers: null })
  const outcome = { from: at, to: at, count: 1, outcome: "Started", reason: "", blockedBy: [], into: null } as const
  world.record(here, { task, outcome, trigger: "registration", decidedAt: at, run })
  runs.enter(here, task, [run])
}

/** The events that the plan itself contains, latest first, so that the next one can be popped. */
interface Outside {
  readonly steps: Array<Event>
  readonly outages: Array<Event>
}

const fromOutside = ({ clockSteps, from, outages }: Plan): Outside => ({
  steps: clockSteps
    .filter(({ at }) => at >= from)
    .map(({ at, by }): Event => ({ at, happen: (here) => void (here.offset += by) }))
    .reverse(),
  outages: outages
    .filter((outage) => outage.to > from)
    .flatMap((outage): Array<Event> => [{ at: outage.from, happen: goDown }, { at: outage.to, happen: comeUp }])
    .reverse()
})

const nextEvent = (here: World, { outages, steps }: Outside): Event | undefined => {
  const ending = here.endings[0]?.at ?? Infinity
  const outage = outages.at(-1)?.at ?? Infinity
  const { ringsAt } = here.timer
  const first = Math.min(ending, outage, ringsAt, steps.at(-1)?.at ?? Infinity)
  if (first > here.plan.to || first === Infinity) return undefined
  if (first === ending) return { at: first, happen: endRuns }
  if (first === outage) return outages.pop()
  return first === ringsAt ? { at: first, happen: (here) => timer.ring(here, settle) } : steps.pop()
}

/** Ends the runs whose time has come, in the order in which they began. */
const endRuns = (here: World): void => {
  const ending: Array<world.Run> = []
  for (let run = here.endings[0]; run !== undefined && run.at <= here.now; run = here.endings[0]) {
    heap.remove(here.endings, run)
    ending.push(run)
  }
  for (const run of ending.sort((a, b) => a.began - b.began)) {
    runs.end(here, run, run.fails ? "failed" : "done")
    settle(here)
  }
}

/** The process goes down: what runs is cut off, and will be found again together with what waits. */
const goDown = (here: World): void => {
  here.isUp = false
  here.hasHandlers = false
  for (const task of here.tasks) {
    for (const run of task.active.values()) if (run.status === "running") runs.cutOff(here, run)
    task.isPausing = false
  }
  timer.stop(here)
}

/** The process comes up. As in production, the manager decides what is due before handlers are provided. */
const comeUp = (here: World): void => {
  here.isUp = true
  for (const task of here.tasks) runs.expireInTime(here, [...task.active.values()])
  // recurring tasks that got room by that take their turn like the others
  here.woken.clear()
  for (const task of here.tasks) world.wake(here, task)
  settle(here)
  here.hasHandlers = true
  for (const pool of here.pools.values()) runs.pump(here, pool)
}

/** Decides what is due at the end, even where nothing would ask for it. */
const finish = (here: World): void => {
  here.now = here.plan.to
  for (const task of here.tasks) world.wake(here, task)
  settle(here)
  for (const task of here.tasks) if (here.isUp && isOverFor(task)) decide(here, task)
}

/** Decides on every recurring task that was woken. */
const settle = (here: World): void => {
  for (const task of here.woken) {
    here.woken.delete(task)
    if (here.isUp && here.failure === undefined) decideUntilQuiet(here, task)
  }
}

const decideUntilQuiet = (here: World, task: SimulatedTask): void => {
  task.isDeciding = true
  do {
    task.isDirty = false
    if (task.isPausing) pause(here, task)
    else if (!isOverFor(task)) decide(here, task)
  } while (task.isDirty && here.failure === undefined)
  task.isDeciding = false
}

const isOverFor = ({ plan, state }: SimulatedTask): boolean => isOver(plan.decisionSpec, state)

/** Too many runs have failed: what is due is decided, and from then on nothing starts. */
const pause = (here: World, task: SimulatedTask): void => {
  task.isPausing = false
  decide(here, task)
  task.state = { ...task.state, enabled: false }
  decide(here, task)
}

const decide = (here: World, task: SimulatedTask): void => {
  if (++here.decisions > here.plan.budget) {
    here.failure = "TooLong"
    return
  }
  const now = world.wall(here)
  const decision = Decision.decide(task.plan.decisionSpec, task.state, now, [...task.active.keys()])
  const made = record(here, task, decision)
  task.state = decision.state
  for (const { taskId } of decision.interrupts) interrupt(here, task, taskId)
  runs.enter(here, task, made)
  if (decision.wakeAt === undefined) timer.clear(here, task.alarm)
  else timer.set(here, task.alarm, decision.wakeAt)
}

const interrupt = (here: World, task: SimulatedTask, taskId: string): void => {
  const run = task.active.get(taskId)
  if (run !== undefined) runs.end(here, run, "cancelled")
}

/** Records the outcomes, and makes a run for each that starts. */
const record = (here: World, task: SimulatedTask, decision: Decision.Decision): ReadonlyArray<world.Run> => {
  const made = decision.starts.map((start) => runs.make(here, task, start))
  let started = 0
  for (const outcome of decision.outcomes) {
    const run = outcome.outcome === "Started" ? made[started++] : undefined
    world.record(here, { task, outcome, trigger: "schedule", decidedAt: world.wall(here), run })
  }
  return made
}
