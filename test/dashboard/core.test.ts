import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { rowsOf } from "../../src/dashboard/browser/core/families.ts"
import { fieldsOf, getIn, initialObject, type JsonSchema, setIn } from "../../src/dashboard/browser/core/fields.ts"
import { countdown, duration } from "../../src/dashboard/browser/core/format.ts"
import { Parser } from "../../src/dashboard/browser/core/sse.ts"
import { apply, everything, make, matches } from "../../src/dashboard/browser/core/state.ts"
import { isForLater } from "../../src/dashboard/browser/core/status.ts"
import { Turns } from "../../src/dashboard/browser/core/turns.ts"
import { rangeFor, ticksOf, withRoom } from "../../src/dashboard/browser/timeline/axis.ts"
import { marksOf } from "../../src/dashboard/browser/timeline/marks.ts"
import { forLater, now, recurrings, task, timeline } from "./fake/world.ts"

describe("the event stream", () => {
  const text = ": hello\r\n\r\nid: 1\nevent: task\ndata: {\"a\":\ndata: 1}\n\nretry: 250\n\nid: 2\rdata:x\r\r"

  it.prop("is read alike, wherever it is cut", [
    Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: text.length })))
  ], ([cuts]) => {
    const parser = new Parser()
    const places = [0, ...cuts.toSorted((left, right) => left - right), text.length]
    const messages = places.slice(1).flatMap((to, index) => [...parser.push(text.slice(places[index], to))])
    messages.push(...parser.push("\n"))
    assert.deepStrictEqual(messages, [
      { event: "task", data: "{\"a\":\n1}", id: "1" },
      { event: "message", data: "x", id: "2" }
    ])
    assert.strictEqual(parser.retry, 250)
  })
})

describe("what is asked of a row", () => {
  it("is done in turn, once, also after something that went wrong, and without waiting for other rows", async () => {
    const done: Array<string> = []
    let changes = 0
    const turns = new Turns<string>(() => changes++)
    let failFirst = (_cause: Error) => {}
    const first = new Promise<void>((_, reject) => failFirst = reject)
    const take = (id: string, action: string, act: () => unknown = () => done.push(`${id} ${action}`)) =>
      turns.take(id, action, act).catch((cause: Error) => done.push(cause.message))
    const all = [
      take("one", "enable", () => first),
      take("one", "run"),
      take("one", "run"),
      take("one", "remove")
    ]
    assert.deepStrictEqual([...turns.of("one")], ["enable", "run", "remove"])
    assert.strictEqual(
      turns.of("one"),
      turns.of("one"),
      "the same until it changes, so that no row is drawn for nothing"
    )
    await take("two", "run")
    assert.deepStrictEqual(done, ["two run"])
    failFirst(new Error("failed"))
    await Promise.all(all)
    assert.deepStrictEqual(done.toSorted(), ["failed", "one remove", "one run", "two run"])
    assert.isBelow(done.indexOf("one run"), done.indexOf("one remove"))
    assert.strictEqual(turns.of("one").size, 0)
    assert.strictEqual(changes, 8)
  })
})

describe("the state", () => {
  it("takes what was read only where nothing newer is known, and a snapshot for everything", () => {
    const state = make()
    const known = task({ status: "running" })
    apply(state, { is: "task", task: known })
    apply(state, { is: "read", tasks: [{ ...known, status: "queued" }, task({ task_id: "older" })], recurring: [] })
    assert.deepStrictEqual([...state.tasks.values()].map(({ status }) => status), ["running", "done"])
    apply(state, { is: "snapshot", tasks: [], recurring: [] })
    assert.strictEqual(state.tasks.size, 0)
  })

  it("knows which tasks are for later until their time has come, the first to start first", () => {
    const at = (seconds: number) => new Date(now + 1_000 * seconds).toISOString()
    const tasks = [9, 1, 5].map((seconds) => forLater({ scheduled_at: at(seconds), created_at: at(-seconds) }))
    const state = make()
    apply(state, { is: "read", tasks, recurring: [] })
    const laterAt = (instant: number) =>
      rowsOf(state, everything, instant).later.map(({ scheduled_at }) => scheduled_at)
    assert.deepStrictEqual(laterAt(now), [at(1), at(5), at(9)])
    assert.deepStrictEqual(laterAt(now + 1_000), [at(5), at(9)])
    assert.deepStrictEqual(laterAt(now + 9_000), [])
    const others = [{ status: "running" }, { status: "cancelled" }, { retry_at: at(3) }, {
      scheduled_at: null
    }] as const
    for (const other of others) assert.isFalse(isForLater({ ...tasks[0]!, ...other }, now))
  })

  it("orders what runs before what waits before what has ended, and finds text anywhere", () => {
    const tasks = [task({ status: "done" }), task({ status: "queued" }), task({ status: "running", body: "Straße" })]
    const state = make()
    apply(state, { is: "read", tasks, recurring: [] })
    const { ended, now: before } = rowsOf(state, everything, now)
    const statuses = [before, ended].map((rows) => rows.map(({ task }) => task?.status))
    assert.deepStrictEqual(statuses, [["running", "queued"], ["done"]])
    assert.deepStrictEqual(tasks.filter(matches({ ...everything, text: " STRASSE".replace("SS", "ß") })).length, 1)
  })
})

describe("the form of a payload", () => {
  const schema = Schema.Struct({
    path: Schema.String.check(Schema.isMinLength(1)),
    level: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 })),
    ratio: Schema.Number,
    mode: Schema.Literals(["full", "incremental"]),
    owner: Schema.optional(Schema.Struct({ name: Schema.String })),
    tags: Schema.Array(Schema.String),
    note: Schema.NullOr(Schema.String),
    anything: Schema.Unknown
  })
  const document = Schema.toJsonSchemaDocument(schema)
  const fields = fieldsOf({ ...document.schema, $defs: document.definitions } as JsonSchema)

  it("has a field for everything that a schema says", () => {
    assert.deepStrictEqual(fields.map(({ kind, name, nullable, required }) => [name, kind.is, required, nullable]), [
      ["path", "text", true, false],
      ["level", "number", true, false],
      ["ratio", "number", true, false],
      ["mode", "choice", true, false],
      ["owner", "object", false, true],
      ["tags", "list", true, false],
      ["note", "text", true, true],
      ["anything", "json", true, false]
    ])
    assert.deepStrictEqual(fields[1]!.kind, { is: "number", whole: true, min: 0, max: 9 })
    assert.deepStrictEqual(initialObject(fields), { mode: "full", tags: [], note: null })
  })

  it("changes a value at a path and nothing else", () => {
    const value = { a: { b: [1, 2, 3] }, c: 1 }
    assert.deepStrictEqual(setIn(value, ["a", "b", 1], undefined), { a: { b: [1, 3] }, c: 1 })
    assert.deepStrictEqual(setIn(value, ["c"], undefined), { a: { b: [1, 2, 3] } })
    assert.strictEqual(getIn(setIn({}, ["x", "y"], 7), ["x", "y"]), 7)
    assert.deepStrictEqual(value, { a: { b: [1, 2, 3] }, c: 1 })
  })

  it("ends for a schema that contains itself", () => {
    const node: JsonSchema = { type: "object", properties: { child: { $ref: "#/$defs/Node" } } }
    assert.strictEqual(fieldsOf({ ...node, $defs: { Node: node } })[0]!.kind.is, "object")
    assert.strictEqual(
      fieldsOf({ type: "object", properties: { a: { $ref: "#/$defs/A" } }, $defs: { A: { $ref: "#/$defs/A" } } })[0]!
        .kind.is,
      "json"
    )
  })
})

describe("the timeline", () => {
  it("begins with a span that suits how often most things recur", () => {
    const every = (...minutes: ReadonlyArray<number>) =>
      rangeFor(minutes.map((gap) => ({
        ...recurrings[0]!,
        last_run: new Date(now).toISOString(),
        next_run: new Date(now + gap * 60_000).toISOString()
      }))).name
    assert.strictEqual(every(1, 5, 2), "1 hour")
    assert.strictEqual(every(1, 60, 60, 1_440), "1 day")
    assert.strictEqual(every(1_440, 10_080), "1 week")
    assert.strictEqual(rangeFor([{ ...recurrings[0]!, next_run: null }]).name, "1 day")
    assert.strictEqual(rangeFor([]).name, "1 day")
  })

  it("shows the hour that a zone repeats, and leaves out the one that it skips", () => {
    const labels = (from: string, to: string) =>
      ticksOf(Date.parse(from), Date.parse(to), 60, "Europe/Berlin").map(({ label }) => label.slice(0, 2))
    assert.deepStrictEqual(labels("2026-10-24T23:00:00Z", "2026-10-25T02:00:00Z").map(Number), [1, 2, 2, 3])
    assert.deepStrictEqual(labels("2026-03-28T23:30:00Z", "2026-03-29T02:00:00Z").map(Number), [1, 3, 4])
  })

  it("labels days first, and nothing that would lie on something else", () => {
    const ticks = ticksOf(Date.parse("2026-10-24T00:00:00Z"), Date.parse("2026-10-31T00:00:00Z"), 720, "UTC")
    const place = (at: number) => (at - Date.parse("2026-10-24T00:00:00Z")) / 604_800_000 * 400
    const labelled = [...withRoom(ticks, place, 400, Date.parse("2026-10-28T00:00:00Z"))]
    const days = labelled.filter(({ isDay }) => isDay)
    assert.isAbove(days.length, 1)
    const taken = labelled.map((tick) =>
      [place(tick.at) - (tick.isDay ? 42 : 25), place(tick.at) + (tick.isDay ? 42 : 25)] as const
    )
    const overlapping = taken.filter(([from, to], index) =>
      taken.some(([start, end], other) => other !== index && from < end && start < to)
    )
    assert.deepStrictEqual(overlapping, [])
  })

  it("never draws more marks than can be seen, and loses no occurrence by that", () => {
    const line = timeline(new Date(now - 86_400_000 * 4).toISOString(), new Date(now + 86_400_000 * 3).toISOString())
    for (const row of line.rows) {
      const marks = marksOf(row, new Map(), now, 604_800_000 * .004)
      assert.isAtMost(marks.length, 250)
      const occurrences = row.past.reduce((sum, { count }) => sum + count, 0) + row.upcoming.length
      assert.strictEqual(marks.reduce((sum, { count }) => sum + count, 0), occurrences)
    }
  })
})

describe("durations", () => {
  it("are short, and whole while they count", () => {
    assert.deepStrictEqual([420, 4_200, 60_000, 65_000, 3_600_000, 97_200_000].map(duration), [
      "420ms",
      "4.2s",
      "1m",
      "1m 05s",
      "1h",
      "1d 03h"
    ])
    assert.deepStrictEqual([-5, 1_400, 60_000, 59_600].map(countdown), ["0s", "1s", "1m 00s", "1m 00s"])
  })
})
