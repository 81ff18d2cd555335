/**
 * The entry point `brinjal/sqlite`: a `SqlClient` over Node's own `node:sqlite`, with nothing to install or compile.
 */

/**
 * A `SqlClient` over one SQLite database.
 *
 * @since 0.1.0
 */
export * as SqliteClient from "./SqliteClient.ts"
