/**
 * SQLite in the process, through Node's own `node:sqlite`: an Effect `SqlClient` with nothing to install or compile.
 */

/**
 * A `SqlClient` over one SQLite database.
 *
 * @since 0.1.0
 */
export * as SqliteClient from "./SqliteClient.ts"
