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
import type { Announcement } from "../Announcement.ts"
import type { CancelReason, TaskStoreError } from "../TaskError.ts"
import type { TaskEvents } from "../TaskEvents.ts"
import type { TaskRegistry } from "../TaskRegistry.ts"
import type {
  Claim,
  Claimed,
  ConfigRecord,
  Counters,
  Ended,
  Process,
  Retention,
  Settled,
  TaskRecord,
  TaskStore
} from "../TaskStore.ts"
import type * as Ticker from "../Ticker.ts"
import type { ChurnMap } from "./churnMap.ts"
import type { Fifo } from "./fifo.ts"
import type * as memory from "./memory.ts"
import type * as queue from "./queue.ts"
import type { Telemetry } from "./telemetry.ts"

/** A named limit: how many may run, who runs, who waits. */
export interface Pool {
  readonly name: string
  readonly limit: number
  active: number
  readonly waiting: queue.Queue<Live>
  /** How many of those who wait may try to get a place; limited once other processes have turned out to hold them all. */
  tries: number
  /** How often there has been reason to hope for a place that other processes have held. */
  hopes: number
  /** Parents that lent their slot to a child and want it back; they go before those who wait. */
  readonly returning: Fifo<() => void>
  /** Whether a continuation of a long pump is on its way. */
  resuming: boolean
  /** How long it took last to write that a task runs, in milliseconds. */
  writingTook: number
  /** What is done ahead of the store; absent as long as nothing is. */
  ahead: Ahead | undefined
}

/** What happens in a pool ahead of the store: what is reserved, and what is to be written in the next turn. */
export interface Ahead {
  /** How many places have been left by tasks whose ends are still to be written, and are nobody's yet. */
  places: number
  /** In how many of them tasks have run at once since the last turn was drawn up. */
  busy: number
  /** How many quick tasks have ended since the last turn was drawn up, and in the turn before. */
  quick: number
  quickBefore: number
  /** How many of the first in line are to be reserved because of that. */
  wanted: number
  /** Tasks that wait and are reserved or are to be, and those that run and of which that is not written. */
  readonly reserved: Set<Live>
  readonly begun: Set<Live>
  /** What the next turn is made of, besides these. */
  endings: Array<
    { readonly live: Live; readonly ended: Ended; readonly answer: (settled: Settled | undefined) => void }
  >
  claims: Array<{ readonly claim: Claim; readonly answer: (claimed: Claimed | "busy" | "full" | undefined) => void }>
  returns: Array<TaskRecord>
  /** Whether there is anything for a next turn, and whether one is under way. */
  hasNews: boolean
  isWriting: boolean
  /** Rings when something has waited for too long. */
  readonly alarm: Ticker.Alarm
  /** Called when nothing is under way any more. */
  idle: (() => void) | undefined
}

/** How far it is with a task that is reserved: that is asked for, it is this process's, or it has begun. */
export interface Reservation {
  /** The task as it waits in the store, and as it has begun. */
  readonly queued: TaskRecord
  begun: TaskRecord | undefined
  stage: "asked" | "ours" | "begun"
  /** Since when it is reserved, and until when. */
  since: number
  until: number
  /** Who goes on when the store has answered. */
  readonly waiters: Array<() => void>
}

/** How a task ended: its last record, and the exit of its program where that ran in this process. */
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
  /** Whether somebody has queued it to wait for it. */
  isAwaited: boolean
  readonly pool: Pool
  /** Its recurring task; absent also as long as another process has added that unheard. */
  config: Config | undefined
  /** The span of the decision that made it. */
  readonly link: Tracer.AnySpan | undefined
  fiber: Fiber.Fiber<void> | undefined
  cancellation: Cancellation | undefined
  /** Set when its end is being written; nobody else may end it. */
  settled: boolean
  /** Whether it holds a place in its pool, and a permit of its recurring task. */
  holdsSlot: boolean
  holdsPermit: boolean
  /** Whether it holds a place over all processes, by what the store says or is about to be told. */
  holdsPlace: boolean
  /** Absent unless it is reserved, and when it is written that it runs. */
  reservation: Reservation | undefined
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
  active: Array<Live> | undefined
  /**
   * Ids of instances that other processes have, or have left behind: all there are at this version, and some that may
   * have ended since.
   */
  elsewhere: Set<string> | undefined
  /** How many instances have ended, wherever they were. */
  endings: number
  /** Whether another process has written a newer row: then nothing is decided before that is read. */
  knowledge: "current" | "behind" | "outdated"
  /** Until when what is due is left to other processes; 0 while nothing is. */
  turnAt: number
  /** Limits how many of them run; absent until there is one, since most sleep. */
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

/**
 * Queued tasks of a type that the store has and this process has not read yet: those after `after`, for this pool; and
 * whether they are being read.
 */
export interface Backlog {
  readonly after: TaskRecord
  readonly pool: Pool
  isRead: boolean
}

/** What a process knows of the others on its store, and what it has to do with them. */
export interface Peers {
  /** Who else is there, as the last heartbeat found it. */
  others: ReadonlyArray<Process>
  /** When that heartbeat was sent. */
  beatAt: number
  /** How often somebody has shown that he is there of whom no heartbeat has told yet. */
  signs: number
  /** Whether the next heartbeat may take its time, since nobody depends on it. */
  isResting: boolean
  /** Has the next heartbeat now; absent while one is under way, after which `isHurried` asks for another one. */
  hurry: (() => void) | undefined
  isHurried: boolean
  /** What is about to be announced to them, by what it is about. */
  readonly outbox: Map<string, Announcement>
  /** Tasks of theirs that somebody here waits for. */
  readonly followed: Map<string, Awaited>
  /** Ids of tasks to look at in the store, and of those that are being looked at. */
  readonly rumours: Set<string>
  looking: Set<string> | undefined
  /** What the store has more of than this process has read, by type. */
  readonly backlogs: Map<string, Backlog>
  /** The types that are being read, and whether they are to be read again. */
  readonly reading: Map<string, boolean>
  /** Whether recurring tasks may have changed that nobody has told of. */
  isSuspicious: boolean
  /** Whether everything is being looked at, and is to be looked at again. */
  isSweeping: boolean
  isDirty: boolean
}

/** When the store began to fail, while it does; when each operation failed last that has not worked since; what it said. */
export interface Trouble {
  since: number | undefined
  readonly failing: Map<string, number>
  last: { readonly at: number; readonly error: TaskStoreError } | undefined
}

/** How a manager is set up, resolved. Times are in milliseconds. */
export interface Settings {
  readonly pools: ReadonlyMap<string, number>
  readonly retention: Retention
  readonly cancelGrace: number
  readonly shutdownGrace: number
  readonly lease: number
  /** What its starts have in common, escaped. */
  readonly name: string | undefined
}

/** The manager's state. */
export interface State {
  readonly settings: Settings
  readonly clock: Clock.Clock
  readonly store: typeof TaskStore.Service
  /** The way past its Effects, where the store is in memory. */
  readonly direct: memory.Direct | undefined
  readonly registry: typeof TaskRegistry.Service
  readonly events: typeof TaskEvents.Service
  readonly ticker: typeof Ticker.Ticker.Service
  readonly telemetry: Telemetry
  /** Whether spans are made. */
  readonly traced: boolean
  readonly fork: <A>(effect: Effect.Effect<A>) => Fiber.Fiber<A>
  /** Forks what must not be interrupted but where it allows that. */
  readonly forkMasked: <A>(effect: Effect.Effect<A>) => Fiber.Fiber<A>
  /** A new id; whoever has read the clock just now may say what it said. */
  readonly nextId: (now?: number) => string
  /** Forks the program of a task that may run, and is claimed then unless it has been. */
  readonly start: (live: Live, claimed?: Claimed) => void
  /** Stops a task that is not this process's any more. */
  readonly lose: (live: Live) => void
  /** Has the task looked at in the store, soon. */
  readonly look: (taskId: string) => void
  /** Reads more of what waits for a pool in the store, if its line is short. */
  readonly refill: (pool: Pool) => void
  /** Who claims: unique for every start of a process. */
  readonly owner: string
  readonly peers: Peers
  readonly trouble: Trouble
  readonly pools: Map<string, Pool>
  readonly live: ChurnMap<Live>
  /** Instances that are not live yet and may run already: that is being written. */
  readonly beginning: Set<string>
  /** Tasks whose handler is not here, by type: they wait for it, or for another process. */
  readonly parked: Map<string, Set<Live>>
  /** Instances that wait for the end of one that another process runs, by recurring task. */
  readonly blocked: Map<string, Set<Live>>
  readonly configs: Map<string, Config>
  /** Those of which instances have ended because their handler went. */
  readonly stalled: Set<Config>
  /** Pools to look at when the pump is done with the one at hand. */
  readonly ready: Array<Pool>
  pumping: boolean
  stopping: boolean
  /** Until when what runs may go on while handlers go, and when that was last made use of. */
  readonly grace: { endsAt: number; usedAt: number }
  /** Called when this process has no more part in a task whose handler goes. */
  readonly going: Map<Live, () => void>
  /** What goes on beside the tasks, where the store outlives the process: heartbeat, sweep, and hearing announcements. */
  readonly services: Array<Fiber.Fiber<unknown>>
  /** Called when no task is live any more while the manager stops. */
  drained: (() => void) | undefined
}

/** The current instant, in epoch milliseconds. */
export const now = (state: State): number => state.clock.currentTimeMillisUnsafe()
