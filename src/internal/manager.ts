/**
 * Assembles a manager: its state, what it resumes from the store, and the services that run beside the tasks.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Announcement } from "../Announcement.ts"
import type { Configuration } from "../Configuration.ts"
import type { TaskStoreError } from "../TaskError.ts"
import { TaskEvents } from "../TaskEvents.ts"
import type { TaskManager } from "../TaskManager.ts"
import { TaskRegistry } from "../TaskRegistry.ts"
import { type TaskRecord, TaskStore } from "../TaskStore.ts"
import * as Ticker from "../Ticker.ts"
import { admit } from "./admission.ts"
import * as background from "./background.ts"
import { PassingMap } from "./churnMap.ts"
import * as coalescing from "./coalescing.ts"
import * as configs from "./configs.ts"
import * as elapsed from "./elapsed.ts"
import * as fastPath from "./fastPath.ts"
import * as fetching from "./fetching.ts"
import * as handlers from "./handlers.ts"
import * as id from "./id.ts"
import * as leases from "./leases.ts"
import * as listening from "./listening.ts"
import * as loop from "./loop.ts"
import * as members from "./members.ts"
import * as memory from "./memory.ts"
import { methods } from "./methods.ts"
import * as parking from "./parking.ts"
import * as pausing from "./pausing.ts"
import * as pools from "./pools.ts"
import { refresh } from "./refresh.ts"
import * as runner from "./runner.ts"
import * as settings from "./settings.ts"
import { stop } from "./shutdown.ts"
import * as sleeping from "./sleeping.ts"
import type { Live, State } from "./state.ts"
import * as stopLog from "./stopLog.ts"
import * as stopping from "./stopping.ts"
import * as storeFailures from "./storeFailures.ts"
import { sweep } from "./sweep.ts"
import * as taskContext from "./taskContext.ts"
import * as telemetry from "./telemetry.ts"
import * as timeouts from "./timeouts.ts"
import { wake } from "./waking.ts"

/** Makes a manager that lives as long as its scope. */
export const make = (
  configuration: Configuration
): Effect.Effect<
  typeof TaskManager.Service,
  TaskStoreError,
  TaskStore | TaskRegistry | TaskEvents | Ticker.Ticker | Scope.Scope
> =>
  Effect.gen(function*() {
    const state = yield* makeState(configuration)
    // subscribed first, so that what happens while everything is being read is heard afterwards
    const announcements = state.store.durable ? yield* state.store.announcements(state.owner) : Stream.empty
    yield* Effect.acquireRelease(resume(state, announcements), () => background.untraced(stop(state)))
    return methods(state)
  })

const makeState = Effect.fnUntraced(function*(configuration: Configuration) {
  const context = yield* Effect.context<never>()
  const clock = yield* Clock.Clock
  const store = yield* TaskStore
  const given = settings.of(configuration, store.durable)
  const fork = background.forkWith(context)
  const nextId = id.generator(clock, yield* Random.Random)
  const state: State = {
    settings: given,
    clock,
    store,
    direct: memory.direct(store),
    registry: yield* TaskRegistry,
    events: yield* TaskEvents,
    ticker: yield* Ticker.Ticker,
    timer: yield* Effect.provideService(Ticker.make, Clock.Clock, elapsed.clock(clock)),
    telemetry: telemetry.make(context),
    traced: taskContext.isTraced(context),
    fork,
    forkMasked: (effect) => fork(effect, masked),
    nextId,
    start: (live, claimed) => void (fastPath.start(state, live, claimed) || runner.start(state, live, claimed)),
    lose: (live) => void fork(stopping.lose(state, live)),
    refresh: (taskId) => refresh(state, taskId),
    unpark: (key) => parking.ask(state, key),
    refill: (pool) => fetching.refill(state, pool),
    owner: given.name === undefined ? nextId() : `${given.name}/${nextId()}`,
    peers: members.noPeers(),
    storeFailures: { since: undefined, elapsedAtSince: 0, failing: new Map(), last: undefined, isGivenUp: false },
    timeouts: yield* timeouts.make(storeFailures.callerTimeout),
    waking: Ticker.alarm(() => void fork(wake(state))),
    parking: { keys: new Set(), isAsking: false, held: new Set(), early: new Map(), isDue: false, idle: undefined },
    pauses: { known: new Map(), held: new Map(), looking: coalescing.make() },
    pools: new Map(),
    unknownPools: new Set(),
    live: new PassingMap(),
    storing: new Set(),
    starting: new Set(),
    awaitingHandler: new Map(),
    blocked: new Map(),
    configs: new Map(),
    stalled: new Set(),
    going: new Set(),
    suspicions: new Map(),
    ready: [],
    pumping: false,
    stopping: false,
    grace: { endsAt: -Infinity, usedAt: -Infinity },
    stop: stopLog.none(() => stopLog.report(state)),
    onGone: new Map(),
    onClosed: new Map(),
    services: [],
    drained: undefined
  }
  yield* Effect.forEach(given.pools, ([name, limit]) => addPool(state, name, limit), { discard: true })
  return state
})

const addPool = (state: State, name: string, limit: number): Effect.Effect<void, never, Scope.Scope> => {
  const pool = pools.make(name, limit)
  state.pools.set(name, pool)
  const forget = state.telemetry.pool(name, () => ({ active: pool.active, waiting: pool.waiting.size }))
  return Effect.addFinalizer(() => Effect.sync(forget))
}

const masked = { uninterruptible: true } as const

/** Continues from what is stored. */
const resume = (state: State, announcements: Stream.Stream<Announcement>): Effect.Effect<void, TaskStoreError> =>
  Effect.gen(function*() {
    // before anything can start
    yield* pausing.read(state)
    state.registry.onRegister((taskType) => handlers.onAdded(state, taskType))
    state.registry.onUnregister((registration) => handlers.onRemove(state, registration))
    if (state.store.durable) yield* leases.beat(state)
    const loops = (yield* state.store.configs).map((stored) => loop.begin(state, stored))
    const waiting = (yield* state.store.activeTasks()).flatMap((task) => resumeTask(state, task) ?? [])
    // those past their start deadline make room before anything is decided
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
    state.fork(wake(state)),
    state.fork(parking.recheck(state)),
    state.fork(sweeping),
    state.fork(listening.listen(state, announcements))
  )
}

/**
 * A queued instance waits here, unless it is at rest. A running one belongs to another process, or was left behind by
 * one; the same goes for one that is to be cancelled.
 */
const resumeTask = (state: State, task: TaskRecord): Live | undefined => {
  const config = task.recurringId === null ? undefined : state.configs.get(task.recurringId)
  if (task.status === "queued" && task.cancelRequest === null && !sleeping.isAtRest(state, task)) {
    const live = admit(state, task, pools.named(state, task.semaphore), config)
    configs.addActive(config, live)
    return live
  }
  configs.addElsewhere(config, task.taskId)
  return undefined
}
