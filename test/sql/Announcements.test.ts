import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Logger, Option, Queue, References, Stream } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { TestClock } from "effect/testing"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import type { Announcement } from "../../src/Announcement.ts"
import { TaskStoreSql } from "../../src/sql/index.ts"
import * as notifications from "../../src/sql/internal/postgres/notifications.ts"
import { SqliteClient } from "../../src/sqlite/index.ts"
import { TaskStore } from "../../src/TaskStore.ts"
import { t0 } from "../../src/testing/store/records.ts"
import { layerDeaf } from "./around.ts"
import { databases, live, postgresOf, schemaName, storeOver } from "./databases.ts"

const freed = (pool: string): Announcement => ({ _tag: "Freed", pool })

const beat = (owner: string) =>
  TaskStore.use((store) => store.heartbeat({ owner, now: t0, leaseUntil: t0 + 30_000, taskTypes: [] }))

const announce = (owner: string, ...announcements: ReadonlyArray<Announcement>) =>
  TaskStore.use((store) => store.announce(owner, announcements))

/** Lets time pass until something has happened. */
const passing = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.raceFirst(self, Effect.forever(Effect.andThen(Effect.yieldNow, TestClock.adjust("1 second"))))

const first = (count: number, stream: Stream.Stream<Announcement>) =>
  passing(Stream.runCollect(Stream.take(stream, count)))

/** What a process logs when it begins to listen. It goes on in any case. */
const logOfListening = (client: (typeof databases)[number][1], wait: typeof passing = passing) => {
  const logged: Array<string> = []
  const logger = Logger.make<unknown, void>(({ message }) => void logged.push(String(message)))
  const listening = TaskStore.use((store) => Effect.andThen(wait(store.announcements("you/1")), store.liveTasks))
  return Effect.scoped(listening).pipe(
    Effect.provide(storeOver(client)),
    Effect.provideService(References.CurrentLoggers, new Set([logger])),
    Effect.map(() => logged.join("\n"))
  )
}

/** A new store over the same file, as another process has it. */
const process = (filename: string) =>
  TaskStoreSql.layer.pipe(Layer.provideMerge(live(SqliteClient.layer({ filename }))))

/** Two processes on a new file. */
const two = <A, E>(
  self: (
    one: Layer.Layer<TaskStore | SqlClient.SqlClient>,
    other: Layer.Layer<TaskStore | SqlClient.SqlClient>
  ) => Effect.Effect<A, E>
) =>
  Effect.scoped(Effect.gen(function*() {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "brinjal-"))),
      (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
    )
    const contexts = yield* Effect.forEach([1, 2], () => Layer.build(process(Path.join(folder, "tasks.db"))))
    const [one, other] = contexts.map(Layer.succeedContext)
    return yield* self(one!, other!)
  }))

describe("announcements in a file of SQLite", () => {
  it.effect("are heard in another process", () =>
    two((one, other) =>
      Effect.gen(function*() {
        yield* Effect.provide(beat("one/1"), one)
        yield* Effect.provide(beat("other/1"), other)
        const heard = yield* Effect.provide(TaskStore.use((store) => store.announcements("other/1")), other)
        yield* Effect.provide(announce("one/1", freed("a"), freed("b")), one)
        assert.deepStrictEqual(yield* first(2, heard), [freed("a"), freed("b")])
        yield* Effect.provide(announce("other/1", freed("c")), other)
        yield* Effect.provide(announce("one/1", freed("d")), one)
        assert.deepStrictEqual(yield* first(1, heard), [freed("d")])
      }).pipe(Effect.scoped)
    ))

  it.effect("are looked for a few times after a sign, which comes before they can be seen, and then only now and then", () =>
    two((one, other) =>
      Effect.gen(function*() {
        yield* Effect.provide(beat("one/1"), one)
        yield* Effect.provide(beat("other/1"), other)
        const signs = yield* Queue.sliding<void, SqlError.SqlError>(1)
        const heard: Array<Announcement> = []
        yield* Effect.gen(function*() {
          const client = yield* SqlClient.SqlClient
          const store = yield* Effect.provideService(
            TaskStoreSql.make(),
            SqlClient.SqlClient,
            Object.assign(client, { watch: Effect.succeed(signs) })
          )
          yield* Effect.forkScoped(
            Stream.runForEach(yield* store.announcements("other/1"), (one) => Effect.sync(() => heard.push(one)))
          )
        }).pipe(Effect.provide(other))
        const say = (name: string) => Effect.provide(announce("one/1", freed(name)), one)
        yield* TestClock.adjust("1 millis")

        Queue.offerUnsafe(signs, undefined)
        yield* TestClock.adjust("1 millis")
        yield* say("a")
        assert.deepStrictEqual(heard, [])
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(heard, [freed("a")])

        yield* say("b")
        yield* TestClock.adjust("4 millis")
        assert.deepStrictEqual(heard.slice(1), [freed("b")])
        yield* TestClock.adjust("56 millis")

        yield* say("c")
        yield* TestClock.adjust("900 millis")
        assert.lengthOf(heard, 2)
        yield* TestClock.adjust("100 millis")
        assert.deepStrictEqual(heard.slice(2), [freed("c")])
      }).pipe(Effect.scoped)
    ))

  it.live("are heard by one that was alone until then, long before it would have looked by itself", () =>
    two((one, other) =>
      Effect.gen(function*() {
        yield* Effect.provide(beat("one/1"), one)
        const heard = yield* Effect.provide(TaskStore.use((store) => store.announcements("one/1")), one)
        const first = yield* Effect.forkChild(Stream.runHead(heard), { startImmediately: true })
        yield* Effect.provide(beat("other/1"), other)
        yield* Effect.provide(announce("other/1", freed("a")), other)
        assert.deepStrictEqual(yield* Effect.timeout(Fiber.join(first), "20 seconds"), Option.some(freed("a")))
      }).pipe(Effect.scoped)
    ))

  it.effect("are not written down while nobody else is there", () =>
    two((one) =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        yield* beat("one/1")
        const heard = yield* TaskStore.use((store) => store.announcements("two/1"))
        yield* announce("one/1", freed("a"))
        assert.deepStrictEqual(yield* first(1, heard), [freed("a")])
        assert.deepStrictEqual(yield* sql`select * from brinjal_announcements`, [])
      }).pipe(Effect.scoped, Effect.provide(one))
    ))

  it.effect("are forgotten when there are too many, and who is too slow is told", () =>
    two((one, other) =>
      Effect.gen(function*() {
        yield* Effect.provide(beat("one/1"), one)
        yield* Effect.provide(beat("other/1"), other)
        const heard = yield* Effect.provide(TaskStore.use((store) => store.announcements("other/1")), other)
        const many = Array.from({ length: 1_500 }, (_, i) => freed(String(i)))
        yield* Effect.provide(announce("one/1", ...many), one)
        const all = yield* first(1_001, heard)
        assert.deepStrictEqual(all, [{ _tag: "Gap" }, ...many.slice(500)])
      }).pipe(Effect.scoped)
    ))

  it.effect("of a version that is not known say that there was something", () =>
    two((one, other) =>
      Effect.gen(function*() {
        yield* Effect.provide(beat("one/1"), one)
        yield* Effect.provide(beat("other/1"), other)
        const heard = yield* Effect.provide(TaskStore.use((store) => store.announcements("other/1")), other)
        const write = SqlClient.SqlClient.use((sql) =>
          sql`insert into brinjal_announcements (owner, announcement) values ('one/1', '{"_tag":"Never heard of"}')`
        )
        yield* Effect.provide(write, one)
        assert.deepStrictEqual(yield* first(1, heard), [{ _tag: "Gap" }])
      }).pipe(Effect.scoped)
    ))
})

describe("announcements in messages of Postgres", () => {
  const read = (payloads: ReadonlyArray<string>) => payloads.flatMap((payload) => notifications.read("me", payload))

  it("are as few as there is room for, and none is lost", () => {
    const many = Array.from({ length: 400 }, (_, i) => freed(`pool ${i} 🫛 "quoted" \\ \0`))
    const payloads = notifications.payloads("you", many)
    assert.isTrue(payloads.every((payload) => Buffer.byteLength(payload) < 8_000))
    assert.isBelow(payloads.length, 8)
    assert.deepStrictEqual(read(payloads), many)
    assert.deepStrictEqual(notifications.payloads("you", []), [])
  })

  it("say that there was something when it has a name that is too long", () => {
    const payloads = notifications.payloads("you", [freed("a"), freed("x".repeat(9_000)), freed("b")])
    assert.deepStrictEqual(read(payloads), [freed("a"), { _tag: "Gap" }, freed("b")])
  })

  it("are not for who sent them, and what nobody can read is a gap", () => {
    const [payload] = notifications.payloads("me", [freed("a")])
    assert.deepStrictEqual(notifications.read("me", payload!), [])
    assert.deepStrictEqual(notifications.read("you", payload!), [freed("a")])
    for (const wrong of ["", "{", "{\"owner\":\"you\",\"announcements\":[{\"_tag\":\"New\"}]}"]) {
      assert.deepStrictEqual(notifications.read("me", wrong), [{ _tag: "Gap" }])
    }
  })
})

for (const [name, client] of databases.filter(([name]) => name === "Postgres")) {
  describe(`announcements on ${name}`, () => {
    it.effect("are told apart from those of other tables", () =>
      Effect.gen(function*() {
        const heard = yield* TaskStore.use((store) => store.announcements("you/1"))
        const other = yield* TaskStoreSql.make({ schema: "brinjal_other", prefix: "x".repeat(50) })
        const theirs = yield* other.announcements("you/1")
        yield* passing(other.announce("me/1", [freed("theirs")]))
        assert.deepStrictEqual(yield* first(1, theirs), [freed("theirs")])
        yield* announce("me/1", freed("ours"))
        assert.deepStrictEqual(yield* first(1, heard), [freed("ours")])
        yield* SqlClient.SqlClient.use((sql) => sql`drop schema brinjal_other cascade`)
      }).pipe(Effect.scoped, Effect.provide(storeOver(client))))

    it.effect("go on with a gap when the connection was lost", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const heard = yield* TaskStore.use((store) => store.announcements("you/1"))
        const channel = `${yield* schemaName}.%`
        const listening = yield* Effect.forkChild(Stream.runCollect(Stream.take(heard, 1)))
        const ended = yield* sql`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and query like ${`LISTEN "${channel}`}`
        assert.strictEqual(ended.length, 1)
        assert.deepStrictEqual(yield* passing(Fiber.join(listening)), [{ _tag: "Gap" }])
        yield* announce("me/1", freed("a"))
        assert.deepStrictEqual(yield* first(1, heard), [freed("a")])
      }).pipe(Effect.scoped, Effect.provide(storeOver(client))))

    it.effect("are not listened to with the only connection that there is", () =>
      Effect.gen(function*() {
        assert.match(yield* logOfListening(postgresOf(1)), /only one connection/)
      }))

    it.effect("that do not arrive are noticed", () =>
      Effect.gen(function*() {
        assert.match(yield* logOfListening(layerDeaf(client)), /is not notified of what others do: .* PgBouncer/)
        assert.strictEqual(yield* logOfListening(client, (self) => self), "")
      }))

    it.effect("arrive where another client listens", () =>
      Effect.gen(function*() {
        const schema = yield* schemaName
        const store = yield* TaskStoreSql.make({ listener: postgresOf(1), schema })
        const heard = yield* store.announcements("you/1")
        yield* announce("me/1", freed("a"))
        assert.deepStrictEqual(yield* first(1, heard), [freed("a")])
      }).pipe(Effect.scoped, Effect.provide(storeOver(layerDeaf(client)))))
  })
}
