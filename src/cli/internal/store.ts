/**
 * Where tasks are kept, from the value of a flag: `memory`, `sqlite:FILE` or `postgres://...`. No message contains a
 * password.
 */
import type { CliError } from "effect/cli"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { type SqlClient } from "effect/sql/SqlClient"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import type { IncompatibleDatabase } from "../../sql/IncompatibleDatabase.ts"
import type { TaskStoreError } from "../../TaskError.ts"
import * as TaskStore from "../../TaskStore.ts"
import { fail } from "./failure.ts"

/** Where tasks are kept. */
export type Store = Data.TaggedEnum<{
  Memory: {}
  Sqlite: { readonly file: string }
  Postgres: { readonly url: Redacted.Redacted<URL> }
}>

const Store = Data.taggedEnum<Store>()

/** Matches on the kind of a store. */
export const match = Store.$match

const forms = "Write memory, sqlite:FILE, or postgres://USER:PASSWORD@HOST/DATABASE"

const parse = (text: string): Result.Result<Store, string> => {
  if (text === "memory") return Result.succeed(Store.Memory())
  if (/^sqlite:[^:]/.test(text)) return Result.succeed(Store.Sqlite({ file: text.slice("sqlite:".length) }))
  if (!/^postgres(ql)?:\/\//.test(text)) {
    const [scheme] = /^[\w+-]+(?=:)/.exec(text) ?? []
    return Result.fail(`${scheme === undefined ? `"${text}"` : `"${scheme}:..."`} is no store. ${forms}.`)
  }
  return URL.canParse(text)
    ? Result.succeed(Store.Postgres({ url: Redacted.make(new URL(text)) }))
    : Result.fail(`The address of the database cannot be read. ${forms}.`)
}

/** Reads the value of the flag, or fails with how to write it. */
export const read = (text: string): Effect.Effect<Store, CliError.UserError> =>
  Result.match(parse(text), { onFailure: (reason) => fail(reason), onSuccess: Effect.succeed })

/** The store in words. */
export const describe = match({
  Memory: () => "memory",
  Sqlite: ({ file }) => `the file ${file}`,
  Postgres: ({ url }) => {
    const { host, pathname } = Redacted.value(url)
    return `the database ${pathname.slice(1) || "of that name"} on ${host || "this machine"}`
  }
})

/** The SQL client for SQLite or Postgres, whose driver is imported when it is needed. */
export const client = (
  store: Exclude<Store, { readonly _tag: "Memory" }>,
  options: { readonly readonly: boolean }
): Layer.Layer<SqlClient, SqlError | CliError.UserError> =>
  Layer.unwrap(
    store._tag === "Sqlite"
      ? Effect.map(
        Effect.promise(() => import("../../sqlite/SqliteClient.ts")),
        (SqliteClient) => SqliteClient.layer({ filename: store.file, ...options })
      )
      : Effect.promise(() => import("@effect/sql-pg/PgClient")).pipe(
        Effect.catchDefect((error) =>
          fail("Postgres needs the package @effect/sql-pg, which is not installed: npm install @effect/sql-pg", error)
        ),
        Effect.map((PgClient) =>
          PgClient.layer({ url: Redacted.make(Redacted.value(store.url).href), applicationName: "brinjal" })
        )
      )
  )

const opened = (store: Store) =>
  store._tag === "Memory" ? TaskStore.layerMemory : Layer.unwrap(
    Effect.map(
      Effect.promise(() => import("../../sql/TaskStoreSql.ts")),
      (TaskStoreSql) => Layer.provide(TaskStoreSql.layer, client(store, { readonly: false }))
    )
  )

/** The message of an error, with that of the driver if it says more. */
export const reasonOf = (error: SqlError | TaskStoreError | IncompatibleDatabase): string => {
  const known = error._tag === "TaskStoreError" && isSqlError(error.cause) ? error.cause : error
  const cause = isSqlError(known) ? known.reason.cause : undefined
  const detail = cause instanceof Error && !known.message.includes(cause.message) ? `: ${cause.message}` : ""
  return `${known.message.replace(/\.$/, "")}${detail}`
}

/** Layer of the store. */
export const layer = (store: Store): Layer.Layer<TaskStore.TaskStore, CliError.UserError> =>
  Layer.catch(opened(store), (error) =>
    Layer.effect(
      TaskStore.TaskStore,
      error._tag === "UserError"
        ? Effect.fail(error)
        : fail(`Tasks cannot be kept in ${describe(store)}: ${reasonOf(error)}. ${forms} for --store.`, error)
    ))
