/**
 * A `SqlClient` over one SQLite database, through Node's own `node:sqlite`.
 *
 * It has one connection, which statements and transactions use in turn. `effect/sql` provides statements, transactions
 * and savepoints; this adds how a database is opened, how it is read and waited for, and what its errors mean.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Queue from "effect/Queue"
import * as Reactivity from "effect/reactivity/Reactivity"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"
import { leased, shared } from "./internal/connection.ts"
import type { Database } from "./internal/database.ts"
import { watch } from "./internal/fileWatcher.ts"
import { open } from "./internal/open.ts"

/**
 * Which database to open, and how to use it.
 *
 * @category models
 * @since 0.1.0
 */
export interface SqliteClientConfig {
  /**
   * A path, or `":memory:"` for a database that lives as long as the client. A missing file is created; a missing
   * folder is not.
   */
  readonly filename: string
  /** Whether the client only reads. The file has to exist then. Default `false`. */
  readonly readonly?: boolean | undefined
  /**
   * What a commit waits for. `"NORMAL"` (default): the operating system has it, so that it survives the death of the
   * process; after a power cut the last commits may be missing, but the database is intact. `"FULL"`: the disk has it.
   */
  readonly synchronous?: "NORMAL" | "FULL" | undefined
  /**
   * How long a statement waits for a lock that another connection (mostly that of another process) holds, before it
   * fails with `LockTimeoutError`. Other fibers run meanwhile. Default 5 seconds.
   */
  readonly busyTimeout?: Duration.Input | undefined
  /** How many prepared statements are kept. Default 200. */
  readonly prepareCacheSize?: number | undefined
  /** Keeps the journal mode of the file, for file systems without shared memory. Default `false`. */
  readonly disableWAL?: boolean | undefined
  /** Transforms the names of columns and tables in statements. */
  readonly transformQueryNames?: ((name: string) => string) | undefined
  /** Transforms the names of columns in results. */
  readonly transformResultNames?: ((name: string) => string) | undefined
  /** Attributes of every span. */
  readonly spanAttributes?: Readonly<Record<string, unknown>> | undefined
}

/**
 * The client as a service of its own, for code that needs SQLite. All other code asks for `SqlClient`.
 *
 * **Details**
 *
 * Booleans are stored as 1 and 0, a `Date` as its ISO 8601 text in UTC, `undefined` as null; numbers, bigints, texts,
 * `Uint8Array` and null as they are. Any other value is an error that names the parameter.
 *
 * Transactions start with `BEGIN IMMEDIATE`, so that two that write wait for each other and do not fail half-way. When
 * SQLite itself rolls a transaction back (a full disk, `ON CONFLICT ROLLBACK`), the rest of it fails as well.
 *
 * | Reason of `SqlError` | When |
 * | --- | --- |
 * | `UniqueViolation` | duplicate value of a primary key, row id or unique index |
 * | `ConstraintError` | any other constraint |
 * | `LockTimeoutError` | another connection held the lock for longer than `busyTimeout` |
 * | `SerializationError` | a transaction that began with a plain `BEGIN` wants to write what has changed since |
 * | `SqlSyntaxError` | wrong SQL, unknown table or column |
 * | `ConnectionError` | the file cannot be accessed, or was deleted or replaced while it was open; the disk is full |
 * | `AuthorizationError` | the file may not be written |
 * | `UnknownError` | a damaged file, a client that is closed, a value that cannot be bound, anything else |
 *
 * **Gotchas**
 *
 * An integer beyond 2^53 is an error unless `SqlClient.SafeIntegers` is provided, which makes all integers bigints.
 *
 * A number is bound as a float, as SQLite drivers for JavaScript do: columns of type integer turn it into an integer,
 * but a column of type text stores `3` as `3.0`.
 *
 * A stream holds the connection until it ends. To use the client for each of its rows, run both in one transaction.
 *
 * Node 22 reads a text only up to its first NUL character, and does not see in a `SELECT *` that it has run before
 * which columns another process has added since.
 *
 * @category services
 * @since 0.1.0
 */
export class SqliteClient extends Context.Service<
  SqliteClient,
  SqlClient.SqlClient & {
    readonly config: SqliteClientConfig
    /**
     * A signal when the file was written to by any connection, in this or another process. Several writes give one
     * signal until it is taken. A database in memory gives none. Fails with a `ConnectionError`, at once or later, if
     * the operating system cannot watch the folder of the file.
     */
    readonly watch: Effect.Effect<Queue.Dequeue<void, SqlError>, SqlError, Scope.Scope>
  }
>()("brinjal/sqlite/SqliteClient") {}

const acquirersOf = (database: Database) => {
  const acquirers = SqlClient.makeSqliteAcquirers({
    connection: Effect.succeed(shared(database)),
    semaphore: Semaphore.makeUnsafe(1),
    isTransaction: () => database.sqlite.isTransaction
  })
  // `withTransaction` begins and commits uninterruptibly: what may be interrupted there is the wait for another
  // process, and whether it may is known only here.
  const transactionAcquirer = Effect.andThen(
    acquirers.transactionAcquirer,
    Effect.uninterruptibleMask((restore) => Effect.succeed(leased(database, restore)))
  )
  return { ...acquirers, transactionAcquirer }
}

const transformsOf = ({ transformQueryNames, transformResultNames }: SqliteClientConfig) => ({
  compiler: Statement.makeCompilerSqlite(transformQueryNames),
  transformRows: transformResultNames && Statement.defaultTransforms(transformResultNames).array
})

/**
 * Opens a database. It is closed when the scope ends.
 *
 * **Details**
 *
 * Fails with a `ConnectionError` that says why a file cannot be opened. Foreign keys are enforced.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(
  config: SqliteClientConfig
): Effect.fn.Return<SqliteClient["Service"], SqlError, Scope.Scope | Reactivity.Reactivity> {
  const database = yield* open(config)
  const client = yield* SqlClient.make({
    ...acquirersOf(database),
    ...transformsOf(config),
    driver: "node:sqlite",
    spanAttributes: [...Object.entries(config.spanAttributes ?? {}), ["db.system.name", "sqlite"]],
    prepareTransactionControls: true,
    // a reader cannot have the lock of a writer
    beginTransaction: config.readonly === true ? "BEGIN" : "BEGIN IMMEDIATE",
    releaseSavepoint: (name) => `RELEASE SAVEPOINT ${name}`
  })
  return Object.assign(client, { config, watch: watch(database) })
})

const services = (config: SqliteClientConfig) =>
  Effect.map(make(config), (client) =>
    Context.make(SqliteClient, client).pipe(
      Context.add(SqlClient.SqlClient, client)
    ))

/**
 * Layer of a client for one database.
 *
 * **Example** (A file)
 *
 * ```ts
 * import { SqliteClient } from "brinjal/sqlite"
 *
 * const SqlLive = SqliteClient.layer({ filename: "tasks.db" })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (config: SqliteClientConfig): Layer.Layer<SqliteClient | SqlClient.SqlClient, SqlError> =>
  Layer.effectContext(services(config)).pipe(Layer.provide(Reactivity.layer))

/**
 * Layer of a client whose settings come from the configuration of the program.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  config: Config.Wrap<SqliteClientConfig>
): Layer.Layer<SqliteClient | SqlClient.SqlClient, SqlError | Config.ConfigError> =>
  Layer.effectContext(Effect.flatMap(Config.unwrap(config), services)).pipe(Layer.provide(Reactivity.layer))
