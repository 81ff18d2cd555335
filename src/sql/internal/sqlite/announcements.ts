/**
 * Announcements in a table of SQLite. A client that watches its file signals that there may be some. Whether another
 * connection has committed since is known from a number that SQLite keeps in the file (`data_version`), which costs a
 * few microseconds and no lock to read. Within this process nothing has to be written, and nothing is written while no
 * other process is there.
 */
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
import { bus } from "../../../internal/memory/members.ts"
import type { Channel } from "../announcements.ts"
import type { Database } from "../database.ts"
import * as rows from "../rows.ts"
import { toText } from "../text.ts"
import { forRows } from "./values.ts"

/** A client that tells when its file was written to. */
interface Watching extends SqlClient {
  readonly watch: Effect.Effect<Queue.Dequeue<void, SqlError>, SqlError, Scope.Scope>
}

/** Whether a client does that. */
const isWatching = (client: SqlClient): client is Watching => Predicate.hasProperty(client, "watch")

/** How often to look if the client does not watch the file. */
const interval = "250 millis"

/**
 * How long to wait between a signal and the next look, in milliseconds, doubled each time. A signal comes when a writer
 * begins, but what it writes is visible only once it is committed. Most signals are of what this process writes itself,
 * so looking has to end.
 */
const shortest = 2
const longest = 32

/** How long to rely on signals before looking anyway, while other processes are there and while there are none. */
const signalTimeout = { others: "1 second", alone: "30 seconds" } as const

/** How many announcements are kept for slow readers. */
const kept = 1_000

const columns = { owner: "text", announcement: "json" } as const

/** Whether another process has given a sign of life. */
const isAlone = ({ processes, sql }: Database, owner: string): Effect.Effect<boolean, SqlError> =>
  Effect.map(
    sql`select 1 from ${processes} where owner <> ${toText(owner)} limit 1`,
    (others) => others.length === 0
  )

const write = Effect.fnUntraced(function*(
  database: Database,
  owner: string,
  list: ReadonlyArray<Announcement>
): Effect.fn.Return<void, SqlError> {
  const { announcements, sql } = database
  if (yield* isAlone(database, owner)) return
  yield* sql.withTransaction(Effect.andThen(
    forRows(
      columns,
      list.map((announcement) => ({ owner, announcement })),
      (x) => sql`insert into ${announcements} (owner, announcement) select owner, announcement from ${x}`
    ),
    sql`delete from ${announcements} where seq <= (select max(seq) from ${announcements}) - ${kept}`
  ))
})

const decode = Schema.decodeUnknownOption(Announcement)

const gap: Announcement = { _tag: "Gap" }

/** How far a process has read, and whether others were there when it last looked. */
interface Reader {
  readonly owner: string
  seq: number
  version: number
  isAlone: boolean
}

const versionOf = ({ sql }: Database): Effect.Effect<number, SqlError> =>
  Effect.map(sql<{ data_version: number }>`pragma data_version`, ([row]) => row?.data_version ?? 0)

/** What has come since the last look. */
const readNew = Effect.fnUntraced(function*(
  database: Database,
  reader: Reader
): Effect.fn.Return<ReadonlyArray<Announcement>, SqlError> {
  const version = yield* versionOf(database)
  const isSame = version === reader.version
  if (isSame && reader.isAlone) return []
  reader.isAlone = yield* isAlone(database, reader.owner)
  const announced = isSame ? [] : yield* read(database, reader)
  reader.version = version
  return announced
})

const read = Effect.fnUntraced(function*(
  { announcements, sql }: Database,
  reader: Reader
): Effect.fn.Return<ReadonlyArray<Announcement>, SqlError> {
  const found = yield* sql<rows.Row>`select seq, owner, announcement from ${announcements}
    where seq > ${reader.seq} order by seq`
  const isGap = found.length > 0 && rows.number(found[0]!.seq) > reader.seq + 1
  reader.seq = found.length === 0 ? reader.seq : rows.number(found.at(-1)!.seq)
  const others = found.filter((row) => rows.text(row.owner) !== reader.owner)
  // an announcement that cannot be read is from another version, and counts as a gap
  const announced = others.map((row) => Option.getOrElse(decode(rows.json(row.announcement)), () => gap))
  return isGap ? [gap, ...announced] : announced
})

const start = Effect.fnUntraced(function*(
  database: Database,
  owner: string
): Effect.fn.Return<Reader, SqlError> {
  const { announcements, sql } = database
  const version = yield* versionOf(database)
  const [last] = yield* sql<rows.Row>`select coalesce(max(seq), 0) as seq from ${announcements}`
  return { owner, seq: rows.number(last!.seq), version, isAlone: yield* isAlone(database, owner) }
})

/** Waits until there may be something to read. */
type Wait = (reader: Reader) => Effect.Effect<unknown>

const often: Wait = () => Effect.sleep(interval)

const onSignal = (signals: Queue.Dequeue<void, SqlError>): Wait => {
  let pause = Infinity
  return (reader) =>
    Effect.suspend(() => {
      if (pause <= longest) {
        const paused = Effect.sleep(pause)
        pause *= 2
        return paused
      }
      const sign = Effect.timeoutOption(
        Queue.take(signals),
        reader.isAlone ? signalTimeout.alone : signalTimeout.others
      )
      const noted = Effect.map(sign, (sign) => void (pause = Option.isSome(sign) ? shortest : Infinity))
      return Effect.catch(noted, () => often(reader))
    })
}

/** A client that watches its file signals writes; otherwise, the table is read often. */
const waiting = ({ client }: Database): Effect.Effect<Wait, never, Scope.Scope> => {
  if (!isWatching(client)) return Effect.succeed(often)
  const unwatched = (error: SqlError) => Effect.as(Effect.logDebug("The file of SQLite is not watched", error), often)
  return Effect.catch(Effect.map(client.watch, onSignal), unwatched)
}

/** What other processes announce. A database that does not answer is asked again. */
const others = Effect.fnUntraced(function*(
  database: Database,
  owner: string
): Effect.fn.Return<Stream.Stream<Announcement>, never, Scope.Scope> {
  const wait = yield* waiting(database)
  const unknown: Reader = { owner, seq: 0, version: 0, isAlone: false }
  const reader = yield* Effect.catch(start(database, owner), () => Effect.succeed(unknown))
  const found = Effect.catch(readNew(database, reader), () => Effect.succeed([]))
  return Stream.fromIterableEffectRepeat(Effect.andThen(Effect.suspend(() => wait(reader)), found))
})

/** A database in memory is not shared. */
const isFile = ({ sql }: Database): Effect.Effect<boolean> =>
  Effect.map(
    Effect.catch(sql<{ name: string; file: string | null }>`pragma database_list`, () => Effect.succeed([])),
    (found) => found.some(({ file, name }) => name === "main" && file !== null && file !== "")
  )

/** A channel between all processes that have the same file. */
export const make = (database: Database): Effect.Effect<Channel> =>
  Effect.map(bus, (inside) => ({
    send: (owner, list) => Effect.andThen(inside.announce(owner, list), write(database, owner, list)),
    listen: Effect.fnUntraced(function*(owner) {
      const near = yield* inside.announcements(owner)
      if (!(yield* isFile(database))) return near
      return Stream.merge(near, yield* others(database, owner))
    })
  }))
