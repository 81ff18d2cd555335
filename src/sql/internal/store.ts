/**
 * The store itself: which calls are batched, which join the transaction of the caller, and how failures are named.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { bus } from "../../internal/memory/members.ts"
import * as sizes from "../../internal/sizes.ts"
import { TaskStoreError } from "../../TaskError.ts"
import type { TaskRecord, TaskStore } from "../../TaskStore.ts"
import * as announcements from "./announcements.ts"
import * as answers from "./answers.ts"
import { backlog } from "./backlog.ts"
import * as batcher from "./batcher.ts"
import type { Database } from "./database.ts"
import * as errors from "./errors.ts"
import * as members from "./members.ts"
import * as outcomes from "./outcomes.ts"
import * as oversized from "./oversized.ts"
import { parkedKeys, unparkTasks } from "./parking.ts"
import * as pauses from "./pauses.ts"
import * as notifications from "./postgres/notifications.ts"
import * as postgresRemovals from "./postgres/removing.ts"
import * as postgres from "./postgres/writes.ts"
import { queuedTasks, wakeTasks } from "./queue.ts"
import * as reads from "./reads.ts"
import { countTasks, searchTasks } from "./search.ts"
import * as tables from "./sqlite/announcements.ts"
import * as sqliteRemovals from "./sqlite/removals.ts"
import * as sqlite from "./sqlite/writes.ts"
import * as turns from "./turns.ts"
import type { Change, Decided, Insertion, Place, Turn, Writes } from "./writes.ts"

type Operation = keyof typeof TaskStore.Service

/** How many rows are written in one batch. */
const mostRows = 1_000

/** How often a write is retried if another transaction is in its way. */
const times = 3

const retried = <A, E>(self: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.retry(self, { times, while: errors.isTransient })

/**
 * A write that is repeated when its connection is lost, by one that may be repeated: at once and twice at most, since
 * its caller does not wait for a database that is away.
 */
const overAnother = <A, B>(
  write: (calls: ReadonlyArray<A>) => Effect.Effect<B, SqlError>,
  again: ((calls: ReadonlyArray<A>) => Effect.Effect<B, SqlError>) | undefined
) =>
(calls: ReadonlyArray<A>): Effect.Effect<B, SqlError> =>
  again === undefined ? write(calls) : Effect.catchIf(
    write(calls),
    errors.isConnectionLost,
    () => Effect.retry(again(calls), { times: 1, while: errors.isConnectionLost })
  )

/** A read whose connection is lost is repeated, over another one, at once and twice at most. */
const readAgain = <A, E>(self: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.retry(self, { times: 2, while: errors.isConnectionLost })

/** How many tasks are ended or claimed in one batch. */
const turnWeight = 250

/** How many new tasks are worth a batch of their own, which is carried out while another one is being committed. */
const worthwhileTasks = 16

/** How many connections write the same kind of thing, where a database has several writers. */
const mostLanes = 2

interface Together<A, B = never> {
  /** How to write what may have been written over a connection that was lost. Default such a write fails. */
  readonly again?: ((calls: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<B>, SqlError>) | undefined
  readonly keysOf?: (call: A) => ReadonlyArray<string>
  readonly weightOf?: (call: A) => number
  readonly maxWeight?: number
  readonly lanes?: number
  readonly worthwhile?: number
}

const closed = (operation: Operation): TaskStoreError =>
  new TaskStoreError({ operation, cause: new Error("The store is closed.") })

/** Whether the scope of the store has ended. Its client may have ended too, and then interrupts those who ask it. */
interface Life {
  isOver: boolean
}

/** An operation of the store, as long as its scope has not ended. */
const whileOpen = <A, E, R>(life: Life, operation: Operation, self: Effect.Effect<A, E, R>) =>
  Effect.suspend((): Effect.Effect<A, E | TaskStoreError, R> => life.isOver ? Effect.fail(closed(operation)) : self)

/** One of two, depending on whether the caller is in a transaction of this client. */
const ifJoined = <A, E>({ sql }: Database, joined: () => Effect.Effect<A, E>, alone: () => Effect.Effect<A, E>) =>
  Effect.withFiber<A, E>((fiber) =>
    Context.getOrUndefined(fiber.context, sql.transactionService) === undefined ? alone() : joined()
  )

/** A write whose calls are batched, unless the caller is in a transaction: then it is a savepoint in it. */
const together = <A, B>(
  database: Database,
  operation: Operation,
  write: (calls: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<B>, SqlError>,
  { again, keysOf, lanes, maxWeight = mostRows, weightOf, worthwhile }: Together<A, B> = {}
): Effect.Effect<(call: A) => Effect.Effect<B, TaskStoreError>, never, Scope.Scope> => {
  const written = overAnother(write, again)
  const batch = (calls: ReadonlyArray<A>) =>
    errors.namedAlways(operation)(retried(Effect.suspend(() => written(calls))))
  const joined = (call: A) =>
    Effect.map(
      errors.named(operation)(database.sql.withTransaction(Effect.suspend(() => write([call])))),
      ([answer]) => answer!
    )
  return Effect.map(
    batcher.make({
      write: batch,
      keysOf,
      weightOf,
      maxWeight,
      lanes,
      worthwhile,
      isolates: errors.isolates,
      closed: closed(operation)
    }),
    (batched) => (call) => ifJoined(database, () => joined(call), () => batched(call))
  )
}

/**
 * On SQLite, several statements need a transaction. On Postgres, a process that is frozen inside a transaction would
 * keep its locks, so each of these is one statement, or several that are each valid by themselves. In a transaction of
 * the caller they are a savepoint.
 */
const atOnce = <A, E>(database: Database, self: Effect.Effect<A, E>): Effect.Effect<A, E | SqlError> =>
  database.dialect.name === "sqlite"
    ? database.sql.withTransaction(self)
    : ifJoined(database, () => database.sql.withTransaction(self), () => self)

const ofTask: Together<Change> = { keysOf: ({ task }) => [task.taskId] }

const ofPlace: Together<Place> = { keysOf: ({ taskId }) => [taskId] }

/** While one batch is being committed, another one is carried out; SQLite has one writer. */
const lanesOf = ({ dialect }: Database): number => dialect.name === "sqlite" ? 1 : mostLanes

const ofConfig = (database: Database): Together<Insertion | Decided> => ({
  keysOf: ({ config }) => [config.recurringId],
  weightOf: ({ outcomes, tasks }) => 1 + outcomes.length + tasks.length,
  lanes: lanesOf(database)
})

const ofTurn = (database: Database): Together<Turn> => ({
  keysOf: turns.taskIdsOf,
  weightOf: turns.weightOf,
  maxWeight: database.dialect.name === "sqlite" ? mostRows : turnWeight,
  lanes: lanesOf(database)
})

/** How many bytes of payloads weigh as much as a row: what is written at once is one text, which must not get too long. */
const bytesOfRow = 32_768

const weightOf = (tasks: ReadonlyArray<TaskRecord>): number =>
  tasks.reduce((sum, { payload }) => sum + 1 + Math.floor(sizes.about(payload) / bytesOfRow), 0)

type Grouped = Effect.Success<ReturnType<typeof grouped>>

/** How many decisions wait at once for what somebody else has locked, each with a connection of its own. */
const mostWaiting = 2

/**
 * Commits a decision: together with others or, if somebody else has locked its recurring task, by itself, so that
 * nobody else has to wait for a long transaction of a caller.
 */
const committing = (database: Database, { commitLocked }: Writes, grouped: Grouped) => {
  const waiting = Semaphore.makeUnsafe(mostWaiting)
  const later = (decided: Decided) =>
    ifJoined(
      database,
      () => database.sql.withTransaction(commitLocked(decided)),
      () => waiting.withPermit(retried(commitLocked(decided)))
    )
  return (decided: Decided) =>
    Effect.flatMap(
      grouped.commit(decided),
      (answer) => answer === "locked" ? errors.named("commit")(later(decided)) : Effect.succeed(answer)
    )
}

const grouped = (database: Database, writes: Writes) =>
  Effect.all({
    insertTasks: together(database, "insertTasks", writes.insertTasks, {
      again: writes.insertTasksAgain,
      lanes: lanesOf(database),
      worthwhile: worthwhileTasks,
      weightOf
    }),
    turn: together(database, "settle", turns.write(writes), ofTurn(database)),
    lend: together(database, "lend", writes.lend, ofPlace),
    takeBack: together(database, "takeBack", writes.takeBack, ofPlace),
    update: together(database, "update", writes.update, ofTask),
    requeue: together(database, "requeue", writes.requeue, ofTask),
    insertConfig: together(database, "insertConfig", writes.insertConfig, {
      again: writes.insertConfigAgain,
      ...ofConfig(database)
    }),
    commit: together(database, "commit", writes.commit, ofConfig(database))
  })

/** How processes send announcements to each other. */
const channelOf = (database: Database, listener: SqlClient): Effect.Effect<announcements.Channel, SqlError> => {
  if (database.dialect.name === "sqlite") return tables.make(database)
  return notifications.isNotifying(listener) ? notifications.make(database, listener) : within
}

/** If the client cannot announce, at least the managers in this process hear each other. */
const within = Effect.map(bus, ({ announce, announcements }) => ({ send: announce, listen: announcements }))

/** A store in these tables. When the scope ends, everything accepted is written first. */
export const make = Effect.fnUntraced(function*(
  database: Database,
  listener = database.client
): Effect.fn.Return<typeof TaskStore.Service, TaskStoreError, Scope.Scope> {
  const writes = database.dialect.name === "sqlite" ? sqlite.make(database) : postgres.make(database)
  const life: Life = { isOver: false }
  yield* Effect.addFinalizer(() => Effect.sync(() => void (life.isOver = true)))
  const channel = yield* errors.named("announcements")(channelOf(database, listener))
  const announcing = yield* announcements.make(channel)
  const together = yield* grouped(database, writes)
  return service(database, life, { ...together, commit: committing(database, writes, together) }, announcing)
})

/** Writes of many callers that are carried out together. */
type Batched = Omit<Grouped, "commit"> & { readonly commit: ReturnType<typeof committing> }

const writing = (batched: Batched) => ({
  insertTasks: (tasks) => tasks.length === 0 ? Effect.void : batched.insertTasks(tasks),
  claim: (claim) =>
    Effect.mapBoth(batched.turn(turns.ofClaim(claim)), {
      onSuccess: ({ claimed }) => claimed[0],
      onFailure: ({ cause }) => new TaskStoreError({ operation: "claim", cause })
    }),
  lend: (taskId, expected) => batched.lend({ taskId, expected }),
  takeBack: (taskId, expected, limit) => batched.takeBack({ taskId, expected, limit }),
  requeue: (task, expected, reservedBy) => batched.requeue({ task, expected, reservedBy }),
  update: (task, expected) => batched.update({ task, expected }),
  settle: (task, expected, retention, owner = null) =>
    Effect.map(batched.turn(turns.ofEnding(task, expected, retention, owner)), ({ settled }) => settled[0]),
  turn: (turn) => batched.turn(turns.of(turn)),
  insertConfig: (config, outcomes, tasks, retention) => batched.insertConfig({ config, outcomes, tasks, retention }),
  commit: (commit, retention) => batched.commit({ ...commit, retention })
} satisfies Partial<typeof TaskStore.Service>)

const service = (
  database: Database,
  life: Life,
  batched: Batched,
  announcing: Pick<typeof TaskStore.Service, "announce" | "announcements">
): typeof TaskStore.Service => {
  const asIs = <A, E>(operation: Operation, self: Effect.Effect<A, E>) =>
    whileOpen(life, operation, errors.named(operation)(self))
  const reading = oversized.make(database)
  const readPlain = <A, E>(operation: Operation, self: Effect.Effect<A, E>) => asIs(operation, readAgain(self))
  const read = <A, E>(operation: Operation, self: (database: Database) => Effect.Effect<A, E>) =>
    readPlain(operation, reading(self))
  const removals = database.dialect.name === "sqlite" ? sqliteRemovals.make(database) : postgresRemovals.make(database)
  const atomic = <A, E>(operation: Operation, self: Effect.Effect<A, E>) =>
    asIs(operation, retried(atOnce(database, self)))
  return {
    name: database.dialect.name,
    durable: true,
    ...writing(batched),
    requestCancel: (taskId, request) =>
      read("requestCancel", (database) => reads.requestCancel(database, taskId, request)),
    getTask: (taskId) => read("getTask", (database) => reads.getTask(database, taskId)),
    getTasks: (taskIds) => read("getTasks", (database) => reads.getTasks(database, taskIds)),
    searchTasks: (search) => read("searchTasks", (database) => searchTasks(database, search)),
    countTasks: (search) => readPlain("countTasks", countTasks(database, search)),
    removeTasks: (taskIds) => atomic("removeTasks", removals.removeTasks(taskIds)),
    removeEndedTasks: atomic("removeEndedTasks", removals.removeEndedTasks),
    liveTasks: read("liveTasks", reads.liveTasks),
    activeTasks: (recurringId) => read("activeTasks", (database) => reads.activeTasks(database, recurringId)),
    queuedTasks: (page) => read("queuedTasks", (database) => queuedTasks(database, page)),
    backlog: (query) => readPlain("backlog", backlog(database, query)),
    unparkTasks: (keys, limit) =>
      asIs("unparkTasks", retried(reading((database) => unparkTasks(database, keys, limit)))),
    parkedKeys: (after, limit) => readPlain("parkedKeys", parkedKeys(database, after, limit)),
    wakeTasks: (now, limit) => atomic("wakeTasks", wakeTasks(database, now, limit)),
    abandonedTasks: (wanted) => read("abandonedTasks", (database) => reads.abandonedTasks(database, wanted)),
    pauseType: (pause) => atomic("pauseType", pauses.pauseType(database, pause)),
    resumeType: (taskType) => atomic("resumeType", pauses.resumeType(database, taskType)),
    pauses: readPlain("pauses", pauses.all(database)),
    configs: read("configs", reads.allConfigs),
    configVersions: readPlain("configVersions", reads.configVersions(database)),
    getConfig: (recurringId) => read("getConfig", (database) => reads.getConfig(database, recurringId)),
    removeConfig: (recurringId) => atomic("removeConfig", removals.removeConfig(recurringId)),
    outcomes: (recurringId, page) => readPlain("outcomes", outcomes.page(database, recurringId, page)),
    once: (request, work) => whileOpen(life, "once", answers.once(database, request, work)),
    heartbeat: (beat) => atomic("heartbeat", members.heartbeat(database, beat)),
    leave: (owner) => asIs("leave", members.leave(database, owner)),
    afterCommit: database.sql.afterCommit,
    ...announcing
  }
}
