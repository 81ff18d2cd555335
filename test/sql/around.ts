/**
 * Clients around other ones: of databases that answer late, of those whose failures are seen, of those that lose
 * connections, and of those that do not notify.
 */
import { Effect, Layer, Queue } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient, type SqlConnection, SqlError, type Statement } from "effect/sql"
import { outside } from "../../src/testing/internal/scheduler.ts"

/** What is done around every statement. */
type Around = <A>(self: Effect.Effect<A, SqlError.SqlError>, statement: unknown) => Effect.Effect<A, SqlError.SqlError>

const connectionAround = (around: Around, connection: SqlConnection.Connection): SqlConnection.Connection => {
  const each = <A extends Array<unknown>, B>(
    execute: (...args: A) => Effect.Effect<B, SqlError.SqlError>
  ) =>
  (...args: A) => around(execute.apply(connection, args), args[0])
  return {
    execute: each(connection.execute),
    executeRaw: each(connection.executeRaw),
    executeStream: connection.executeStream.bind(connection),
    executeValues: each(connection.executeValues),
    executeValuesUnprepared: each(connection.executeValuesUnprepared),
    executeUnprepared: each(connection.executeUnprepared)
  }
}

/** Layer of a client over another one, with something done around every statement. */
const layerAround = <E>(
  client: Layer.Layer<SqlClient.SqlClient, E>,
  compiler: Statement.Compiler,
  around: Around
): Layer.Layer<SqlClient.SqlClient, E> =>
  Layer.effect(
    SqlClient.SqlClient,
    Effect.flatMap(SqlClient.SqlClient, ({ reserve }) =>
      SqlClient.make({
        acquirer: Effect.map(reserve, (connection) => connectionAround(around, connection)),
        compiler,
        driver: "around",
        spanAttributes: []
      }))
  ).pipe(Layer.provide(Layer.merge(client, Reactivity.layer)))

/** How long every answer takes, in milliseconds. */
export interface Delay {
  millis: number
}

/**
 * Layer of a client whose answers are as late, by the clock of the test, as `delay` says at that moment. The statement
 * itself takes no virtual time.
 */
export const layerSlow = <E>(
  client: Layer.Layer<SqlClient.SqlClient, E>,
  compiler: Statement.Compiler,
  delay: Delay
): Layer.Layer<SqlClient.SqlClient, E> => {
  const wait = Effect.suspend(() => delay.millis === 0 ? Effect.void : Effect.sleep(delay.millis))
  return layerAround(client, compiler, (self) => Effect.tap(outside(self), () => wait))
}

/** Layer of a client whose failures are put into a list. */
export const layerSeen = <E>(
  client: Layer.Layer<SqlClient.SqlClient, E>,
  compiler: Statement.Compiler,
  failures: Array<SqlError.SqlError>
): Layer.Layer<SqlClient.SqlClient, E> =>
  layerAround(
    client,
    compiler,
    (self) => Effect.tapError(self, (error) => Effect.sync(() => void failures.push(error)))
  )

/** How many of the next statements that match are lost with their connection: before or after they are carried out. */
export interface Losses {
  readonly of: RegExp
  before: number
  after: number
}

const lost = new SqlError.SqlError({
  reason: new SqlError.ConnectionError({ cause: new Error("Connection closed") })
})

/** Layer of a client that loses connections. */
export const layerLossy = <E>(
  client: Layer.Layer<SqlClient.SqlClient, E>,
  compiler: Statement.Compiler,
  losses: Losses
): Layer.Layer<SqlClient.SqlClient, E> =>
  layerAround(client, compiler, (self, statement) =>
    Effect.suspend(() => {
      if (!losses.of.test(String(statement))) return self
      if (losses.before > 0) {
        losses.before--
        return Effect.fail(lost)
      }
      if (losses.after === 0) return self
      losses.after--
      return Effect.andThen(self, Effect.fail(lost))
    }))

/** Layer of a client that listens in vain, as behind a pooler in transaction mode. */
export const layerDeaf = <E>(
  client: Layer.Layer<SqlClient.SqlClient, E>
): Layer.Layer<SqlClient.SqlClient, E> => {
  const listen = () => Queue.unbounded<never>()
  const deafened = SqlClient.SqlClient.useSync((sql) =>
    new Proxy(sql, { get: (target, name) => name === "listen" ? listen : Reflect.get(target, name) })
  )
  return Layer.provide(Layer.effect(SqlClient.SqlClient, deafened), client)
}
