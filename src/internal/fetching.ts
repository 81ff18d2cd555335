/**
 * Reads queued tasks that this process has not inserted itself: those of a process that cannot run them or is gone, and
 * those for which another process has found no place in their pool. They are read in pages, and the next page only when
 * the line gets short, so that a process holds no more of a long queue than it may soon need. A page has fewer tasks if
 * their payloads are large.
 */
import * as Effect from "effect/Effect"
import type { QueuePage, TaskRecord } from "../TaskStore.ts"
import * as admission from "./admission.ts"
import * as configs from "./configs.ts"
import * as members from "./members.ts"
import * as pools from "./pools.ts"
import * as remoteTasks from "./remoteTasks.ts"
import * as sizes from "./sizes.ts"
import { type Live, mayStart, type Pool, type State } from "./state.ts"
import * as stopping from "./stopping.ts"
import * as storeFailures from "./storeFailures.ts"
import * as waiting from "./waiting.ts"

/** How short the line of a pool is when more are read: as many as may run, or are reserved, can leave it at once. */
const shortOf = ({ ahead, limit }: Pool): number => Math.min(Math.max(100, limit, 2 * (ahead?.wanted ?? 0)), 2_000)

/** The size of a page for a pool. */
const pageOf = (pool: Pool): number => Math.min(Math.max(500, 2 * shortOf(pool)), firstPage)

/** The size of the first page of a type, whose pool is not known yet. */
const firstPage = 1_000

/** The same while it is not known how large its payloads are, either. */
const probe = 100

/** About how many bytes the payloads of a page may have. */
const pageBytes = 32 * 1_024 * 1_024

/** How many tasks of a type have payloads of so many bytes; `undefined` if that is not known. */
const fitting = ({ peers }: State, taskType: string): number | undefined => {
  const size = peers.payloadSizes.get(taskType)
  return size === undefined ? undefined : Math.max(Math.floor(pageBytes / size), 1)
}

const sized = (state: State, taskType: string, tasks: ReadonlyArray<TaskRecord>): void => {
  if (tasks.length === 0) return
  const bytes = tasks.reduce((sum, { payload }) => sum + sizes.about(payload), 0)
  state.peers.payloadSizes.set(taskType, bytes / tasks.length)
}

/**
 * How long to rest before the same type is read again, in milliseconds: the shortest if more arrived during one read,
 * and twice as long each time as long as more keep arriving.
 */
const shortest = 5
const longest = 100

/** Whether a type is read: its handler is here, and it is not paused. */
const isWanted = ({ pauses, registry }: State, taskType: string): boolean =>
  registry.get(taskType) !== undefined && !pauses.known.has(taskType)

/** Reads the first tasks of a type, if it is wanted. */
export const fetchType = (state: State, taskType: string, rest = shortest): Effect.Effect<void> =>
  isWanted(state, taskType) ? fetchFirst(state, taskType, rest) : Effect.void

/** Reads the next pages of a pool whose line has become short, even while first pages are being read again. */
export const refill = (state: State, pool: Pool): void => {
  const { size } = pool.waiting
  if (size > shortOf(pool)) return
  for (const [taskType, backlog] of state.peers.backlogs) {
    const most = fitting(state, taskType) ?? probe
    if (backlog.pool.name === pool.name && !backlog.isRead && size <= most && mayStart(state, taskType)) {
      state.fork(fetchMore(state, taskType, backlog, Math.min(pageOf(pool), most)))
    }
  }
}

/**
 * Reads a page. If the store fails, somebody is told, and it is read `again` later: until then, nobody else does. What
 * it takes to try again is not waited for.
 */
const read = (
  state: State,
  taskType: string,
  page: Pick<QueuePage, "after" | "limit">,
  use: (tasks: ReadonlyArray<TaskRecord>) => Effect.Effect<void>,
  again: Effect.Effect<void>
): Effect.Effect<void> =>
  Effect.matchEffect(state.store.queuedTasks({ taskTypes: [taskType], createdBefore: Infinity, ...page }), {
    onSuccess: (tasks) => {
      sized(state, taskType, tasks)
      return Effect.andThen(storeFailures.answered(state, operation), use(tasks))
    },
    onFailure: (error) => {
      if (state.stopping) return again
      const later = Effect.andThen(Effect.suspend(() => Effect.sleep(storeFailures.delay(state))), again)
      return Effect.andThen(storeFailures.failed(state, error), Effect.sync(() => void state.fork(later)))
    }
  })

const operation = "queuedTasks"

const fetchFirst = (state: State, taskType: string, rest: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { reading } = state.peers
    const isRead = reading.has(taskType)
    reading.set(taskType, isRead)
    if (isRead) return Effect.void
    const limit = Math.min(fitting(state, taskType) ?? probe, firstPage)
    const use = (tasks: ReadonlyArray<TaskRecord>) => {
      remember(state, taskType, tasks, limit)
      return Effect.andThen(takeFirst(state, taskType, tasks), fetchAgain(state, taskType, rest))
    }
    return read(state, taskType, { limit }, use, retryFirst(state, taskType))
  })

/** Unless the handler has gone, the type was paused, or this process stops. */
const retryFirst = (state: State, taskType: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    state.peers.reading.delete(taskType)
    return !state.stopping && isWanted(state, taskType)
      ? fetchFirst(state, taskType, shortest)
      : storeFailures.answered(state, operation)
  })

/**
 * If the first page was read again meanwhile, it may have found more tasks before these: reading continues from there
 * then.
 */
const fetchMore = (state: State, taskType: string, backlog: members.Backlog, limit: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    backlog.isRead = true
    const { after } = backlog
    const use = (tasks: ReadonlyArray<TaskRecord>) => {
      if (state.peers.backlogs.get(taskType) === backlog) remember(state, taskType, tasks, limit)
      return Effect.andThen(take(state, tasks), Effect.sync(() => void (backlog.isRead = false)))
    }
    return read(state, taskType, { after, limit }, use, retryMore(state, taskType, backlog))
  })

/** From the beginning: it may have been read again meanwhile, or nothing else may ask for more. */
const retryMore = (state: State, taskType: string, backlog: members.Backlog): Effect.Effect<void> =>
  Effect.suspend(() => {
    backlog.isRead = false
    return state.peers.reading.has(taskType) ? Effect.void : retryFirst(state, taskType)
  })

/** Reads again if more may have been queued meanwhile. */
const fetchAgain = (state: State, taskType: string, rest: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { reading } = state.peers
    if (state.stopping || !reading.get(taskType)) return Effect.sync(() => void reading.delete(taskType))
    return Effect.andThen(
      Effect.sleep(rest),
      Effect.suspend(() => {
        reading.delete(taskType)
        return fetchType(state, taskType, Math.min(2 * rest, longest))
      })
    )
  })

/** Remembers where to continue when the line gets short. */
const remember = (state: State, taskType: string, tasks: ReadonlyArray<TaskRecord>, limit: number): void => {
  const last = tasks.at(-1)
  const isAll = last === undefined || tasks.length < limit
  if (isAll || !isWanted(state, taskType)) state.peers.backlogs.delete(taskType)
  else state.peers.backlogs.set(taskType, { after: last, pool: pools.named(state, last.semaphore), isRead: false })
}

/** What was held back here is in line before any of these start: it may come before them. */
const takeFirst = (state: State, taskType: string, tasks: ReadonlyArray<TaskRecord>): Effect.Effect<void> => {
  const released = waiting.releaseAll(state, taskType)
  const taken = take(state, tasks)
  if (released) { for (const pool of state.pools.values()) pools.pump(state, pool) }
  return taken
}

/** Takes in queued tasks of the store, unless they are here already. */
export const take = (state: State, tasks: ReadonlyArray<TaskRecord>): Effect.Effect<void> => {
  if (state.stopping) return Effect.void
  const unwanted = tasks.filter(({ cancelRequest }) => cancelRequest !== null)
  const taken = tasks.filter((task) => task.cancelRequest === null && isNew(state, task))
    .map((task) => enter(state, task))
  // a process that has queued them since the last heartbeat has started since, and may wait for them
  if (taken.some(({ record }) => record.createdAt >= state.peers.beatAt)) members.notice(state)
  for (const pool of new Set(taken.map((live) => live.pool))) pools.pump(state, pool)
  return Effect.andThen(
    Effect.forEach(unwanted, (task) => endAsRequested(state, task), { discard: true }),
    Effect.forEach(taken, (live) => stopping.expireInTime(state, live), { discard: true })
  )
}

/** Whether a task is not here yet, and does not come by itself either. */
const isNew = ({ live, storing }: State, { taskId }: TaskRecord): boolean => !live.has(taskId) && !storing.has(taskId)

/**
 * The process that asked for its cancellation may have died. If the store fails now, the task is ended when it is read
 * again.
 */
const endAsRequested = (state: State, task: TaskRecord): Effect.Effect<void> => {
  const live = state.live.get(task.taskId)
  if (live === undefined) return Effect.ignore(remoteTasks.endWaiting(state, task, task.cancelRequest!))
  return live.fiber === undefined ? stopping.cancelAsRequested(state, live, task.cancelRequest!) : Effect.void
}

const enter = (state: State, task: TaskRecord): Live => {
  const live = admission.readmit(state, task)
  configs.addActive(live.config, live)
  return live
}
