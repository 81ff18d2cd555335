/**
 * Clients of databases that answer late, by the clock of the test: the statement itself takes no virtual time.
 */
import { Effect, Layer } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient, type SqlConnection, type Statement } from "effect/sql"
import * as clock from "../../src/testing/internal/clock.ts"

/** How long every answer takes, in milliseconds. */
export interface Delay {
  millis: number
}

const late = (delay: Delay, connection: SqlConnection.Connection): SqlConnection.Connection => {
  const wait = Effect.suspend(() => delay.millis === 0 ? Effect.void : Effect.sleep(delay.millis))
  const slowly =
    <A extends ReadonlyArray<unknown>, B, E>(execute: (...args: A) => Effect.Effect<B, E>) => (...args: A) =>
      Effect.tap(clock.outside(execute(...args)), () => wait)
  return {
    execute: slowly(connection.execute.bind(connection)),
    executeRaw: slowly(connection.executeRaw.bind(connection)),
    executeStream: connection.executeStream,
    executeValues: slowly(connection.executeValues.bind(connection)),
    executeValuesUnprepared: slowly(connection.executeValuesUnprepared.bind(connection)),
    executeUnprepared: slowly(connection.executeUnprepared.bind(connection))
  }
}

/** Layer of a client over another one, whose answers are as late as `delay` says at that moment. */
export const layer = <E>(
  client: Layer.Layer<SqlClient.SqlClient, E>,
  compiler: Statement.Compiler,
  delay: Delay
): Layer.Layer<SqlClient.SqlClient, E> =>
  Layer.effect(
    SqlClient.SqlClient,
    Effect.flatMap(SqlClient.SqlClient, ({ reserve }) =>
      SqlClient.make({
        acquirer: Effect.map(reserve, (connection) => late(delay, connection)),
        compiler,
        driver: "slow",
        spanAttributes: []
      }))
  ).pipe(Layer.provide(Layer.merge(client, Reactivity.layer)))
