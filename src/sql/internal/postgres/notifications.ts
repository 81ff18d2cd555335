/**
 * Announcements by `LISTEN` and `NOTIFY`, if the client supports both, as that of `@effect/sql-pg` does. Listening
 * keeps one connection of the pool; it may be that of another client.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import { Announcement } from "../../../Announcement.ts"
import * as background from "../../../internal/background.ts"
import { hash } from "../../../internal/hash.ts"
import type { Channel } from "../announcements.ts"
import type { Database, Place } from "../database.ts"

/** A client of Postgres that can listen. */
interface Notifying extends SqlClient {
  readonly config: { readonly maxConnections?: number | undefined }
  readonly listen: (
    channel: string
  ) => Effect.Effect<Queue.Dequeue<{ readonly payload: string }, SqlError>, SqlError, Scope.Scope>
}

/** Whether a client can do that. */
export const isNotifying = (client: SqlClient): client is Notifying =>
  ["config", "listen"].every((name) => Predicate.hasProperty(client, name))

const Message = Schema.fromJsonString(
  Schema.Struct({ owner: Schema.String, announcements: Schema.Array(Announcement) })
)

const decode = Schema.decodeUnknownOption(Message)

const gap: Announcement = { _tag: "Gap" }

/** Postgres takes 8,000 bytes, and leaves one character to be 4 of them. */
const room = 7_800

const encoder = new TextEncoder()

const bytes = (text: string): number => encoder.encode(text).length

/** How all payloads of an owner begin. */
const headOf = (owner: string): string => `{"owner":${JSON.stringify(owner)},"announcements":[`

/**
 * Splits announcements into payloads that are short enough. An announcement that is too long for one is replaced by a
 * `Gap`.
 */
export const payloads = (owner: string, announcements: ReadonlyArray<Announcement>): ReadonlyArray<string> => {
  const head = headOf(owner)
  const left = room - bytes(head)
  const texts: Array<string> = []
  let batch: Array<string> = []
  let length = 0
  for (const announcement of announcements) {
    const whole = JSON.stringify(announcement)
    const size = bytes(whole)
    const one = size > left ? JSON.stringify(gap) : whole
    // a comma with each
    const more = (size > left ? one.length : size) + 1
    if (batch.length > 0 && length + more > left) {
      texts.push(`${head}${batch.join(",")}]}`)
      batch = []
      length = 0
    }
    batch.push(one)
    length += more
  }
  return batch.length === 0 ? texts : [...texts, `${head}${batch.join(",")}]}`]
}

/**
 * The announcements in a payload for `owner`, who hears its own, too, and need not read them. One that cannot be read
 * is from another version, and counts as a `Gap`.
 */
export const read = (owner: string, payload: string): ReadonlyArray<Announcement> =>
  payload.startsWith(headOf(owner)) ? [] : Option.match(decode(payload), {
    onNone: () => [gap],
    onSome: ({ announcements }) => announcements
  })

/** Postgres has names of up to 63 bytes. */
const nameOf = ({ prefix, schema }: Place): string => {
  const name = `${schema}.${prefix}announcements`
  return bytes(name) <= 63 ? name : `brinjal.${hash(name).toString(36)}`
}

const schemaOf = (client: SqlClient, place: Place): Effect.Effect<string | undefined, SqlError> =>
  place.schema === undefined
    ? Effect.map(
      client.withoutTransforms()<{ schema: string }>`select current_schema() as schema`,
      ([row]) => row?.schema
    )
    : Effect.succeed(place.schema)

/** A channel between all who have the same tables. */
export const make = ({ client, place }: Database, listener: Notifying): Effect.Effect<Channel, SqlError> =>
  Effect.map(schemaOf(client, place), (schema) => {
    const channel = nameOf({ ...place, schema })
    return {
      send: (owner, announcements) => notify(client, channel, payloads(owner, announcements)),
      listen: (owner) => listen({ client, listener, channel }, owner)
    }
  })

/** Through whom to send, through whom to receive, and under which name. */
interface Line {
  readonly client: SqlClient
  readonly listener: Notifying
  readonly channel: string
}

/**
 * One commit that does not wait for the disk: a hint need not be durable, and others that commit would have to wait
 * with it.
 */
const notify = (client: SqlClient, channel: string, texts: ReadonlyArray<string>): Effect.Effect<unknown, SqlError> =>
  client`select set_config('synchronous_commit', 'off', true), count(pg_notify(${channel}, payload))
    from json_array_elements_text(${JSON.stringify(texts)}::json) as payload`

/** What is received, in one session after the other. */
const listen = Effect.fnUntraced(function*(
  { channel, client, listener }: Line,
  owner: string
): Effect.fn.Return<Stream.Stream<Announcement>, never, Scope.Scope> {
  const received = yield* Queue.unbounded<Announcement>()
  const tried = yield* Deferred.make<void>()
  let tries = 0
  const session = Effect.scoped(Effect.gen(function*() {
    tries++
    const isShared = listener === client
    if (isShared && listener.config.maxConnections === 1) return yield* alone
    const notifications = yield* listener.listen(channel)
    if (isShared && !(yield* hasOthers(listener))) return yield* alone
    if (tries > 1) yield* Queue.offer(received, gap)
    const next = Effect.flatMap(
      Queue.take(notifications),
      ({ payload }) => Queue.offerAll(received, read(owner, payload))
    )
    yield* notify(client, channel, [nothing(owner)])
    if (Option.isNone(yield* Effect.timeoutOption(next, echoTimeout))) yield* deaf
    yield* Deferred.succeed(tried, undefined)
    return yield* Effect.forever(next)
  }))
  const again = Effect.catchCause(session, (cause) =>
    Effect.logDebug("Announcements are not heard", cause).pipe(
      Effect.andThen(Deferred.succeed(tried, undefined)),
      Effect.andThen(Effect.sleep("1 second"))
    ))
  yield* Effect.forkScoped(background.untraced(Effect.ensuring(
    Effect.repeat(again, { until: (result) => result === "alone" }),
    Deferred.succeed(tried, undefined)
  )))
  yield* Deferred.await(tried)
  return Stream.fromQueue(received)
})

/** A message to oneself: whatever is received first shows that this process hears. */
const nothing = (owner: string): string => JSON.stringify({ owner, announcements: [] })

const echoTimeout = "5 seconds"

const deaf = Effect.logWarning(
  "This process is not notified of what others do: what it sends itself does not come back either. A pooler in " +
    "transaction mode, such as PgBouncer, may be in between. Give the option `listener` of TaskStoreSql a client that " +
    "connects to Postgres directly. Until then, it checks every 30 seconds."
)

const alone = Effect.as(
  Effect.logWarning(
    "The Postgres client has only one connection, so this process cannot be notified of what others do. " +
      "Use PgClient.layer with maxConnections of 2 or more."
  ),
  "alone" as const
)

/**
 * Whether the client has another connection than the listening one. If it does not say how many it has, it is asked for
 * one, which takes no virtual time.
 */
const hasOthers = (client: Notifying): Effect.Effect<boolean, SqlError> =>
  client.config.maxConnections === undefined
    ? Effect.map(Effect.timeoutOption(client`select 1`, "10 seconds"), Option.isSome).pipe(
      Effect.provideService(Clock.Clock, Clock.Clock.defaultValue())
    )
    : Effect.succeed(true)
