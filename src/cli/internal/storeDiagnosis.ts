/**
 * Checks of a store, without changing it: whether it opens, whether its tables are of this version, and what is in
 * them.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"
import { latest } from "../../sql/internal/migrations.ts"
import { type Check, check, skew } from "./diagnosis.ts"
import * as format from "./format.ts"
import * as store from "./store.ts"

const tables = Effect.gen(function*() {
  const sql = yield* SqlClient
  const found = yield* sql.onDialectOrElse({
    sqlite: () => sql`select 1 from sqlite_master where name = 'brinjal_migrations'`,
    orElse: () => sql`select 1 where to_regclass('brinjal_migrations') is not null`
  })
  if (found.length === 0) return check("tables", "note", "There are none yet: brinjal serve makes them.")
  const [row] = yield* sql<{ step: number }>`select max(migration_id) as step from brinjal_migrations`
  const step = Number(row?.step ?? 0)
  if (step > latest) {
    return check(
      "tables",
      "trouble",
      `Made by a newer version of brinjal (step ${step}; this one knows ${latest}).`
    )
  }
  return step < latest
    ? check("tables", "note", `Made by an older version (step ${step} of ${latest}): brinjal serve updates them.`)
    : check("tables", "ok", `Up to date (step ${step}).`)
})

/** Tasks whose lease has ended. A process that serves takes them over, so they remain only if there is none. */
const abandoned = Effect.gen(function*() {
  const sql = yield* SqlClient
  const now = yield* DateTime.now
  const [row] = yield* sql<{ live: number; lost: number }>`select
    count(*) as live, count(case when lease_until < ${now.epochMilliseconds} then 1 end) as lost
    from brinjal_tasks where completed_at is null`
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

const look = (at: store.Store) =>
  Effect.gen(function*() {
    const found: Array<Check> = [
      check("store", "ok", `${at._tag === "Sqlite" ? "SQLite" : "Postgres"} in ${store.describe(at)} answers.`)
    ]
    found.push(...yield* intact)
    const made = yield* tables
    found.push(made)
    if (made.status === "ok") found.push(yield* abandoned)
    return found
  })

const absent = (file: string, isChosen: boolean) =>
  isChosen
    ? check("store", "trouble", `There is no file ${file}. brinjal serve makes it.`)
    : check("store", "note", `There is no ${file} yet: brinjal serve makes it. Say where tasks are kept with --store.`)

/** The checks of a store. That a file does not exist is trouble only if it was named. */
export const diagnose = Effect.fnUntraced(function*(at: store.Store, isChosen: boolean) {
  if (at._tag === "Memory") return [check("store", "ok", "Memory: everything is gone with the process.")]
  const files = yield* FileSystem.FileSystem
  if (at._tag === "Sqlite" && !(yield* Effect.orElseSucceed(files.exists(at.file), () => false))) {
    return [absent(at.file, isChosen)]
  }
  return yield* look(at).pipe(
    Effect.provide(store.client(at, { readonly: true })),
    Effect.catch((error) =>
      Effect.succeed([
        check("store", "trouble", `${store.describe(at)}: ${isSqlError(error) ? store.reasonOf(error) : error.message}`)
      ])
    )
  )
})
