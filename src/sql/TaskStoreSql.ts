/**
 * A `TaskStore` in the tables of a SQL database, SQLite or Postgres, over any `SqlClient` of Effect.
 *
 * What it acknowledges is committed. Concurrent calls are committed together; calls inside a transaction of the caller
 * are part of it. It is given all times, and asks the database for one only to compare the clocks when it is made.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { SqlClient } from "effect/sql/SqlClient"
import { TaskStoreError } from "../TaskError.ts"
import { TaskStore } from "../TaskStore.ts"
import { IncompatibleDatabase } from "./IncompatibleDatabase.ts"
import * as database from "./internal/database.ts"
import * as errors from "./internal/errors.ts"
import { migrate } from "./internal/migrations.ts"
import * as store from "./internal/store.ts"

/**
 * Where the tables are, so that they can be in the database of an application, and how it is reached.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** What the names of all tables begin with: letters, digits and underscores. Default `brinjal_`. */
  readonly prefix?: string | undefined
  /**
   * The Postgres schema of the tables, which is made if it is missing. Default the one that the connection uses.
   * Ignored on SQLite, which has no schemas.
   */
  readonly schema?: string | undefined
  /**
   * A client that is notified by Postgres of what other processes do: one that connects directly, if the other one goes
   * through a pooler in transaction mode, such as PgBouncer, which loses notifications. One connection is enough.
   * Default the same client. Ignored on SQLite.
   *
   * **Example** (Behind PgBouncer)
   *
   * ```ts
   * import { PgClient } from "@effect/sql-pg"
   * import { TaskStoreSql } from "brinjal/sql"
   * import { Config, Layer } from "effect"
   *
   * const StoreLive = TaskStoreSql.layerWith({
   *   listener: PgClient.layerConfig({ url: Config.Redacted("DIRECT_URL"), maxConnections: Config.succeed(1) })
   * }).pipe(
   *   Layer.provide(PgClient.layerConfig({ url: Config.Redacted("POOLED_URL") }))
   * )
   * ```
   */
  readonly listener?: Layer.Layer<SqlClient, unknown> | undefined
}

/**
 * Makes a store over the client. Creates and updates its tables first. When the scope ends, what has been accepted is
 * written before the scope is closed.
 *
 * **Details**
 *
 * Tables are `configs`, `tasks`, `outcomes`, `answers`, `processes` and `migrations`, on SQLite also `announcements`,
 * with the prefix. Instants are epoch milliseconds, payloads and results are JSON. In Postgres, JSON is kept as
 * `jsonb`: the order of its fields is not. A row may have up to 16 MiB, which is the default `maxMessageSize` of
 * `PgClient`: do not lower that.
 *
 * On Postgres, the clock of this process is compared with that of the database, unless it is another `Clock` than the
 * default: a process with a wrong clock would decide occurrences for all others that are not due. After a machine has
 * started, NTP may not have set its clock yet; let a supervisor start the process again.
 *
 * Fails with `IncompatibleDatabase` when a newer version has made the tables, the clocks are more than 30 seconds apart,
 * or the client is neither of SQLite nor of Postgres; with `TaskStoreError` when the database does not answer or does
 * not allow it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  options: Options = {}
): Effect.Effect<
  typeof TaskStore.Service,
  IncompatibleDatabase | TaskStoreError,
  SqlClient | Scope.Scope
> =>
  Effect.gen(function*() {
    const { listener, prefix = "brinjal_", schema } = options
    const opened = yield* database.make(yield* SqlClient, { prefix, schema })
    const migrated = Effect.catchTag(migrate(opened), "IncompatibleDatabase", (error) => Effect.succeed(error))
    // if the connection is lost meanwhile, it is a defect that the rollback fails, too
    const incompatible = yield* errors.named("migrate")(migrated)
    if (incompatible instanceof IncompatibleDatabase) return yield* incompatible
    return yield* store.make(opened, listener && (yield* clientOf(listener)))
  })

const clientOf = (listener: Layer.Layer<SqlClient, unknown>): Effect.Effect<SqlClient, TaskStoreError, Scope.Scope> =>
  Effect.mapBoth(Layer.build(listener), {
    onSuccess: Context.get(SqlClient),
    onFailure: (cause) => new TaskStoreError({ operation: "announcements", cause })
  })

/**
 * Layer of a store whose tables have another prefix, or are in another schema.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerWith = (
  options: Options
): Layer.Layer<TaskStore, IncompatibleDatabase | TaskStoreError, SqlClient> => Layer.effect(TaskStore, make(options))

/**
 * Layer of a store in tables whose names begin with `brinjal_`.
 *
 * **Example** (Postgres)
 *
 * ```ts
 * import { PgClient } from "@effect/sql-pg"
 * import { TaskManager } from "brinjal"
 * import { TaskStoreSql } from "brinjal/sql"
 * import { Config, Layer } from "effect"
 *
 * const TasksLive = TaskManager.layer.pipe(
 *   Layer.provide(TaskStoreSql.layer),
 *   Layer.provide(PgClient.layerConfig({ url: Config.Redacted("DATABASE_URL") }))
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<TaskStore, IncompatibleDatabase | TaskStoreError, SqlClient> = layerWith({})
