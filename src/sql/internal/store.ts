/**
 * The store itself: which calls are written together, which join the caller's transaction, and what a failure is called.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { TaskStoreError } from "../../TaskError.ts"
import type { TaskRecord, TaskStore } from "../../TaskStore.ts"
import * as batcher from "./batcher.ts"
import * as configs from "./configs.ts"
import type { Database } from "./database.ts"
import * as errors from "./errors.ts"
import * as history from "./history.ts"
import * as search from "./search.ts"
import * as tasks from "./tasks.ts"

/** How many rows are written at once. */
const maxWeight = 1_000

/** How often a transaction is tried that another one is in the way of. */
const tries = 3

/** Runs a write in a transaction: a new one, or a savepoint in that of the caller. */
const atomically = <A, E>({ sql }: Database, self: Effect.Effect<A, E>) =>
  Effect.retry(sql.withTransaction(self), { times: tries, while: errors.isTransient })

interface Writing<A, B> {
  readonly operation: keyof typeof TaskStore.Service
  readonly write: (database: Database, calls: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<B>, unknown>
  readonly keyOf?: (call: A) => string
  readonly weightOf?: (call: A) => number
  /** Whether it is one statement, which needs no transaction around it. */
  readonly isOneStatement?: boolean
}

const isJoined = ({ sql }: Database): Effect.Effect<boolean> =>
  Effect.withFiber((fiber) =>
    Effect.succeed(Context.getOrUndefined(fiber.context, sql.transactionService) !== undefined)
  )

/** A method whose calls are written together, unless the caller has a transaction of his own. */
const together = <A, B>(database: Database, writing: Writing<A, B>) => {
  const { keyOf, operation, weightOf } = writing
  const isolated = (calls: ReadonlyArray<A>) =>
    errors.named(operation)(atomically(database, writing.write(database, calls)))
  const alone = writing.isOneStatement === true
    ? (calls: ReadonlyArray<A>) => errors.named(operation)(writing.write(database, calls))
    : isolated
  const closed = new TaskStoreError({ operation, cause: new Error("The store is closed.") })
  return Effect.map(
    batcher.make({ write: alone, keyOf, weightOf, maxWeight, isolates: errors.isolates, closed }),
    (batched) => (call: A): Effect.Effect<B, TaskStoreError> =>
      Effect.flatMap(
        isJoined(database),
        (joined) => joined ? Effect.map(isolated([call]), ([answer]) => answer!) : batched(call)
      )
  )
}

const taskIdOf = ({ task }: tasks.Change): string => task.taskId

const recurringIdOf = ({ config }: { readonly config: { readonly recurringId: string } }): string => config.recurringId

const weightOfConfig = (one: configs.Insertion | configs.Decided): number => 1 + one.outcomes.length + one.tasks.length

const writers = (database: Database) =>
  Effect.all({
    insertTasks: together(database, {
      operation: "insertTasks",
      write: (database, lists: ReadonlyArray<ReadonlyArray<TaskRecord>>) =>
        Effect.as(tasks.insert(database, lists.flat()), lists.map(() => undefined)),
      weightOf: (list) => list.length,
      isOneStatement: true
    }),
    claim: together(database, { operation: "claim", write: tasks.claim, keyOf: ({ taskId }) => taskId }),
    update: together(database, {
      operation: "update",
      write: (database, changes: ReadonlyArray<tasks.Change>) =>
        Effect.map(tasks.update(database, changes), (done) => changes.map(({ task }) => done.has(task.taskId))),
      keyOf: taskIdOf,
      isOneStatement: true
    }),
    settle: together(database, { operation: "settle", write: history.settle, keyOf: taskIdOf }),
    insertConfig: together(database, {
      operation: "insertConfig",
      write: configs.insert,
      keyOf: recurringIdOf,
      weightOf: weightOfConfig
    }),
    commit: together(database, {
      operation: "commit",
      write: configs.commit,
      keyOf: recurringIdOf,
      weightOf: weightOfConfig
    })
  })

/** `taskIds` that are among `gone`, once each. */
const among = (taskIds: ReadonlyArray<string>, gone: ReadonlyArray<string>): ReadonlyArray<string> => {
  const left = new Set(gone)
  return taskIds.filter((taskId) => left.delete(taskId))
}

/** A store in these tables. When the scope ends, what has been accepted is written. */
export const make = (database: Database): Effect.Effect<typeof TaskStore.Service, never, Scope.Scope> =>
  Effect.map(writers(database), (together) => {
    const reading = <A, E>(operation: keyof typeof TaskStore.Service, self: Effect.Effect<A, E>) =>
      errors.named(operation)(self)
    const writing = <A, E>(operation: keyof typeof TaskStore.Service, self: Effect.Effect<A, E>) =>
      errors.named(operation)(atomically(database, self))
    return {
      durable: true,
      insertTasks: (tasks) => tasks.length === 0 ? Effect.void : together.insertTasks(tasks),
      claim: together.claim,
      heartbeat: (beat) => writing("heartbeat", search.heartbeat(database, beat)),
      abandonedTasks: (wanted) => reading("abandonedTasks", search.abandoned(database, wanted)),
      requeue: (task, expected) =>
        Effect.map(
          writing("requeue", tasks.requeue(database, [{ task, expected }])),
          (done) => done.size > 0
        ),
      update: (task, expected) => together.update({ task, expected }),
      settle: (task, expected, retention) => together.settle({ task, expected, retention }),
      getTask: (taskId) => reading("getTask", search.get(database, taskId)),
      searchTasks: (wanted) => reading("searchTasks", search.search(database, wanted)),
      removeTasks: (taskIds) =>
        Effect.map(
          writing("removeTasks", history.remove(database, taskIds)),
          (gone) => among(taskIds, gone)
        ),
      removeEndedTasks: writing("removeEndedTasks", history.removeEnded(database)),
      liveTasks: reading("liveTasks", search.live(database)),
      insertConfig: (config, outcomes, tasks, retention) =>
        together.insertConfig({ config, outcomes, tasks, retention }),
      commit: (commit, retention) => together.commit({ ...commit, retention }),
      configs: reading("configs", configs.all(database)),
      getConfig: (recurringId) => reading("getConfig", configs.get(database, recurringId)),
      removeConfig: (recurringId) => writing("removeConfig", configs.remove(database, recurringId)),
      outcomes: (recurringId, page) => reading("outcomes", configs.page(database, recurringId, page))
    }
  })
