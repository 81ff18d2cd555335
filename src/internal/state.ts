/**
 * Everything that a manager knows while it runs, in one record: the tasks that have not ended, the pools that they run
 * in, and the recurring tasks. What has ended is only in the store.
 */
import type * as Clock from "effect/Clock"
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type * as Semaphore from "effect/Semaphore"
import type * as Tracer from "effect/Tracer"
import type { CancelReason } from "../TaskError.ts"
import type { TaskEvents } from "../TaskEvents.ts"
import type { Registration, TaskRegistry } from "../TaskRegistry.ts"
import type {
  Claim,
  Claimed,
  ConfigRecord,
  Counters,
  Ended,
  Pause,
  Settled,
  TaskRecord,
  TaskStore
} from "../TaskStore.ts"
import type * as Ticker from "../Ticker.ts"
import type { PassingMap } from "./churnMap.ts"
import type { Coalescing } from "./coalescing.ts"
import { millis } from "./elapsed.ts"
import type { Fifo } from "./fifo.ts"
import type { Peers } from "./members.ts"
import type * as memory from "./memory.ts"
import type * as queue from "./queue.ts"
import type { Settings } from "./settings.ts"
import type { Stop } from "./stopLog.ts"
import type { StoreFailures } from "./storeFailures.ts"
import type { Suspicion } from "./suspicions.ts"
import type { Telemetry } from "./telemetry.ts"
import type { Timeouts } from "./timeouts.ts"

/** A named limit: how many tasks may run, and which wait. */
export interface Pool {
  readonly name: string
  readonly limit: number
  active: number
  readonly waiting: queue.Queue<Live>
  /**
   * How many of the waiting tasks may try to get a place. It is limited once other processes turn out to hold all
   * places.
   */
  tries: number
  /** How often it was signalled that there may be a place again which other processes have held. */
  signals: number
  /** Parents that lent their slot to a child and want it back; they come before waiting tasks. */
  readonly returning: Fifo<() => void>
  /** Whether the continuation of a long pump is scheduled. */
  resuming: boolean
  /** How long it last took to store that a task runs, in milliseconds. */
  writingTook: number
  /** What is done ahead of the store; absent as long as nothing is. */
  ahead: Ahead | undefined
}

/** What happens in a pool ahead of the store: what is reserved, and what will be written in the next turn. */
export interface Ahead {
  /** How many places were left by tasks whose ends are still to be written, and are not taken yet. */
  places: number
  /** In how many of these places tasks have run at the same time since the last turn was drafted. */
  busy: number
  /** How many quick tasks have ended since the last turn was drafted, and in the turn before. */
  quick: number
  quickBefore: number
  /** How many tasks at the front of the line are to be reserved because of that. */
  wanted: number
  /** Tasks that wait and are reserved or about to be; and those that run without being stored as running. */
  readonly reserved: Set<Live>
  readonly begun: Set<Live>
  /** What the next turn consists of, besides these. */
  endings: Array<
    { readonly live: Live; readonly ended: Ended; readonly answer: (settled: Settled | undefined) => void }
  >
  claims: Array<{ readonly claim: Claim; readonly answer: (claimed: Claimed | "busy" | "full" | undefined) => void }>
  returns: Array<TaskRecord>
  /** Ids of what is being given back in the turn that is being written. */
  returning: ReadonlySet<string>
  /** Whether there is anything for a next turn, and whether one is being written. */
  hasNews: boolean
  isWriting: boolean
  /** Whether tasks are being reserved beside the turns. */
  isReserving: boolean
  /** Rings when something has waited for too long. */
  readonly alarm: Ticker.Alarm
  /** Called when nothing is being written any more. */
  idle: (() => void) | undefined
}

/** A reserved task: requested, belonging to this process, or begun. */
export interface Reservation {
  /** The task as it is queued in the store, and as it has begun. */
  readonly queued: TaskRecord
  begun: TaskRecord | undefined
  stage: "asked" | "ours" | "begun"
  /** When it was reserved, and until when. */
  since: number
  until: number
  /** Called when the store has answered. */
  readonly waiters: Array<() => void>
}

/** How a task ended: its last record, and the exit of its program if that ran in this process. */
export interface Ending {
  readonly record: TaskRecord
  readonly exit: Exit.Exit<unknown, unknown> | undefined
}

/** A task that somebody may wait for. */
export interface Awaited {
  record: TaskRecord
  /** Set when it has ended. */
  ending: Ending | undefined
  waiters: Array<(ending: Ending) => void> | undefined
}

/** Why somebody wants a task to stop. */
export interface Cancellation {
  readonly reason: typeof CancelReason.Type
  readonly note: string
}

/** A task of this process that has not ended. */
export interface Live extends Awaited, queue.Node {
  /** The next attempt, as long as it is not known whether that is stored. */
  unanswered: number | undefined
  /** Whether somebody has queued it to wait for it. */
  isAwaited: boolean
  readonly pool: Pool
  /** What a store in memory has of it. */
  readonly stored: memory.Task | undefined
  /** Its recurring task; also absent while that was added by another process and is not known here yet. */
  config: Config | undefined
  /** The span of the decision that made it, or in which it was queued here. */
  readonly link: Tracer.AnySpan | undefined
  fiber: Fiber.Fiber<void> | undefined
  /** What its program was made by; absent until there is one. */
  handler: Registration | undefined
  cancellation: Cancellation | undefined
  /** Set when its end is being written; nobody else may end it then. */
  settled: boolean
  /** Whether it holds a place in its pool, and a permit of its recurring task. */
  holdsSlot: boolean
  holdsPermit: boolean
  /** Whether it holds a place over all processes, according to what the store has or is about to be told. */
  holdsPlace: boolean
  /** Absent if it is not reserved, or is stored as running. */
  reservation: Reservation | undefined
  /** How many children it waits for; its slot is lent while there are any. */
  awaiting: number
  /** Ends the task when its start deadline passes; and, on the timer, if it does not obey a cancellation. */
  watchdog: Ticker.Alarm | undefined
  ultimatum: Ticker.Alarm | undefined
  /** When its progress was last published, and the alarm for what was reported too soon after that. */
  publishedAt: number
  trailing: Ticker.Alarm | undefined
}

/** A recurring task that this process looks after. As an alarm, it wakes its own loop. */
export interface Config extends Ticker.Alarm {
  record: ConfigRecord
  counters: Counters
  /** What a store in memory has of it; absent as long as nobody has asked. */
  stored: memory.RecurringTask | undefined
  /** Instances here that have not ended; absent until there is one, since most recurring tasks wait. */
  active: Array<Live> | undefined
  /**
   * Ids of instances that other processes have, or have left behind: all there were at this version, of which some may
   * have ended since.
   */
  elsewhere: Set<string> | undefined
  /** How many instances have ended, in any process. */
  endedCount: number
  /** Whether another process has written a newer row, which has to be read before anything is decided. */
  knowledge: "current" | "behind" | "outdated"
  /** Until when what is due is left to other processes; 0 while nothing is. */
  turnAt: number
  /** Limits how many instances run; absent until one has to wait. */
  semaphore: Semaphore.Semaphore | undefined
  /** Resumes the fiber of the loop; absent while it is awake. Then `dirty` tells it to look again. */
  resume: ((effect: Effect.Effect<void>) => void) | undefined
  dirty: boolean
  /** Requested changes: only the fiber of the loop changes anything. */
  requests: Array<() => Effect.Effect<void>> | undefined
  /** Set when enough runs in a row have failed, so that the loop disables it. */
  pausing: boolean
  removed: boolean
}

/** The concurrency keys of which parked tasks may leave, and whether the store is being asked. */
export interface Parking {
  readonly keys: Set<string>
  isAsking: boolean
  /** The keys to ask for again soon. */
  readonly held: Set<string>
  /** Tasks that have left already while this process does not know yet that they are stored, as they are now. */
  readonly early: Map<string, TaskRecord>
  /** Whether tasks that have slept in memory are still to be woken in the store. */
  isDue: boolean
  /** Called when nothing is being asked any more. */
  idle: (() => void) | undefined
}

/** What waits here for its type to be resumed: tasks, and what begins the next attempts of those that have begun. */
export interface Held {
  readonly tasks: Set<Live>
  readonly attempts: Set<() => void>
}

/** The task types that are paused, according to the store. */
export interface Pauses {
  readonly known: Map<string, Pause>
  /** What is held of each type that is paused, or was until now: nothing of it starts. */
  readonly held: Map<string, Held>
  readonly looking: Coalescing
}

/** The manager's state. */
export interface State {
  readonly settings: Settings
  readonly clock: Clock.Clock
  readonly store: typeof TaskStore.Service
  /** Direct access to the store, if it is in memory. */
  readonly direct: memory.Direct | undefined
  readonly registry: typeof TaskRegistry.Service
  readonly events: typeof TaskEvents.Service
  /** For what is due at an instant; and, by the time of `elapsed`, for what takes so long. */
  readonly ticker: typeof Ticker.Ticker.Service
  readonly timer: typeof Ticker.Ticker.Service
  readonly telemetry: Telemetry
  /** Whether spans are made. */
  readonly traced: boolean
  readonly fork: <A>(effect: Effect.Effect<A>) => Fiber.Fiber<A>
  /** Forks an effect that cannot be interrupted except where it allows it. */
  readonly forkMasked: <A>(effect: Effect.Effect<A>) => Fiber.Fiber<A>
  /** A new id. A caller that has just read the clock may pass what it showed. */
  readonly nextId: (now?: number) => string
  /** Forks the program of a task that may run. The task is claimed first, unless it has been. */
  readonly start: (live: Live, claimed?: Claimed) => void
  /** Stops a task that no longer belongs to this process. */
  readonly lose: (live: Live) => void
  /** Has a task read again from the store soon. */
  readonly refresh: (taskId: string) => void
  /** Asks soon which parked tasks with a concurrency key may leave. */
  readonly unpark: (key: string) => void
  /** Reads more of the queue of a pool from the store, if its line is short. */
  readonly refill: (pool: Pool) => void
  /** The owner of what this process claims; different after each start. */
  readonly owner: string
  readonly peers: Peers
  readonly storeFailures: StoreFailures
  readonly timeouts: Timeouts
  /** Rings when tasks that sleep in the store are due. */
  readonly waking: Ticker.Alarm
  readonly parking: Parking
  readonly pauses: Pauses
  readonly pools: Map<string, Pool>
  /** Names that tasks which ran here have for their pools, and that are not among these. */
  readonly unknownPools: Set<string>
  readonly live: PassingMap<Live>
  /** Tasks that are being stored, and may already be read from the queue. */
  readonly storing: Set<string>
  /** Instances that are not live yet, but may already run: that is being stored. */
  readonly starting: Set<string>
  /** Tasks whose handler is missing here, by type: they wait for it, or for another process. */
  readonly awaitingHandler: Map<string, Set<Live>>
  /** Instances that wait for the end of one in another process, by recurring task. */
  readonly blocked: Map<string, Set<Live>>
  readonly configs: Map<string, Config>
  /** What seems wrong on the store, if it is this process that looks. */
  readonly suspicions: Map<string, Suspicion>
  /** Recurring tasks of which instances have ended because their handler went. */
  readonly stalled: Set<Config>
  /** Pools to pump after the present one. */
  readonly ready: Array<Pool>
  pumping: boolean
  stopping: boolean
  /** Until when tasks may go on while handlers go, and when that was last used. */
  readonly grace: { endsAt: number; usedAt: number }
  /** What is to be logged of a stop. */
  readonly stop: Stop
  /** Handlers that go, until nothing runs with them any more. */
  readonly going: Set<Registration>
  /** Called when this process has nothing more to do with a task whose handler goes. */
  readonly onGone: Map<Live, () => void>
  /** Called when the program of a task has ended or was abandoned. */
  readonly onClosed: Map<Live, () => void>
  /** Fibers that run beside the tasks if the store outlives the process: heartbeats, sweeps, and announcements. */
  readonly services: Array<Fiber.Fiber<unknown>>
  /** Called when no task is live or about to be, while the manager stops. */
  drained: (() => void) | undefined
}

/** Whether tasks of a type may start here: there is a handler, and the type is not paused. */
export const mayStart = ({ pauses, registry }: State, taskType: string): boolean =>
  registry.get(taskType) !== undefined && !pauses.held.has(taskType)

/** The handler of a task: the one that it runs with, or would run with now. */
export const handlerOf = ({ registry }: State, { handler, record }: Live): Registration | undefined =>
  handler ?? registry.get(record.taskType)

/** Whether the process of a task that runs, or its handler, goes: no further attempt begins here. */
export const isLeaving = ({ going, stopping }: State, { handler }: Live): boolean =>
  stopping || (handler !== undefined && going.has(handler))

/** The current instant, in epoch milliseconds. */
export const now = (state: State): number => state.clock.currentTimeMillisUnsafe()

/** The time that has passed, in milliseconds since whenever: no step of the clock changes how fast it passes. */
export const elapsed = (state: State): number => millis(state.clock)
