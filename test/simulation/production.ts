/**
 * A scenario, played by a real manager on a test clock: over a store that outlives it, stopped for each outage.
 */
import { Simulation, Task, TaskEvents, TaskManager, TaskStore } from "brinjal"
import { Testing } from "brinjal/testing"
import { Context, DateTime, Effect, Exit, Layer, Option, Schema, Scope } from "effect"
import * as scenarios from "./scenarios.ts"

/** What is told of an occurrence by both sides: all that does not name an id. */
export interface Told {
  readonly what: string
  readonly blockedBy: ReadonlyArray<string>
  readonly run: string
}

type Fates = Map<string, { readonly of: (run: number) => ReturnType<typeof scenarios.fateOf>; begun: number }>

class Fate extends Context.Service<Fate, Fates>()("test/Fate") {}

class Work extends Task.make("Work", { payload: { id: Schema.String }, error: Schema.String }) {}

const WorkLive = Work.toLayer(Effect.fnUntraced(function*({ id }) {
  const one = (yield* Fate).get(id)!
  const { duration, fails } = one.of(++one.begun)
  yield* Effect.sleep(duration)
  if (fails) return yield* Effect.fail("as it was told to")
}))

/** The options of the configs, for either side. */
const optionsOf = ({ configs }: scenarios.Scenario) =>
  configs.map((config, index) => ({
    recurringId: `task-${index}`,
    cronExpression: scenarios.expressionOf(config, index),
    templateTask: {
      ...Work.template({ id: `task-${index}` }),
      semaphore: config.pool === "alone" ? `alone-${index}` : config.pool
    },
    maxConcurrent: config.maxConcurrent,
    overlap: config.overlap,
    bufferLimit: config.bufferLimit,
    onMissed: config.onMissed,
    catchUp: config.catchUp,
    jitter: config.jitter,
    runImmediately: config.runImmediately,
    startDeadline: config.startDeadline ?? undefined,
    maxRuns: config.maxRuns ?? undefined,
    pauseAfterFailures: config.pauseAfterFailures ?? undefined
  }))

const pools = { single: 1, default: 3, multiple: 10, "alone-0": 2, "alone-1": 2, "alone-2": 2, "alone-3": 2 }

/** What a simulation tells of a scenario. */
export const simulated = Effect.fnUntraced(function*(scenario: scenarios.Scenario) {
  const fate = (index: number) => ({ run }: Simulation.Occurrence) => scenarios.fateOf(scenario, index, run)
  const each = <A>(value: (index: number) => A) =>
    Object.fromEntries(scenario.configs.map((_, index) => [`task-${index}`, value(index)]))
  const simulation = yield* Simulation.run({
    configs: optionsOf(scenario),
    from: scenarios.start,
    to: scenarios.start + scenarios.length,
    durations: each((index) => (occurrence) => fate(index)(occurrence).duration),
    failures: each((index) => (occurrence) => fate(index)(occurrence).fails),
    outages: scenario.outages,
    clockSteps: scenario.clockSteps,
    pools
  })
  return scenario.configs.map((_, index) => {
    const entries = simulation.timeline.filter(({ outcome }) => outcome.recurringId === `task-${index}`)
    const names = new Map(entries.map(({ outcome }) => [Option.getOrUndefined(outcome.taskId), nameOf(outcome)]))
    return entries.map(({ outcome, run }): Told => ({
      what: whatOf(outcome),
      blockedBy: outcome.blockedBy.map((id) => names.get(id)!),
      run: Option.match(run, {
        onNone: () => "",
        onSome: ({ endedAt, startedAt, status }) => runOf(status, startedAt, endedAt)
      })
    }))
  })
})

type Outcome = Simulation.Entry["outcome"]

/** An instant in seconds after the beginning. */
const timeOf = (instant: DateTime.Utc) => `${(DateTime.toEpochMillis(instant) - scenarios.start) / 1_000}`

const nameOf = ({ from, trigger }: Outcome) => `${trigger} ${timeOf(from)}`

const whatOf = (outcome: Outcome): string => {
  const into = Option.match(outcome.into, { onNone: () => "", onSome: timeOf })
  return `${nameOf(outcome)} ${timeOf(outcome.to)} ${outcome.count} ${outcome.outcome} ${outcome.reason} ` +
    `${into} decided ${timeOf(outcome.decidedAt)}`
}

const runOf = (status: string, startedAt: Option.Option<DateTime.Utc>, endedAt: Option.Option<DateTime.Utc>) =>
  [startedAt, endedAt].map(Option.match({ onNone: () => "-", onSome: timeOf })).join(" ") + ` ${status}`

interface Happening {
  readonly at: number
  readonly happen: "Down" | "Up" | number
}

const happenings = ({ clockSteps, outages }: scenarios.Scenario): ReadonlyArray<Happening> =>
  [
    ...clockSteps.map(({ at, by }): Happening => ({ at, happen: by })),
    ...outages.flatMap(({ from, to }): ReadonlyArray<Happening> => [
      { at: from, happen: "Down" },
      { at: to, happen: "Up" }
    ])
  ].sort((a, b) => a.at - b.at)

const everything = { done: Infinity, failed: Infinity, cancelled: Infinity, outcomes: Infinity }

/** What a manager tells of a scenario that it has been through. */
export const produced = (scenario: scenarios.Scenario) =>
  Effect.gen(function*() {
    const memory = yield* TaskStore.TaskStore
    const fates: Fates = new Map(scenario.configs.map((_, index) => [
      `task-${index}`,
      { of: (run) => scenarios.fateOf(scenario, index, run), begun: 0 }
    ]))
    const Manager = WorkLive.pipe(
      Layer.provideMerge(TaskManager.layer),
      Layer.provide([
        Layer.succeed(TaskStore.TaskStore, { ...memory, durable: true }),
        // heartbeats and watchdogs would make the timer look at the clock more often than it does for the schedules
        TaskManager.configure({ pools, retention: everything, lease: "30 days", cancelGrace: "1 day" }),
        // nobody reads events, and room for many takes time to make
        Layer.succeed(TaskEvents.Capacity, 1),
        Layer.succeed(Fate, fates)
      ])
    )
    const begin = Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(Manager, scope)
      return { scope, context, manager: Context.get(context, TaskManager.TaskManager) }
    })

    let { context, manager, scope } = yield* begin
    for (const options of optionsOf(scenario)) {
      yield* Effect.provideContext(manager.addRecurringTask(options), context)
    }
    yield* Testing.settle
    let passed = scenarios.start
    for (const { at, happen } of happenings(scenario)) {
      yield* Testing.advance(at - passed)
      passed = at
      if (happen === "Down") yield* Scope.close(scope, Exit.void)
      else if (happen === "Up") ({ context, manager, scope } = yield* begin)
      else yield* Testing.stepClock(happen)
      yield* Testing.settle
    }
    yield* Testing.advance(scenarios.start + scenarios.length - passed)
    // an update that changes nothing has everything decided that is due
    for (const { recurringId } of optionsOf(scenario)) yield* manager.updateRecurringTask(recurringId, {})
    yield* Testing.settle
    const told = yield* Effect.forEach(optionsOf(scenario), ({ recurringId }) => tell(manager, recurringId))
    yield* Scope.close(scope, Exit.void)
    return told
  }).pipe(Effect.provide(Layer.provideMerge(TaskStore.layerMemory, Testing.layerClock(scenarios.start))))

const tell = Effect.fnUntraced(function*(manager: TaskManager.TaskManager["Service"], recurringId: string) {
  const outcomes = [...yield* manager.outcomes(recurringId, { limit: Infinity })].reverse()
  const names = new Map(outcomes.map((outcome) => [Option.getOrUndefined(outcome.taskId), nameOf(outcome)]))
  return yield* Effect.forEach(outcomes, (outcome) =>
    Effect.map(
      Option.match(outcome.taskId, {
        onNone: () => Effect.succeed(""),
        onSome: (taskId) =>
          Effect.map(
            manager.getTask(taskId),
            ({ completedAt, startedAt, status }) => runOf(status, startedAt, completedAt)
          )
      }),
      (run): Told => ({ what: whatOf(outcome), blockedBy: outcome.blockedBy.map((id) => names.get(id)!), run })
    ))
})
