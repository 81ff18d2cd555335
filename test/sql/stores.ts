/**
 * The stores of tests that have nothing but a store, each empty for every test. On Postgres, tests of a file take turns
 * with a client and with tables: most of them take less time than to connect, to migrate, and to plan every function.
 */
import { afterAll } from "@effect/vitest"
import { Context, Effect, Exit, Layer, Scope } from "effect"
import { SqlClient } from "effect/sql"
import { TaskStoreSql } from "../../src/sql/index.ts"
import type { TaskStore } from "../../src/TaskStore.ts"
import { databases, storeOver } from "./databases.ts"

/** Lasts as long as the tests of a file. */
const file = Scope.makeUnsafe()

afterAll(() => Effect.runPromise(Scope.close(file, Exit.void)))

/**
 * Removes all rows, of whatever tables there are, once nobody writes to them any more, and numbers new ones as in a new
 * table. Tables that are truncated are new files, for which all functions are planned again.
 */
const clear = (sql: SqlClient.SqlClient, schema: string): Effect.Effect<unknown> =>
  Effect.orDie(
    sql.unsafe(`do $$
    declare name text;
    begin
      for name in
        select tablename from pg_tables where schemaname = '${schema}' and tablename <> 'brinjal_migrations'
      loop
        execute format('lock table ${schema}.%I in exclusive mode', name);
        execute format('delete from ${schema}.%I', name);
      end loop;
      for name in select sequencename from pg_sequences where schemaname = '${schema}' loop
        perform setval(format('${schema}.%I', name), 1, false);
      end loop;
    end $$`).unprepared
  )

let schemas = 0

/** A schema that is there until the end of the file. */
const makeSchema = (sql: SqlClient.SqlClient): Effect.Effect<string> => {
  const name = `brinjal_turns_${process.pid}_${schemas++}`
  const drop = Effect.orDie(sql`drop schema if exists ${sql(name)} cascade`)
  return Effect.as(Scope.addFinalizer(file, drop), name)
}

/** A store that a test has to itself as long as it lasts. What a failed test has left behind is of no use to others. */
const inTurns = (client: Layer.Layer<SqlClient.SqlClient, unknown>): Layer.Layer<TaskStore, unknown> => {
  // outside of all tests, as no clock of theirs is to be kept
  const context = Effect.runSync(Layer.buildWithScope(client, file))
  const sql = Context.get(context, SqlClient.SqlClient)
  const free: Array<string> = []
  const schema = Effect.acquireRelease(
    Effect.suspend(() => {
      const name = free.pop()
      return name === undefined ? makeSchema(sql) : Effect.as(clear(sql, name), name)
    }),
    (name, exit) => Effect.sync(() => Exit.isSuccess(exit) && free.push(name))
  )
  return Layer.unwrap(Effect.map(schema, (schema) => TaskStoreSql.layerWith({ schema }))).pipe(
    Layer.provide(Layer.succeedContext(context))
  )
}

/** All stores that are there, with the names of their databases. */
export const stores: ReadonlyArray<readonly [string, Layer.Layer<TaskStore, unknown>]> = databases.map(
  ([name, client]) => [name, name === "Postgres" ? inTurns(client) : storeOver(client)]
)
