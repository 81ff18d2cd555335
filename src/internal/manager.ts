/**
 * A manager put together: its state, what it finds in the store, its methods, and how it stops.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Announcement } from "../Announcement.ts"
import type { Changes } from "../RecurringTaskSpec.ts"
import { TaskManagerStopped, type TaskStoreError } from "../TaskError.ts"
import { TaskEvents } from "../TaskEvents.ts"
import type { Configuration, TaskManager } from "../TaskManager.ts"
import { TaskRegistry } from "../TaskRegistry.ts"
import { type Retention, type TaskRecord, TaskStore } from "../TaskStore.ts"
import * as Ticker from "../Ticker.ts"
import * as adding from "./adding.ts"
import { admit } from "./admission.ts"
import * as announcing from "./announcing.ts"
import * as atOnce from "./atOnce.ts"
import * as changing from "./changing.ts"
import { ChurnMap } from "./churnMap.ts"
import * as configs from "./configs.ts"
import * as current from "./current.ts"
import * as endings from "./endings.ts"
import { explain } from "./explain.ts"
import * as following from "./following.ts"
import * as handlers from "./handlers.ts"
import { health } from "./health.ts"
import * as hearing from "./hearing.ts"
import * as id from "./id.ts"
import * as intake from "./intake.ts"
import * as leases from "./leases.ts"
import * as leaving from "./leaving.ts"
import * as loop from "./loop.ts"
import * as members from "./members.ts"
import * as memory from "./memory.ts"
import { once } from "./once.ts"
import * as parking from "./parking.ts"
import * as pools from "./pools.ts"
import * as reconcile from "./reconcile.ts"
import { taskInfo } from "./records.ts"
import * as recurring from "./recurring.ts"
import * as rumours from "./rumours.ts"
import * as runner from "./runner.ts"
import { type Live, now, type Settings, type State } from "./state.ts"
import * as stopping from "./stopping.ts"
import * as streams from "./streams.ts"
import { sweep } from "./sweep.ts"
import * as tasks from "./tasks.ts"
import * as telemetry from "./telemetry.ts"
import * as turns from "./turns.ts"

const retention: Retention = { done: 10, failed: 100, cancelled: 100, outcomes: 100 }

const settingsOf = (configuration: Configuration): Settings => ({
  pools: new Map(Object.entries({ single: 1, multiple: 10, default: 3, ...configuration.pools })),
  retention: { ...retention, ...configuration.retention },
  cancelGrace: Duration.toMillis(Duration.fromInputUnsafe(configuration.cancelGrace ?? "10 seconds")),
  shutdownGrace: Duration.toMillis(Duration.fromInputUnsafe(configuration.shutdownGrace ?? "30 seconds")),
  lease: Duration.toMillis(Duration.fromInputUnsafe(configuration.lease ?? "30 seconds"))
})

/** Makes a manager that lives as long as its scope. */
export const make = (
  configuration: Configuration
): Effect.Effect<
  typeof TaskManager.Service,
  TaskStoreError,
  TaskStore | TaskRegistry | TaskEvents | Ticker.Ticker | Scope.Scope
> =>
  Effect.gen(function*() {
    const state = yield* makeState(settingsOf(configuration), configuration.name)
    // what happens while everything is being read is heard afterwards
    const announcements = state.store.durable ? yield* state.store.announcements(state.owner) : Stream.empty
    yield* Effect.acquireRelease(resume(state, announcements), () => stop(state))
    return methods(state)
  })

const makeState = Effect.fnUntraced(function*(settings: Settings, name: string | undefined) {
  const context = yield* Effect.context<never>()
  const clock = yield* Clock.Clock
  const store = yield* TaskStore
  const fork = Effect.runForkWith(context)
  const nextId = id.generator(clock, yield* Random.Random)
  const state: State = {
    settings,
    clock,
    store,
    direct: memory.direct(store),
    registry: yield* TaskRegistry,
    events: yield* TaskEvents,
    ticker: yield* Ticker.Ticker,
    telemetry: telemetry.make(context),
    traced: current.isTraced(context),
    fork,
    forkMasked: (effect) => fork(effect, masked),
    nextId,
    start: (live, claimed) => void (atOnce.start(state, live, claimed) || runner.start(state, live, claimed)),
    lose: (live) => void fork(stopping.lose(state, live)),
    look: (taskId) => rumours.look(state, taskId),
    refill: (pool) => intake.refill(state, pool),
    owner: name === undefined ? nextId() : `${name}/${nextId()}`,
    peers: members.nobody(),
    trouble: { since: undefined, failing: new Map(), last: undefined },
    pools: new Map(),
    live: new ChurnMap(),
    beginning: new Set(),
    parked: new Map(),
    blocked: new Map(),
    configs: new Map(),
    stalled: new Set(),
    ready: [],
    pumping: false,
    stopping: false,
    grace: { endsAt: -Infinity, usedAt: -Infinity },
    going: new Map(),
    services: [],
    drained: undefined
  }
  for (const [name, limit] of settings.pools) {
    const pool = pools.make(name, limit)
    state.pools.set(name, pool)
    const forget = state.telemetry.pool(name, () => ({ active: pool.active, waiting: pool.waiting.size }))
    yield* Effect.addFinalizer(() => Effect.sync(forget))
  }
  return state
})

const masked = { uninterruptible: true } as const

/** Goes on where the store says that somebody stopped. */
const resume = (state: State, announcements: Stream.Stream<Announcement>): Effect.Effect<void, TaskStoreError> =>
  Effect.gen(function*() {
    state.registry.onRegister((taskType) => handlers.came(state, taskType))
    state.registry.onUnregister((registration) => handlers.goes(state, registration))
    if (state.store.durable) yield* leases.beat(state)
    const loops = (yield* state.store.configs).map((stored) => loop.begin(state, stored))
    const waiting = (yield* state.store.activeTasks()).flatMap((task) => resumeTask(state, task) ?? [])
    // those that are too late make room before anything is decided
    yield* Effect.forEach(waiting, (live) => stopping.expireInTime(state, live), { discard: true })
    for (const pool of state.pools.values()) pools.pump(state, pool)
    for (const one of loops) loop.fork(state, one)
    if (state.store.durable) serve(state, announcements)
  })

const serve = (state: State, announcements: Stream.Stream<Announcement>): void => {
  const { lease } = state.settings
  const sweeping = Effect.forever(Effect.andThen(Effect.sleep(lease), sweep(state)))
  state.services.push(
    state.fork(leases.keep(state, sweep(state))),
    state.fork(sweeping),
    state.fork(hearing.hear(state, announcements))
  )
}

/** A queued instance waits here; a running one is another process's, or was left behind by one, as one that is to end. */
const resumeTask = (state: State, task: TaskRecord): Live | undefined => {
  const config = task.recurringId === null ? undefined : state.configs.get(task.recurringId)
  if (task.status === "queued" && task.cancelRequest === null) {
    const live = admit(state, task, pools.named(state, task.semaphore), config)
    configs.join(config, live)
    return live
  }
  configs.lose(config, task.taskId)
  return undefined
}

const methods = (state: State): typeof TaskManager.Service => {
  const span = <A, E, R>(name: string, self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    state.traced ? Effect.withSpan(self, `TaskManager.${name}`) as Effect.Effect<A, E, R> : self
  return {
    addTaskToQueue: (template) => span("addTaskToQueue", tasks.enqueue(state, template)),
    addTasksToQueue: (templates) => span("addTasksToQueue", tasks.enqueueAll(state, templates)),
    run: (template) => span("run", tasks.run(state, template)) as Effect.Effect<any, any, any>,
    getTask: (taskId) => span("getTask", tasks.get(state, taskId)),
    getAllTasks: span("getAllTasks", Effect.map(tasks.all(state), (records) => records.map(taskInfo))),
    searchTasks: (options = {}) => span("searchTasks", tasks.search(state, options)),
    cancelTask: (taskId, options) => span("cancelTask", tasks.cancel(state, taskId, options)),
    retryTask: (taskId) => span("retryTask", tasks.retry(state, taskId)),
    removeTask: (taskId) => span("removeTask", tasks.remove(state, taskId)),
    removeCompletedTasks: span("removeCompletedTasks", tasks.removeCompleted(state)),
    addRecurringTask: (options) => span("addRecurringTask", adding.add(state, options)),
    declareRecurringTasks: (declarations, options) =>
      span("declareRecurringTasks", reconcile.declare(state, declarations, options?.orphans ?? "keep")),
    getRecurringTask: (recurringId) => span("getRecurringTask", recurring.get(state, recurringId)),
    getAllRecurringTasks: span("getAllRecurringTasks", recurring.all(state)),
    updateRecurringTask: (recurringId: string, changes: Changes<any>, options?: { readonly version: number }) =>
      // only whoever names a version can conflict with it
      span("updateRecurringTask", changing.update(state, recurringId, changes, options?.version)) as any,
    enableRecurringTask: (recurringId) => span("enableRecurringTask", changing.enable(state, recurringId)),
    disableRecurringTask: (recurringId, options) =>
      span("disableRecurringTask", changing.disable(state, recurringId, options?.note ?? "")),
    removeRecurringTask: (recurringId, options) =>
      span("removeRecurringTask", changing.remove(state, recurringId, options?.instances ?? "drain")),
    triggerRecurringTask: (recurringId) => span("triggerRecurringTask", changing.trigger(state, recurringId)),
    outcomes: (recurringId, page) => span("outcomes", recurring.outcomes(state, recurringId, page)),
    upcoming: (recurringId, options) => span("upcoming", recurring.upcoming(state, recurringId, options?.count ?? 10)),
    explain: (recurringId, instant) =>
      span(
        "explain",
        Effect.andThen(
          changing.refresh(state, recurringId),
          Effect.suspend(() => explain(state, recurringId, DateTime.toEpochMillis(DateTime.makeUnsafe(instant))))
        )
      ),
    once: (options, work) => span("once", once(state, options, work)),
    updates: streams.updates(state),
    taskUpdates: (taskId) => streams.taskUpdates(state, taskId),
    events: streams.events(state),
    health: span("health", health(state))
  }
}

/** Stops deciding, lets running tasks go on for the grace, cancels the rest, and ends the streams. */
const stop = (state: State): Effect.Effect<void> =>
  Effect.gen(function*() {
    state.stopping = true
    for (const config of state.configs.values()) {
      state.ticker.clear(config)
      configs.wake(config)
    }
    const waiting = [...state.live.values()].filter((task) => task.fiber === undefined)
    turns.giveBack(state)
    yield* Effect.forEach(waiting, (task) => dequeue(state, task))
    // a virtual clock stands still while a scope closes, so that a grace would never end
    if (!("adjust" in state.clock)) yield* drained(state, state.settings.shutdownGrace)
    // some may have been queued meanwhile
    yield* Effect.forEach([...state.live.values()], (task) =>
      task.fiber === undefined ? dequeue(state, task) : cutOff(state, task))
    yield* drained(state, Infinity)
    yield* turns.idle(state)
    for (const service of state.services) {
      service.interruptUnsafe()
    }
    yield* leave(state)
    yield* state.events.end
  })

/** Whoever waits for a task elsewhere has nobody to hear of its end from; and others take what is left here. */
const leave = (state: State): Effect.Effect<void> => {
  const exit = Exit.fail(new TaskManagerStopped())
  for (const awaited of state.peers.followed.values()) following.conclude(awaited, { record: awaited.record, exit })
  if (!state.store.durable) return Effect.void
  return Effect.andThen(Effect.ignore(state.store.leave(state.owner)), announcing.farewell(state))
}

const cutOff = (state: State, live: Live): Effect.Effect<void> =>
  stopping.cutOff(state, live, state.registry.get(live.record.taskType)?.onAbandoned)

/** A queued task stays queued where the store outlives the process; elsewhere it ends here. */
const dequeue = (state: State, live: Live): Effect.Effect<void> => {
  if (!state.store.durable) return stopping.cancel(state, live, endings.shutdown)
  parking.withdraw(state, live)
  announcing.queued(state, live.record.taskType)
  state.live.delete(live.record.taskId)
  return Effect.void
}

/** Waits until no task is live, or about to be, at most `grace` milliseconds. */
const drained = (state: State, grace: number): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (leaving.isDrained(state)) return resume(Effect.void)
    const done = () => resume(Effect.void)
    state.drained = done
    const alarm = Ticker.alarm(done)
    if (grace < Infinity) state.ticker.set(alarm, now(state) + grace)
    return Effect.sync(() => state.ticker.clear(alarm))
  })
