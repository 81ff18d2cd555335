/**
 * Announcements in a table of SQLite. Others are heard four times a second, by a number that SQLite keeps in the file and
 * changes when another connection has committed: to look at it costs a few microseconds and no lock. Within this process
 * nothing has to be written down, and nothing is while no other one is there.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import { Announcement } from "../../../Announcement.ts"
import { bus } from "../../../internal/memory/members.ts"
import type { Channel } from "../announcements.ts"
import type { Database } from "../database.ts"
import * as rows from "../rows.ts"
import { toText } from "../text.ts"
import { forRows } from "./values.ts"

/** How often to look. */
const interval = "250 millis"

/** How many are kept for those who are slow. */
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

/** How far somebody has read. */
interface Reader {
  readonly owner: string
  seq: number
  version: number
}

const versionOf = ({ sql }: Database): Effect.Effect<number, SqlError> =>
  Effect.map(sql<{ data_version: number }>`pragma data_version`, ([row]) => row?.data_version ?? 0)

/** What has come since the last look. */
const look = Effect.fnUntraced(function*(
  database: Database,
  reader: Reader
): Effect.fn.Return<ReadonlyArray<Announcement>, SqlError> {
  const version = yield* versionOf(database)
  if (version === reader.version) return []
  const { announcements, sql } = database
  const found = yield* sql<rows.Row>`select seq, owner, announcement from ${announcements}
    where seq > ${reader.seq} order by seq`
  reader.version = version
  const isGap = found.length > 0 && rows.number(found[0]!.seq) > reader.seq + 1
  reader.seq = found.length === 0 ? reader.seq : rows.number(found.at(-1)!.seq)
  const others = found.filter((row) => rows.text(row.owner) !== reader.owner)
  // one that cannot be read is from another version, and says at least that something is
  const said = others.map((row) => Option.getOrElse(decode(rows.json(row.announcement)), () => gap))
  return isGap ? [gap, ...said] : said
})

const start = Effect.fnUntraced(function*(
  database: Database,
  owner: string
): Effect.fn.Return<Reader, SqlError> {
  const { announcements, sql } = database
  const version = yield* versionOf(database)
  const [last] = yield* sql<rows.Row>`select coalesce(max(seq), 0) as seq from ${announcements}`
  return { owner, seq: rows.number(last!.seq), version }
})

/** What other processes write. A database that does not answer is asked again. */
const others = (database: Database, owner: string): Effect.Effect<Stream.Stream<Announcement>> =>
  Effect.map(
    Effect.catch(start(database, owner), () => Effect.succeed<Reader>({ owner, seq: 0, version: 0 })),
    (reader) =>
      Stream.fromIterableEffectRepeat(Effect.delay(
        Effect.catch(look(database, reader), () => Effect.succeed([])),
        interval
      ))
  )

/** Nobody else has a database in memory. */
const isFile = ({ sql }: Database): Effect.Effect<boolean> =>
  Effect.map(
    Effect.catch(sql<{ name: string; file: string | null }>`pragma database_list`, () => Effect.succeed([])),
    (found) => found.some(({ file, name }) => name === "main" && file !== null && file !== "")
  )

/** A channel between all who have the same file. */
export const make = (database: Database): Effect.Effect<Channel> =>
  Effect.map(bus, (inside) => ({
    send: (owner, list) => Effect.andThen(inside.announce(owner, list), write(database, owner, list)),
    listen: Effect.fnUntraced(function*(owner) {
      const near = yield* inside.announcements(owner)
      if (!(yield* isFile(database))) return near
      return Stream.merge(near, yield* others(database, owner))
    })
  }))
