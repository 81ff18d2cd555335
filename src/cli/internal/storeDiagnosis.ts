/**
 * Checks of a store, without changing it: whether it opens, whether its tables are of this version, and what is in
 * them.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"
import { mostCounted } from "../../Backlog.ts"
import { info } from "../../internal/configs.ts"
import { backlog } from "../../sql/internal/backlog.ts"
import { type Database, make, type Place, quoted, tableName } from "../../sql/internal/database.ts"
import * as members from "../../sql/internal/members.ts"
import { latest } from "../../sql/internal/migrations.ts"
import * as pausing from "../../sql/internal/pauses.ts"
import { allConfigs } from "../../sql/internal/reads.ts"
import { defaultTablePrefix } from "./defaults.ts"
import { type Check, check, decisions, handling, pauses, skew } from "./diagnosis.ts"
import * as format from "./format.ts"
import { Patience, within } from "./Patience.ts"
import * as store from "./store.ts"

/** The tables in a place: `app.brinjal_*`. */
const tablesIn = ({ prefix, schema }: Place): string => `${schema === undefined ? "" : `${schema}.`}${prefix}*`

/** What makes and updates them. `brinjal serve` knows the default place only. */
const makerOf = (place: Place): string => isDefault(place) ? "brinjal serve" : "the program that uses them"

const isDefault = ({ prefix, schema }: Place): boolean => schema === undefined && prefix === defaultTablePrefix

const isThere = ({ place, sql }: Database) => {
  const name = tableName(place, "migrations")
  const found = sql.onDialectOrElse({
    sqlite: () => sql`select 1 from sqlite_master where name = ${name}`,
    orElse: () => sql`select 1 where to_regclass(${quoted(sql, name)}) is not null`
  })
  return Effect.map(found, ({ length }) => length > 0)
}

/** Says where the tables would be: on Postgres in the schema that the connection uses, if none was named. */
const missing = Effect.fnUntraced(function*({ dialect, place, sql }: Database) {
  const none = (schema: string | undefined, flags: string) =>
    check(
      "tables",
      isDefault(place) ? "note" : "trouble",
      `There are no ${tablesIn({ ...place, schema })} yet: ${
        makerOf(place)
      } makes them. If a program keeps its tables ` +
        `elsewhere (TaskStoreSql.layerWith), say where with ${flags}.`
    )
  if (dialect.name === "sqlite") return none(undefined, "--prefix")
  const [row] = yield* sql<{ schema: string | null }>`select current_schema() as schema`
  return none(place.schema ?? row?.schema ?? undefined, "--schema and --prefix")
})

const tables = Effect.fnUntraced(function*(database: Database) {
  if (!(yield* isThere(database))) return yield* missing(database)
  const { place, sql } = database
  const [row] = yield* sql<{ step: number }>`select max(migration_id) as step from ${
    sql(tableName(place, "migrations"))
  }`
  const step = Number(row?.step ?? 0)
  const which = tablesIn(place)
  if (step > latest) {
    return check(
      "tables",
      "trouble",
      `A newer version of brinjal has made ${which} (step ${step}; this one knows ${latest}).`
    )
  }
  return step < latest
    ? check(
      "tables",
      "note",
      `An older version has made ${which} (step ${step} of ${latest}): ${makerOf(place)} updates them.`
    )
    : check("tables", "ok", `${which} are up to date (step ${step}).`)
})

/** Tasks whose lease has ended. A process that serves takes them over, so they remain only if there is none. */
const abandoned = Effect.fnUntraced(function*({ sql, tasks }: Database) {
  const now = yield* DateTime.now
  const [row] = yield* sql<{ live: number; lost: number }>`select
    count(*) as live, count(case when lease_until < ${now.epochMilliseconds} then 1 end) as lost
    from ${tasks} where completed_at is null`
  const [live, lost] = [Number(row?.live ?? 0), Number(row?.lost ?? 0)]
  return lost === 0
    ? check("tasks", "ok", `${format.count(live, "task")} queued or running.`)
    : check(
      "tasks",
      "note",
      `${format.count(lost, "task")} of ${live} were left by a process that is gone: ` +
        `the next one that serves takes them.`
    )
})

/** Tasks that wait and whose type no living process handles, and types that are paused. */
const waiting = Effect.fnUntraced(function*(database: Database) {
  const now = yield* DateTime.now
  const living = (yield* members.known(database)).filter(({ leaseUntil }) => leaseUntil >= now.epochMilliseconds)
  const paused = yield* pausing.all(database)
  const handled = living.flatMap(({ taskTypes }) => taskTypes)
  const except = [...new Set([...handled, ...paused.map(({ taskType }) => taskType)])]
  const counts = yield* backlog(database, { most: mostCounted, except })
  const unhandled = handling(
    counts.filter(({ waiting }) => waiting > 0)
      .map((count) => ({ ...count, waitingSince: Option.map(Option.fromNullOr(count.since), DateTime.makeUnsafe) })),
    now
  )
  return [...unhandled, ...pauses(paused.map((pause) => ({ ...pause, since: DateTime.makeUnsafe(pause.since) })))]
})

/** Recurring tasks that a process whose clock was ahead has decided beyond the present. */
const decided = Effect.fnUntraced(function*(database: Database) {
  return decisions((yield* allConfigs(database)).map(info), yield* DateTime.now)
})

const intact = Effect.gen(function*() {
  const sql = yield* SqlClient
  return yield* sql.onDialectOrElse({
    sqlite: () =>
      Effect.map(
        sql<{ quick_check: string }>`pragma quick_check(1)`,
        ([row]) =>
          row?.quick_check === "ok"
            ? []
            : [check("store", "trouble", `The file is damaged: ${row?.quick_check ?? "unknown"}.`)]
      ),
    orElse: () =>
      Effect.gen(function*() {
        const [row] = yield* sql<{ at: number }>`select extract(epoch from clock_timestamp()) * 1000 as at`
        return [skew("the database", DateTime.makeUnsafe(Math.round(Number(row?.at))), yield* DateTime.now)]
      })
  })
})

const look = (at: store.Store, place: Place) =>
  Effect.gen(function*() {
    const found: Array<Check> = [
      check("store", "ok", `${at._tag === "Sqlite" ? "SQLite" : "Postgres"} in ${store.describe(at)} answers.`)
    ]
    found.push(...yield* intact)
    const database = yield* make(yield* SqlClient, place)
    const made = yield* tables(database)
    found.push(made)
    if (made.status === "ok") {
      found.push(yield* abandoned(database), ...yield* waiting(database), ...yield* decided(database))
    }
    return found
  })

const absent = (file: string, isChosen: boolean) =>
  isChosen
    ? check("store", "trouble", `There is no file ${file}. brinjal serve makes it.`)
    : check("store", "note", `There is no ${file} yet: brinjal serve makes it. Say where tasks are kept with --store.`)

/** The checks of a store. That a file or tables do not exist is trouble only if they were named. */
export const diagnose = Effect.fnUntraced(function*(
  at: store.Store,
  { isChosen, place }: { readonly isChosen: boolean; readonly place: Place }
) {
  if (at._tag === "Memory") return [check("store", "ok", "Memory: everything is gone with the process.")]
  const files = yield* FileSystem.FileSystem
  if (at._tag === "Sqlite" && !(yield* Effect.orElseSucceed(files.exists(at.file), () => false))) {
    return [absent(at.file, isChosen)]
  }
  const { answer } = yield* Patience
  return yield* within(Effect.provide(look(at, place), store.client(at, { readonly: true })), answer).pipe(
    Effect.catchTag("ServerSilent", ({ limit }) =>
      Effect.succeed([
        check("store", "trouble", `${store.describe(at)} has not answered for ${format.duration(limit)}.`)
      ])),
    Effect.catch((error) =>
      Effect.succeed([
        check("store", "trouble", `${store.describe(at)}: ${isSqlError(error) ? store.reasonOf(error) : error.message}`)
      ])
    )
  )
})
