/**
 * A client of Postgres that says how each statement was carried out, those within functions too: what no table's statistics
 * tell. Only a superuser may ask for that.
 */
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Stream } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient, type SqlConnection, SqlError } from "effect/sql"
import { Client } from "pg"

/** A statement that was carried out: its text, and the uppermost node of its plan. */
export interface Explained {
  readonly "Query Text": string
  readonly Plan: Node
}

interface Node {
  readonly "Actual Loops": number
  readonly "Rows Removed by Join Filter"?: number
  readonly Plans?: ReadonlyArray<Node>
}

/** How many pairs of rows were compared in vain, because nothing but trying tells which belong together. */
export const comparedInVain = ({ Plans = [], ...node }: Node): number =>
  (node["Rows Removed by Join Filter"] ?? 0) * node["Actual Loops"] +
  Plans.reduce((sum, plan) => sum + comparedInVain(plan), 0)

const settings = `load 'auto_explain';
  set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on; set auto_explain.log_analyze = on;
  set auto_explain.log_timing = off; set auto_explain.log_format = json; set auto_explain.log_level = notice`

const opened = (url: string, plans: Array<Explained>) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const client = new Client({ connectionString: url })
      await client.connect()
      await client.query(settings)
      client.on("notice", ({ message = "" }) => {
        const plan = /^duration: .* plan:\n(.*)/s.exec(message)
        if (plan !== null) plans.push(JSON.parse(plan[1]!))
      })
      return client
    }),
    (client) => Effect.promise(() => client.end())
  )

const connectionOf = (client: Client): SqlConnection.Connection => {
  const query = <A>(
    text: string,
    values: ReadonlyArray<unknown>,
    as: "array" | undefined
  ): Effect.Effect<A, SqlError.SqlError> =>
    Effect.tryPromise({
      try: async () => (await client.query({ text, values: [...values], rowMode: as as "array" })).rows as A,
      catch: (cause) => new SqlError.SqlError({ reason: new SqlError.UnknownError({ cause }) })
    })
  const execute = (text: string, values: ReadonlyArray<unknown>) => query<ReadonlyArray<any>>(text, values, undefined)
  const executeValues = (text: string, values: ReadonlyArray<unknown>) =>
    query<ReadonlyArray<ReadonlyArray<unknown>>>(text, values, "array")
  return {
    execute,
    executeRaw: execute,
    executeUnprepared: execute,
    executeValues,
    executeValuesUnprepared: executeValues,
    executeStream: () => Stream.die("not needed")
  }
}

/** Layer of a client with one connection, and of what it has carried out. */
export const layer = (url: string, plans: Array<Explained>): Layer.Layer<SqlClient.SqlClient, SqlError.SqlError> =>
  Layer.effect(
    SqlClient.SqlClient,
    Effect.flatMap(opened(url, plans), (client) =>
      SqlClient.make({
        acquirer: Effect.succeed(connectionOf(client)),
        compiler: PgClient.makeCompiler(),
        driver: "explained",
        spanAttributes: []
      }))
  ).pipe(Layer.provide(Reactivity.layer))
