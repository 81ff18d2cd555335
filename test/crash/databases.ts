/**
 * The databases on which the program is killed, each empty at first.
 */
import { PgClient } from "@effect/sql-pg"
import type { TaskStore } from "brinjal"
import { TaskStoreSql } from "brinjal/sql"
import { SqliteClient } from "brinjal/sqlite"
import { Effect, Layer, Redacted, type Scope } from "effect"
import { SqlClient } from "effect/sql"
import * as Path from "node:path"
import * as fastClock from "./fastClock.ts"
import type { Settings } from "./life.ts"

/** Where a program keeps its tasks, and the same for those who look into it. */
export interface Database {
  readonly settings: Pick<Settings, "postgres" | "place">
  readonly store: Layer.Layer<TaskStore.TaskStore, unknown>
  /** Goes on when everything is done that dead processes have asked for: Postgres ends the statement that it is at. */
  readonly quiet: Effect.Effect<void, unknown>
}

/** A SQLite file in a folder. */
export const sqlite = (folder: string): Database => {
  const place = Path.join(folder, "tasks.db")
  const client = fastClock.live(SqliteClient.layer({ filename: place }))
  return { settings: { postgres: null, place }, store: Layer.provide(TaskStoreSql.layer, client), quiet: Effect.void }
}

let schemas = 0

/** A schema of its own in a Postgres, dropped when the scope ends. */
export const postgres = (url: string): Effect.Effect<Database, never, Scope.Scope> => {
  const place = `brinjal_crash_${process.pid}_${schemas++}`
  const client = fastClock.live(PgClient.layer({ url: Redacted.make(url), maxConnections: 2 }))
  const drop = SqlClient.SqlClient.use((sql) => sql`drop schema if exists ${sql(place)} cascade`)
  const sessions = SqlClient.SqlClient.use((sql) =>
    sql`select 1 from pg_stat_activity where application_name = ${place}`
  )
  const quiet = Effect.repeat(Effect.delay(sessions, "5 millis"), { until: (found) => found.length === 0 })
  return Effect.as(
    Effect.addFinalizer(() => Effect.orDie(Effect.provide(drop, client))),
    {
      settings: { postgres: url, place },
      store: Layer.provide(TaskStoreSql.layerWith({ schema: place }), client),
      quiet: Effect.asVoid(Effect.provide(quiet, client))
    }
  )
}
