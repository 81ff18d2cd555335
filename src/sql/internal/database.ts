/**
 * The client, its dialect and the names of the tables: what every statement here is made from.
 */
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Identifier } from "effect/sql/Statement"
import { IncompatibleDatabase } from "../IncompatibleDatabase.ts"
import * as dialects from "./dialect.ts"

/** Where the tables are. */
export interface Place {
  readonly prefix: string
  readonly schema: string | undefined
}

/** What statements are made from. */
export interface Database {
  readonly sql: SqlClient
  readonly dialect: dialects.Dialect
  readonly place: Place
  readonly tasks: Identifier
  readonly configs: Identifier
  readonly outcomes: Identifier
}

/** The full name of a table. */
export const tableName = ({ prefix, schema }: Place, table: string): string =>
  schema === undefined ? `${prefix}${table}` : `${schema}.${prefix}${table}`

/** SQLite has no schemas. */
const placeIn = (dialect: dialects.Dialect, place: Place): Place =>
  dialect.name === "sqlite" ? { ...place, schema: undefined } : place

/** Over a client whose names are not transformed. */
export const make = (client: SqlClient, wanted: Place): Effect.Effect<Database, IncompatibleDatabase> => {
  const sql = client.withoutTransforms()
  const unsupported = new IncompatibleDatabase({
    reason: "Dialect",
    detail: `The driver "${client.driver}" is neither SQLite nor Postgres.`
  })
  return Effect.map(dialects.of(sql, unsupported), (dialect) => {
    const place = placeIn(dialect, wanted)
    const table = (name: string) => sql(tableName(place, name))
    return { sql, dialect, place, tasks: table("tasks"), configs: table("configs"), outcomes: table("outcomes") }
  })
}
