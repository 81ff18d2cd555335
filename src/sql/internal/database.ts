/**
 * The client, its dialect and the names of the tables: what all statements are made from.
 */
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import { IncompatibleDatabase } from "../IncompatibleDatabase.ts"
import type { Columns } from "./columns.ts"
import * as columns from "./columns.ts"
import * as dialects from "./dialect.ts"

/** Where the tables are. */
export interface Place {
  readonly prefix: string
  readonly schema: string | undefined
}

/** Everything that statements are made from. */
export interface Database {
  /** The client as it was given. */
  readonly client: SqlClient
  readonly sql: SqlClient
  readonly dialect: dialects.Dialect
  readonly place: Place
  readonly tasks: Fragment
  readonly configs: Fragment
  readonly outcomes: Fragment
  readonly processes: Fragment
  readonly announcements: Fragment
  readonly answers: Fragment
  readonly pauses: Fragment
  /** The columns as they are selected or returned, of a table or alias if one is given. */
  readonly read: (columns: Columns, from?: string) => Fragment
  /** `a, b, c` */
  readonly list: (columns: Columns) => Fragment
  /** `a = x.a, b = x.b` */
  readonly assign: (columns: Columns) => Fragment
  /**
   * Assigns the last state of a task from `x`, and removes its owner: for a task that goes back to the queue, and for
   * one that ends.
   */
  readonly release: Fragment
  readonly finish: Fragment
}

/** The full name of a table. */
export const tableName = ({ prefix, schema }: Place, table: string): string =>
  schema === undefined ? `${prefix}${table}` : `${schema}.${prefix}${table}`

/** A name as it is written in a statement. */
export const quoted = (sql: SqlClient, name: string): string => sql`${sql(name)}`.compile()[0]

const dialectOf = (sql: SqlClient): Effect.Effect<dialects.Dialect, IncompatibleDatabase> =>
  sql.onDialectOrElse({
    sqlite: () => Effect.succeed(dialects.sqlite(sql)),
    pg: () => Effect.succeed(dialects.postgres(sql)),
    orElse: () => {
      const detail = `The driver "${sql.driver}" is neither one of SQLite nor one of Postgres.`
      return Effect.fail(new IncompatibleDatabase({ reason: "Dialect", detail }))
    }
  })

const reader = (sql: SqlClient, dialect: dialects.Dialect) => (wanted: Columns, from?: string): Fragment => {
  const prefix = from === undefined ? "" : `${from}.`
  const items = Object.entries(wanted).map(([name, type]) =>
    type === "json" ? `${dialect.json(prefix + name)} as ${name}` : prefix + name
  )
  return sql.literal(items.join(", "))
}

/** A database over a client. The name transformations of the client do not apply. */
export const make = (client: SqlClient, place: Place): Effect.Effect<Database, IncompatibleDatabase> => {
  const sql = client.withoutTransforms()
  return Effect.map(dialectOf(sql), (dialect) => {
    // SQLite has no schemas
    const where = dialect.name === "sqlite" ? { ...place, schema: undefined } : place
    const table = (name: string) => sql.literal(quoted(sql, tableName(where, name)))
    return {
      client,
      sql,
      dialect,
      place: where,
      tasks: table("tasks"),
      configs: table("configs"),
      outcomes: table("outcomes"),
      processes: table("processes"),
      announcements: table("announcements"),
      answers: table("answers"),
      pauses: table("pauses"),
      read: reader(sql, dialect),
      list: (wanted) => sql.literal(columns.list(wanted)),
      assign: (wanted) => sql.literal(columns.assignments(wanted)),
      release: sql.literal(`${columns.assignments(columns.requeued)}, ${columns.released}`),
      finish: sql.literal(`${columns.assignments(columns.report)}, ${columns.ended}`)
    }
  })
}
