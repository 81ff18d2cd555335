/**
 * Random lives of two or three processes on one store: they freeze, thaw, stop and start while recurring tasks fall due
 * and tasks are queued, triggered and cancelled. Whatever happens, no limit is exceeded and nothing is lost or doubled.
 */
import { assert, describe, it } from "@effect/vitest"
import { Recurrence, TaskStore } from "brinjal"
import { Testing } from "brinjal/testing"
import { Arbitrary, Effect, Schema } from "effect"
import { deaf, journal, lasting, layer, type Options, Parent, type Process, Single, start, Work } from "./support.ts"

const second = 1_000
const minute = 60 * second

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const oneOf = <const A extends ReadonlyArray<string | number>>(...values: A) => Schema.Literals(values)

const Config = Schema.Struct({
  period: oneOf(20 * second, minute, 3 * minute),
  lasts: oneOf(0, 5 * second, 70 * second, 200 * second),
  task: oneOf("Work", "Work", "Single"),
  maxConcurrent: int(1, 3),
  overlap: oneOf("skip", "bufferOne", "bufferAll", "cancelOther", "terminateOther"),
  onMissed: oneOf("none", "latest", "all")
})

const Happening = Schema.Struct({
  after: int(1, 90),
  process: int(0, 2),
  what: oneOf("Freeze", "Thaw", "Restart", "Queue", "Queue", "Queue", "Trigger", "Cancel", "Parent")
})

const Scenario = Schema.Struct({
  processes: int(2, 3),
  isDeaf: Schema.Literals([false, false, true]),
  handlers: Schema.Array(oneOf("all", "all", "none")).check(Schema.isMinLength(3), Schema.isMaxLength(3)),
  configs: Schema.Array(Config).check(Schema.isMinLength(1), Schema.isMaxLength(3)),
  happenings: Schema.Array(Happening).check(Schema.isMaxLength(40))
})

type Scenario = typeof Scenario.Type
type TheStore = typeof TaskStore.TaskStore.Service

const limits: Record<string, number> = { single: 1, default: 3 }

const countBy = <A>(all: ReadonlyArray<A>, keyOf: (one: A) => string) => {
  const counts = new Map<string, number>()
  for (const one of all) counts.set(keyOf(one), (counts.get(keyOf(one)) ?? 0) + 1)
  return counts
}

/** What exceeds a limit in the store. */
const excesses = (tasks: ReadonlyArray<TaskStore.TaskRecord>, { configs }: Scenario): ReadonlyArray<string> => {
  const holders = tasks.filter((task) => task.status === "running" && !task.lent)
  const instances = tasks.filter((task) => task.recurringId !== null)
  const running = instances.filter((task) => task.status === "running")
  const over = (what: string, counts: Map<string, number>, limitOf: (key: string) => number) =>
    Array.from(counts).filter(([key, count]) => count > limitOf(key)).map(([key, count]) => `${count} ${what} ${key}`)
  const of = (id: string) => configs[Number(id.slice(1))]!
  return [
    ...over("run in", countBy(holders, (task) => task.semaphore), (pool) => limits[pool]!),
    ...over("run of", countBy(running, (task) => task.recurringId!), (id) => of(id).maxConcurrent),
    ...over(
      "are live of",
      countBy(instances, (task) => task.recurringId!),
      (id) => of(id).overlap === "terminateOther" ? Infinity : of(id).maxConcurrent
    )
  ]
}

/** A store that looks for excesses after everything that may make one. */
const guarded = (store: TheStore, scenario: Scenario, found: Array<string>): TheStore => {
  const look = Effect.map(store.liveTasks, (tasks) => void found.push(...excesses(tasks, scenario)))
  const guard = <A, E>(self: Effect.Effect<A, E>) => Effect.tap(self, () => Effect.ignore(look))
  return {
    ...store,
    claim: (claim) => guard(store.claim(claim)),
    takeBack: (...args) => guard(store.takeBack(...args)),
    commit: (...args) => guard(store.commit(...args)),
    insertConfig: (...args) => guard(store.insertConfig(...args))
  }
}

/** Plays a scenario for an hour, and gives what is wrong. */
const play = Effect.fnUntraced(function*(scenario: Scenario) {
  const wrong: Array<string> = []
  const inner = yield* TaskStore.TaskStore
  const options = (index: number): Options => ({
    handlers: scenario.handlers[index] === "none" && index > 0 ? [] : ["Work", "Single", "Parent"],
    // all outcomes are counted at the end
    configuration: { retention: { outcomes: 1_000 } },
    store: (store) => guarded(scenario.isDeaf ? deaf(store) : store, scenario, wrong)
  })
  const processes: Array<Process> = []
  for (let i = 0; i < scenario.processes; i++) processes.push(yield* start(`p${i}`, options(i)))
  const frozen = new Set<number>()
  const begin = Date.UTC(2026, 0, 1)
  for (const [index, config] of scenario.configs.entries()) {
    const { manager, within } = processes[index % scenario.processes]!
    const task = config.task === "Work" ? Work : Single as unknown as typeof Work
    yield* within(manager.addRecurringTask({
      recurringId: `c${index}`,
      recurrence: Recurrence.every(config.period),
      templateTask: task.template(lasting(`c${index}`, config.lasts)),
      maxConcurrent: config.maxConcurrent,
      overlap: config.overlap,
      onMissed: config.onMissed
    }))
  }
  const queued: Array<string> = []
  const doing = Effect.fnUntraced(function*({ process: index, what }: typeof Happening.Type) {
    const at = index % scenario.processes
    const { freeze, manager, stop, thaw, within } = processes[at]!
    if (what === "Thaw") {
      frozen.delete(at)
      return yield* thaw
    }
    if (frozen.has(at)) return
    if (what === "Freeze") {
      frozen.add(at)
      yield* freeze
    } else if (what === "Restart") {
      yield* Effect.forkChild(stop)
      yield* Testing.advance("31 seconds")
      processes[at] = yield* start(`p${at}`, options(at))
    } else if (what === "Trigger") yield* Effect.ignore(manager.triggerRecurringTask("c0"))
    else if (what === "Cancel") {
      const [one] = yield* manager.searchTasks({ status: "running", limit: 1 })
      if (one !== undefined) yield* Effect.forkChild(Effect.ignore(manager.cancelTask(one.taskId)))
    } else {
      const label = `q${queued.length}`
      const task = what === "Parent" ? Parent : queued.length % 2 === 0 ? Work : Single
      queued.push(yield* within(manager.addTaskToQueue((task as typeof Work).template(lasting(label, 20 * second)))))
    }
  })
  for (const happening of scenario.happenings) {
    yield* Testing.advance(happening.after * second)
    yield* doing(happening)
  }
  for (const process of processes) yield* process.thaw
  yield* Testing.advance("20 minutes")
  for (const { recurringId } of yield* processes[0]!.manager.getAllRecurringTasks) {
    yield* processes[0]!.manager.disableRecurringTask(recurringId)
  }
  yield* Testing.advance("30 minutes")
  const left = yield* inner.liveTasks
  for (const { status, taskId, taskType } of left) wrong.push(`${taskType} ${taskId} is still ${status}`)
  for (const [index, { period }] of scenario.configs.entries()) {
    const { record } = (yield* inner.getConfig(`c${index}`))!
    const outcomes = (yield* inner.outcomes(`c${index}`, { offset: 0, limit: Infinity }))
      .filter(({ trigger }) => trigger === "schedule")
      .reverse()
    const counted = outcomes.reduce((sum, { count }) => sum + count, 0)
    const due = Math.floor(record.lastDecided / period) - Math.floor(begin / period)
    if (counted !== due) wrong.push(`c${index} has ${counted} outcomes of ${due} occurrences`)
    const ends = outcomes.map(({ to }) => to)
    if (new Set(ends).size !== ends.length) wrong.push(`c${index} has two outcomes at one time`)
  }
  return wrong
})

describe("random lives of processes", () => {
  it.effect.prop(
    "exceed no limit, and lose and double nothing",
    [Arbitrary.schema(Scenario)],
    ([scenario]) =>
      Effect.scoped(Effect.gen(function*() {
        const wrong = yield* play(scenario)
        if (wrong.length > 0) assert.deepStrictEqual([...wrong.slice(0, 5), ...yield* journal], [])
      })).pipe(Effect.provide(layer)) as Effect.Effect<void>,
    { arbitrary: { runs: Number(process.env.BRINJAL_TEST_RUNS ?? 30) } }
  )
})
