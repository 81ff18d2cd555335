import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Option } from "effect"
import * as bars from "../../src/cli/internal/bars.ts"
import * as format from "../../src/cli/internal/format.ts"
import * as live from "../../src/cli/internal/live.ts"
import * as parse from "../../src/cli/internal/parse.ts"
import * as table from "../../src/cli/internal/table.ts"
import type { Task } from "../../src/cli/internal/views.ts"

const now = DateTime.makeUnsafe("2026-11-24T08:00:00Z")
const plainly = { paint: (text: string) => text }

describe("a table", () => {
  const columns = [{ title: "id" }, { title: "heading", elastic: true }, { title: "n", right: true }]
  const rows = [["a", "a long heading that does not fit", "7"], ["b", "short", "12"]]

  it("is cut where it may be, to the width of the terminal", () => {
    assert.strictEqual(
      table.format(columns, rows, { width: 24, ...plainly }),
      ["id  heading            n", "a   a long heading …   7", "b   short             12"].join("\n")
    )
    assert.strictEqual(
      table.format(columns, rows, { width: 80, ...plainly }).split("\n")[1],
      "a   a long heading that does not fit   7"
    )
  })

  it("measures what a terminal shows", () => {
    const wide = table.format([{ title: "a" }, { title: "b" }], [["日本", "x"], ["abcd", "y"]], {
      width: 80,
      ...plainly
    })
    assert.strictEqual(wide, "a     b\n日本  x\nabcd  y")
    assert.strictEqual(table.fit("日本語", 5), "日本…")
    assert.strictEqual(table.fit("abc", 0), "")
  })

  it("lets no text move the cursor or break a line", () => {
    assert.strictEqual(table.plain([], [["a\tb\nc", "\u001B[2J\u0007"]]), "a b c\t�[2J�")
  })
})

describe("durations and instants as they are typed", () => {
  it("have short and long units", () => {
    const millis = (text: string) => Option.getOrUndefined(Option.map(parse.duration(text), Duration.toMillis))
    assert.deepStrictEqual(
      ["90s", "1.5h", "5 minutes", "2 days", "250ms", "1w"].map(millis),
      [90_000, 5_400_000, 300_000, 172_800_000, 250, 604_800_000]
    )
    assert.deepStrictEqual(["", "5", "h", "5 parsecs", "-"].map(millis), [
      undefined,
      undefined,
      undefined,
      undefined,
      undefined
    ])
  })

  it("can be delays if they end, in whole milliseconds", () => {
    const millis = (text: string) => Option.getOrUndefined(Option.map(parse.delay(text), Duration.toMillis))
    assert.deepStrictEqual(["0s", "90s", "1.6ms", "10000 days"].map(millis), [0, 90_000, 2, 864_000_000_000])
    for (const text of ["Infinity", "-5 minutes", "99999999999 weeks", "soon"]) assert.isUndefined(millis(text))
  })

  it("are of the time zone, which may skip or repeat them", () => {
    const at = (text: string) =>
      Option.getOrUndefined(Option.map(parse.instant(text, { now, timezone: "Europe/London" }), format.iso))
    assert.strictEqual(at("2026-07-01 12:00"), "2026-07-01T11:00:00Z")
    assert.strictEqual(at("2026-07-01T12:00:30.5Z"), "2026-07-01T12:00:30.500Z")
    assert.strictEqual(at("now"), "2026-11-24T08:00:00Z")
    assert.strictEqual(at("2026-13-01"), undefined)
    assert.strictEqual(at("soon"), undefined)
    assert.strictEqual(at("+soon"), undefined)
    assert.deepStrictEqual(["2026-02-30", "2026-02-30T10:00Z", "2026-01-01T10:00+0530"].map(at), [
      undefined,
      undefined,
      "2026-01-01T04:30:00Z"
    ])
  })

  it("are read in two units, and in what direction they are", () => {
    assert.deepStrictEqual(
      [0, 900, 61_000, 3_600_000, 90_061_000].map((millis) => format.duration(Duration.millis(millis))),
      ["0ms", "900ms", "1m 1s", "1h", "1d 1h"]
    )
    const away = (seconds: number) => format.away(DateTime.addDuration(now, Duration.seconds(seconds)), now)
    assert.deepStrictEqual([0.4, 90, -90].map(away), ["now", "in 1m 30s", "1m 30s ago"])
  })
})

const task = (taskId: string, given: Partial<Task> = {}): Task => ({
  taskId,
  parentId: Option.none(),
  taskType: "Greet",
  status: "running",
  payload: {},
  progress: 0,
  heading: Option.none(),
  body: Option.none(),
  img: Option.none(),
  priority: 0,
  concurrencyKey: Option.none(),
  parked: false,
  attempt: 1,
  createdAt: now,
  scheduledAt: Option.none(),
  startedAt: Option.some(now),
  retryAt: Option.none(),
  completedAt: Option.none(),
  error: Option.none(),
  ...given
} as Task)

const snapshot = (tasks: ReadonlyArray<Task>, part = 0, parts = 1): live.Event => ({
  event: "snapshot",
  data: { serverTime: now, part, parts, tasks, recurring: [] }
})

const play = (events: ReadonlyArray<live.Event>) => {
  let known = live.nothing
  const told: Array<string> = []
  for (const event of events) {
    const [next, news] = live.step(known, event)
    known = next
    told.push(...news.map((one) => "task" in one ? `${one._tag} ${one.task.taskId} ${one.task.status}` : one._tag))
  }
  return { known, told }
}

describe("what a reader of the stream knows", () => {
  it("is whole after the last part of a snapshot, which is no news at first", () => {
    const parts = [snapshot([task("a")], 0, 2), snapshot([task("b")], 1, 2)]
    assert.isFalse(play(parts.slice(0, 1)).known.complete)
    const { known, told } = play(parts)
    assert.deepStrictEqual([...known.tasks.keys()], ["a", "b"])
    assert.deepStrictEqual(told, [])
  })

  it("changes with a status or an attempt, and not with progress", () => {
    const { told } = play([
      snapshot([task("a")]),
      { event: "task", data: task("a", { progress: 50 }) },
      { event: "task", data: task("a", { attempt: 2 }) },
      { event: "task", data: task("a", { attempt: 2, status: "done" }) },
      { event: "task_removed", data: { taskId: "a" } },
      { event: "heartbeat", data: { serverTime: now } }
    ])
    assert.deepStrictEqual(told, ["Task a running", "Task a done"])
  })

  it("is made up for after a gap: what has changed meanwhile is news, and nothing is kept that is gone", () => {
    const { known, told } = play([
      snapshot([task("a"), task("b")]),
      { event: "gap", data: { reason: "Restarted", lost: null }, id: "7" },
      snapshot([task("a", { status: "failed" })])
    ])
    assert.deepStrictEqual(told, ["Lost", "Task a failed"])
    assert.deepStrictEqual([...known.tasks.keys()], ["a"])
    assert.strictEqual(known.lastEventId, "7")
  })

  it("tells of a task that is removed before it has ended", () => {
    const { told } = play([snapshot([task("a")]), { event: "task_removed", data: { taskId: "a" } }])
    assert.deepStrictEqual(told, ["Removed a running"])
  })
})

describe("a bar", () => {
  const options = { now: DateTime.addDuration(now, "90 seconds"), width: 70, ...plainly }

  it("shows how far, how long, and what is said", () => {
    assert.strictEqual(
      bars.running(task("a", { progress: 42.9, heading: Option.some("Copying") }), options),
      "████████░░░░░░░░░░░░ 42%  1m 30s  Greet Copying"
    )
  })

  it("moves where nobody knows how far", () => {
    const [one, other] = [now, DateTime.addDuration(now, "1 second")].map((now) =>
      bars.running(task("a", { progress: -1 }), { ...options, now }).slice(0, 20)
    )
    assert.match(one!, /^█{4}░{16}$/)
    assert.notStrictEqual(one, other)
  })

  it("says when the next attempt begins", () => {
    const retrying = task("a", { retryAt: Option.some(DateTime.addDuration(options.now, "10 seconds")) })
    assert.include(bars.running(retrying, options), "attempt 2 in 10s")
  })

  it("says when a task for later starts, until then", () => {
    const at = DateTime.addDuration(options.now, "3 hours")
    const later = task("a", { status: "queued", attempt: 0, startedAt: Option.none(), scheduledAt: Option.some(at) })
    assert.strictEqual(bars.running(later, options), `${"░".repeat(20)} 0%           Greet starts in 3h`)
    assert.notInclude(bars.running(later, { ...options, now: at }), "starts")
    assert.notInclude(bars.running({ ...later, status: "running" }, options), "starts")
  })

  it("says what a task waits for whose concurrency key is in use", () => {
    const waiting = {
      status: "queued",
      attempt: 0,
      startedAt: Option.none(),
      concurrencyKey: Option.some("Greet/acme")
    }
    const parked = task("a", { ...waiting, status: "queued", parked: true })
    assert.include(bars.running(parked, options), "Greet waits for Greet/acme")
    assert.notInclude(bars.running({ ...parked, parked: false }, options), "waits")
  })
})
