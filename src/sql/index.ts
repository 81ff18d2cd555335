/**
 * Tasks that outlive their process: a store for SQLite and Postgres, over any Effect `SqlClient`.
 */

/**
 * Why a database cannot be used by this version of the library.
 *
 * @since 0.1.0
 */
export { IncompatibleDatabase } from "./IncompatibleDatabase.ts"
/**
 * A `TaskStore` in the tables of a SQL database.
 *
 * @since 0.1.0
 */
export * as TaskStoreSql from "./TaskStoreSql.ts"
