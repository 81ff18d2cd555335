/**
 * The writes of SQLite: each in a transaction, unless it is one statement.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Database } from "../database.ts"
import type { Change, Writes } from "../writes.ts"
import * as configs from "./configs.ts"
import * as tasks from "./tasks.ts"

const answers = (changes: ReadonlyArray<Change>, changed: ReadonlySet<string>) =>
  changes.map(({ task }) => changed.has(task.taskId))

const none = Effect.succeed([])

/** The writes of a database. */
export const make = (database: Database): Writes => {
  const atomic = <A>(isOne: boolean, self: Effect.Effect<A, SqlError>): Effect.Effect<A, SqlError> =>
    isOne ? self : database.sql.withTransaction(self)
  return {
    insertTasks: (lists) => {
      const records = lists.flat()
      return Effect.as(atomic(records.length === 1, tasks.insert(database, records)), lists.map(() => undefined))
    },
    turn: ({ claims, endings, reservations, returns }) =>
      atomic(
        false,
        Effect.all({
          settled: endings.length === 0 ? none : tasks.settle(database, endings),
          claimed: claims.length === 0 ? none : tasks.claim(database, claims),
          returned: tasks.giveBack(database, returns),
          reserved: tasks.reserve(database, reservations)
        })
      ),
    lend: (places) =>
      Effect.map(
        atomic(places.length === 1, tasks.lend(database, places)),
        (lent) => places.map(({ taskId }) => lent.has(taskId))
      ),
    takeBack: (returns) => atomic(false, tasks.takeBack(database, returns)),
    update: (changes) =>
      Effect.map(
        atomic(changes.length === 1, tasks.update(database, changes)),
        (changed) => answers(changes, changed)
      ),
    requeue: (changes) =>
      Effect.map(
        atomic(changes.length === 1, tasks.requeue(database, changes)),
        (changed) => answers(changes, changed)
      ),
    insertConfig: (insertions) => atomic(false, configs.insert(database, insertions)),
    commit: (decisions) => atomic(false, configs.commit(database, decisions)),
    // there is one writer, and nothing that somebody else has locked
    commitLocked: (decision) => Effect.map(atomic(false, configs.commit(database, [decision])), ([answer]) => answer!)
  }
}
