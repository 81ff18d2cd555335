/**
 * Signals that the files of a database were written to, from the operating system, which watches their folder.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import * as Fs from "node:fs"
import * as Path from "node:path"
import type { Database } from "./database.ts"

const failure = ({ filename }: Database, cause: unknown): SqlError => {
  const message = `${JSON.stringify(filename)} cannot be watched: ${cause instanceof Error ? cause.message : cause}`
  return new SqlError({ reason: new ConnectionError({ cause, message, operation: "watch" }) })
}

/** The log is written first, and the database itself later; the names of both begin in the same way. */
const begin = (database: Database, signs: Queue.Queue<void, SqlError>): Fs.FSWatcher | undefined => {
  const path = database.sqlite.location()
  // nobody else can write to a database in memory
  if (path === null) return undefined
  const name = Path.basename(path)
  const watcher = Fs.watch(Path.dirname(path), { persistent: false }, (_, changed) => {
    if (changed === null || changed.startsWith(name)) Queue.offerUnsafe(signs, undefined)
  })
  return watcher.on("error", (cause) => Queue.failCauseUnsafe(signs, Cause.fail(failure(database, cause))))
}

/**
 * Watches while the scope is open. Several writes may give one signal. Fails if the operating system cannot watch any
 * more.
 */
export const watch = (database: Database): Effect.Effect<Queue.Dequeue<void, SqlError>, SqlError, Scope.Scope> =>
  Effect.flatMap(Queue.sliding<void, SqlError>(1), (signs) =>
    Effect.as(
      Effect.acquireRelease(
        Effect.try({ try: () => begin(database, signs), catch: (cause) => failure(database, cause) }),
        (watcher) => Effect.sync(() => watcher?.close())
      ),
      signs
    ))
