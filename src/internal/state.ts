/**
 * Everything that a manager knows while it runs, in one record: the tasks that have not ended, the pools they run in, and
 * the recurring tasks. What has ended is in the store only.
 */
import type * as Clock from "effect/Clock"
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type * as Semaphore from "effect/Semaphore"
import type * as Tracer from "effect/Tracer"
import type { CancelReason } from "../TaskError.ts"
import type { TaskEvents } from "../TaskEvents.ts"
import type { TaskRegistry } from "../TaskRegistry.ts"
import type { ConfigRecord, Counters, Retention, TaskRecord, TaskStore } from "../TaskStore.ts"
import type * as Ticker from "../Ticker.ts"
import type { ChurnMap } from "./churnMap.ts"
import type { Fifo } from "./fifo.ts"
import type * as queue from "./queue.ts"
import type { Telemetry } from "./telemetry.ts"

/** A named limit: how many may run, who runs, who waits. */
export interface Pool {
  readonly name: string
  readonly limit: number
  active: number
  readonly waiting: queue.Queue<Live>
  /** Parents that lent their slot to a child and want it back; they go before those who wait. */
  readonly returning: Fifo<() => void>
  /** Whether a continuation of a long pump is on its way. */
  resuming: boolean
}

/** How a task ended: its last record, and the exit of its program while this process knows it. */
export interface Ending {
  readonly record: TaskRecord
  readonly exit: Exit.Exit<unknown, unknown>
}

/** Why somebody wants a task to stop. */
export interface Cancellation {
  readonly reason: typeof CancelReason.Type
  readonly note: string
}

/** A task that has not ended. */
export interface Live extends queue.Node {
  record: TaskRecord
  readonly pool: Pool
  readonly config: Config | undefined
  /** The span of the decision that made it. */
  readonly link: Tracer.AnySpan | undefined
  fiber: Fiber.Fiber<void> | undefined
  cancellation: Cancellation | undefined
  /** Set when its end is being written; nobody else may end it. */
  settled: boolean
  /** Set when it has ended. */
  ending: Ending | undefined
  waiters: Array<(ending: Ending) => void> | undefined
  /** Whether it holds a place in its pool, and a permit of its recurring task. */
  holdsSlot: boolean
  holdsPermit: boolean
  /** How many children are awaited right now; the slot is lent while there are any. */
  awaiting: number
  /** Ends the task when it does not obey, or when its start deadline has passed. */
  watchdog: Ticker.Alarm | undefined
  /** When its progress was last published, and the alarm for what came too soon after. */
  publishedAt: number
  trailing: Ticker.Alarm | undefined
}

/** A recurring task that this process looks after; as an alarm, it wakes its own loop. */
export interface Config extends Ticker.Alarm {
  record: ConfigRecord
  counters: Counters
  /** Instances that have not ended, and what limits those that run; absent until there is one, since most sleep. */
  active: Set<Live> | undefined
  /** Ids of instances that other processes run, or have left behind. */
  elsewhere: Set<string> | undefined
  semaphore: Semaphore.Semaphore | undefined
  /** Resumes the loop's fiber; absent while it is awake, which `dirty` then tells to look again. */
  resume: ((effect: Effect.Effect<void>) => void) | undefined
  dirty: boolean
  /** What others want changed; the loop's fiber is the only one that changes anything. */
  requests: Array<() => Effect.Effect<void>> | undefined
  /** Set when enough runs have failed in a row, for the loop to disable it. */
  pausing: boolean
  removed: boolean
}

/** How a manager is set up, resolved. Times are in milliseconds. */
export interface Settings {
  readonly pools: ReadonlyMap<string, number>
  readonly retention: Retention
  readonly cancelGrace: number
  readonly shutdownGrace: number
  readonly lease: number
}

/** The manager's state. */
export interface State {
  readonly settings: Settings
  readonly clock: Clock.Clock
  readonly store: typeof TaskStore.Service
  readonly registry: typeof TaskRegistry.Service
  readonly events: typeof TaskEvents.Service
  readonly ticker: typeof Ticker.Ticker.Service
  readonly telemetry: Telemetry
  /** Whether spans are made. */
  readonly traced: boolean
  readonly fork: <A>(effect: Effect.Effect<A>) => Fiber.Fiber<A>
  /** Forks what must not be interrupted but where it allows that. */
  readonly forkMasked: <A>(effect: Effect.Effect<A>) => Fiber.Fiber<A>
  readonly nextId: () => string
  /** Forks the program of a task that may run. */
  readonly start: (live: Live) => void
  /** Who claims: unique for every start of a process. */
  readonly owner: string
  readonly pools: Map<string, Pool>
  readonly live: ChurnMap<Live>
  /** Tasks whose handler is not here, by type: they wait for it, or for another process. */
  readonly parked: Map<string, Set<Live>>
  readonly configs: Map<string, Config>
  /** Pools to look at when the pump is done with the one at hand. */
  readonly ready: Array<Pool>
  pumping: boolean
  stopping: boolean
  /** Beats for this process, where the store outlives it. */
  keeper: Fiber.Fiber<never> | undefined
  /** Called when no task is live any more while the manager stops. */
  drained: (() => void) | undefined
}

/** The current instant, in epoch milliseconds. */
export const now = (state: State): number => state.clock.currentTimeMillisUnsafe()
