/**
 * The writes of Postgres. Each is one statement, which is atomic by itself, and leaves no locks behind if its process
 * is frozen.
 */
import * as Effect from "effect/Effect"
import type { Database } from "../database.ts"
import type { Change, Writes } from "../writes.ts"
import * as configs from "./configs.ts"
import * as tasks from "./tasks.ts"
import * as turns from "./turns.ts"

const answers = (changes: ReadonlyArray<Change>) => (changed: ReadonlySet<string>) =>
  changes.map(({ task }) => changed.has(task.taskId))

/** The writes of a database. */
export const make = (database: Database): Writes => ({
  insertTasks: (lists) => Effect.as(tasks.insert(database, lists.flat()), lists.map(() => undefined)),
  insertTasksAgain: (lists) => Effect.as(tasks.insertMissing(database, lists.flat()), lists.map(() => undefined)),
  turn: (turn) => turns.turn(database, turn),
  lend: (places) => Effect.map(tasks.lend(database, places), (lent) => places.map(({ taskId }) => lent.has(taskId))),
  takeBack: (returns) => tasks.takeBack(database, returns),
  update: (changes) => Effect.map(tasks.update(database, changes), answers(changes)),
  requeue: (changes) => Effect.map(tasks.requeue(database, changes), answers(changes)),
  insertConfig: (insertions) => configs.insert(database, insertions),
  insertConfigAgain: (insertions) => configs.insertAgain(database, insertions),
  commit: (decisions) => configs.commit(database, decisions),
  commitLocked: (decision) => configs.commitLocked(database, decision)
})
