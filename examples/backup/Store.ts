/**
 * Where tasks are kept: in memory, in a SQLite file, or in a Postgres database, from the text of an option to a
 * `TaskStore`.
 *
 * Nothing that can go wrong with a store is left to a stack trace: every error says what to do.
 */
import { PgClient } from "@effect/sql-pg"
import { type TaskError, TaskStore } from "brinjal"
import { type IncompatibleDatabase, TaskStoreSql } from "brinjal/sql"
import { SqliteClient } from "brinjal/sqlite"
import { Data, Effect, Layer, Path, Redacted, Result } from "effect"
import { CliError } from "effect/cli"
import type { SqlError } from "effect/sql"
import * as FileLock from "./FileLock.ts"
import * as text from "./text.ts"

/** A choice of a store. */
export type Store = Data.TaggedEnum<{
  Memory: {}
  Sqlite: { readonly file: string }
  Postgres: { readonly url: Redacted.Redacted<URL> }
}>

export const Store = Data.taggedEnum<Store>()

const forms = "Write memory, sqlite:FILE, or postgres://USER:PASSWORD@HOST/DATABASE"

/** Reads `memory`, `sqlite:FILE` and `postgres://...`; says what is wrong with anything else, and no password. */
export const parse = (text: string): Result.Result<Store, string> => {
  if (text === "memory") return Result.succeed(Store.Memory())
  if (text.startsWith("sqlite:")) return parseFile(text.slice("sqlite:".length))
  if (/^postgres(ql)?:\/\//.test(text)) return parseUrl(text)
  const scheme = /^[\w+-]+(?=:)/.exec(text)?.[0]
  return Result.fail(`${scheme === undefined ? `"${text}"` : `"${scheme}:..."`} is not a store. ${forms}.`)
}

const parseFile = (file: string): Result.Result<Store, string> =>
  file === "" || file.startsWith(":")
    ? Result.fail(`"sqlite:${file}" names no file. ${forms}.`)
    : Result.succeed(Store.Sqlite({ file }))

const parseUrl = (text: string): Result.Result<Store, string> =>
  URL.canParse(text)
    ? Result.succeed(Store.Postgres({ url: Redacted.make(new URL(text)) }))
    : Result.fail(`the address of the database cannot be read. ${forms}.`)

/** The store in words. */
export const describe: (store: Store) => string = Store.$match({
  Memory: () => "memory",
  Sqlite: ({ file }) => file,
  Postgres: ({ url }) => {
    const { host, pathname } = Redacted.value(url)
    return `the database ${pathname.slice(1) || "of that name"} on ${host || "this machine"}`
  }
})

/**
 * The name of this process, by which it gets back at once what its last run has left. Only a file is sure to be used by
 * one process at a time; elsewhere the others wait until a process has not been heard of for a while.
 */
export const processName: (store: Store) => string | undefined = Store.$match({
  Memory: () => undefined,
  Sqlite: () => "npm-start",
  Postgres: () => undefined
})

/** Fails for a file that would be backed up while it changes. */
export const ensureOutside = Effect.fnUntraced(function*(store: Store, source: string) {
  const path = yield* Path.Path
  const inside = store._tag === "Sqlite" && path.resolve(store.file).startsWith(source + path.sep)
  if (!inside) return
  const userMessage = `The store ${store.file} lies inside the source ${source} and would change while it is read. ` +
    `Choose another place with --store. ${forms}.`
  return yield* new CliError.UserError({ cause: store.file, userMessage })
})

type OpenError = FileLock.Held | SqlError.SqlError | IncompatibleDatabase | TaskError.TaskStoreError

const open: (store: Store) => Layer.Layer<TaskStore.TaskStore, OpenError> = Store.$match({
  Memory: () => TaskStore.layerMemory,
  Sqlite: ({ file }) =>
    TaskStoreSql.layer.pipe(
      Layer.provide(SqliteClient.layer({ filename: file })),
      Layer.provide(FileLock.layer(`${file}-lock`))
    ),
  Postgres: ({ url }) =>
    TaskStoreSql.layer.pipe(
      Layer.provide(PgClient.layer({ url: Redacted.make(Redacted.value(url).href), applicationName: "npm start" }))
    )
})

/** Layer of the store. An error names the store, and says to a person what to do. */
export const layer = (store: Store): Layer.Layer<TaskStore.TaskStore, CliError.UserError> =>
  Layer.catch(open(store), (error) => Layer.effect(TaskStore.TaskStore, Effect.fail(refusal(store, error))))

/** Why tasks cannot be kept in a store, and what to do. */
export const refusal = (store: Store, cause: OpenError) =>
  new CliError.UserError({
    cause,
    userMessage: `Tasks cannot be kept in ${describe(store)}: ${reasonOf(cause)}. ` +
      `Fix that, or choose another place with --store. ${forms}.`
  })

/** That the store failed is said already; why it did is below. */
const reasonOf = (error: OpenError): string => {
  const known = error._tag === "TaskStoreError" && error.cause instanceof Error ? error.cause : error
  return text.told(known).map((message) => message.replace(/\.$/, "")).join(": ")
}
