/**
 * What is to be seen, and heard, of tasks that no process handles.
 */
import { assert, describe } from "@effect/vitest"
import { Backlog } from "brinjal"
import { Testing } from "brinjal/testing"
import { DateTime, Duration, Effect, Logger, Option } from "effect"
import { add, lasting, type Options, Other, Single, start, test, Work } from "./support.ts"

/** Who handles a type, by name: what is behind the slash is different after each start. */
const named = ({ handledBy, ...rest }: Backlog.Backlog) => ({
  ...rest,
  handledBy: handledBy.map((owner) => owner.split("/")[0])
})

const backlogOf = (
  { manager }: { readonly manager: { readonly backlog: Effect.Effect<ReadonlyArray<Backlog.Backlog>, any> } }
) => Effect.map(manager.backlog, (all) => all.map(named))

const called = (name: string, handlers: Options["handlers"] = []) =>
  start(name, { handlers, configuration: { name, shutdownGrace: 0 } })

const none = { waiting: 0, reserved: 0, asleep: 0, parked: 0, waitingSince: Option.none(), paused: Option.none() }

describe("the backlog of all processes", () => {
  test("is the same in each: what waits and sleeps, since when, and who would run it", function*() {
    const a = yield* called("a", ["Other"])
    const b = yield* called("b", ["Single", "Other"])
    yield* Testing.advance("1 minute")
    for (const label of ["x", "y"]) yield* add(b, Work, label)
    yield* b.within(b.manager.scheduleTask(Single.template(lasting("z", 0)), { delay: "1 hour" }))
    const expected = [
      { ...none, taskType: "Other", handledBy: ["a", "b"] },
      { ...none, taskType: "Single", asleep: 1, handledBy: ["b"] },
      {
        ...none,
        taskType: "Work",
        waiting: 2,
        waitingSince: Option.some(DateTime.makeUnsafe("2026-01-01T00:01:00Z")),
        handledBy: []
      }
    ]
    assert.deepStrictEqual(yield* backlogOf(a), expected)
    assert.deepStrictEqual(yield* backlogOf(b), expected)
    assert.deepStrictEqual((yield* b.manager.backlog).map(Backlog.isUnhandled), [false, false, true])
    const [, , work] = yield* b.manager.backlog
    assert.strictEqual(
      Duration.format(Backlog.waitingFor(work!, DateTime.makeUnsafe("2026-01-01T00:04:00Z"))),
      "3m"
    )
  })

  test("knows those who have come, and those who have gone or died", function*() {
    const a = yield* called("a")
    const handledBy = Effect.map(backlogOf(a), (all) => all.flatMap((one) => one.handledBy))
    const b = yield* called("b", ["Work"])
    const c = yield* called("c", ["Work"])
    yield* Testing.advance("10 seconds")
    assert.deepStrictEqual(yield* handledBy, ["b", "c"])
    yield* b.stop
    yield* Testing.settle
    assert.deepStrictEqual(yield* handledBy, ["c"])
    yield* c.freeze
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual(yield* handledBy, [])
    yield* c.thaw
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual(yield* handledBy, ["c"])
  })
})

/** What all processes of a test log. */
const log = () => {
  const lines: Array<string> = []
  const logger = Logger.make<unknown, void>(({ logLevel, message }) => void lines.push(`${logLevel} ${message}`))
  return { lines, within: Effect.provide(Logger.layer([logger])) }
}

const sentence = `Warn 2 tasks of type "Work" wait, for up to 5m, and no living process has their handler: ` +
  "start one that provides it (the task's toLayer), or cancel them."

describe("tasks that no process handles", () => {
  test("are warned of by one process, once, and not before they have waited for minutes", function*() {
    const { lines, within } = log()
    const a = yield* within(called("a", ["Other"]))
    yield* within(called("b", ["Other"]))
    for (const label of ["x", "y"]) yield* add(a, Work, label)
    yield* a.within(a.manager.scheduleTask(Single.template(lasting("z", 0)), { delay: "3 hours" }))
    yield* add(a, Other, "handled", 7_200_000)
    yield* Testing.advance("5 minutes")
    assert.deepStrictEqual(lines, [])
    yield* Testing.advance("30 seconds")
    assert.deepStrictEqual(lines, [sentence])
    yield* Testing.advance("2 hours")
    assert.deepStrictEqual(lines, [sentence])
  })

  test("are warned of again, if that happens again", function*() {
    const { lines, within } = log()
    const a = yield* within(called("a"))
    yield* add(a, Work, "x")
    yield* Testing.advance("6 minutes")
    const b = yield* called("b", ["Work"])
    yield* Testing.advance("1 minute")
    yield* b.stop
    yield* add(a, Work, "x")
    yield* Testing.advance("4 minutes")
    assert.lengthOf(lines, 1)
    yield* Testing.advance("2 minutes")
    assert.lengthOf(lines, 2)
  })

  test("are nothing to warn of while their process restarts, however long they wait", function*() {
    const { lines, within } = log()
    const a = yield* within(called("a"))
    const b = yield* called("b", ["Work"])
    for (const label of ["1", "2", "3", "4", "5"]) yield* add(b, Work, label, 3_600_000)
    yield* Testing.advance("30 minutes")
    yield* b.stop
    yield* Testing.advance("2 minutes")
    assert.isTrue((yield* a.manager.backlog).some(Backlog.isUnhandled))
    yield* called("b", ["Work"])
    yield* Testing.advance("30 minutes")
    assert.deepStrictEqual(lines, [])
  })
})

describe("pools of different sizes", () => {
  const sized = (name: string, handlers: NonNullable<Options["handlers"]>, pools: Record<string, number>) =>
    start(name, { handlers, configuration: { name, pools } })

  test("are warned of by one process, once, if tasks of several use them", function*() {
    const { lines, within } = log()
    yield* within(sized("a", ["Work"], { default: 5, single: 7, unused: 1 }))
    yield* within(sized("b", ["Work", "Single"], { default: 5, unused: 2 }))
    yield* within(sized("c", ["Other"], { default: Infinity, unused: 3 }))
    yield* within(sized("d", [], { default: 9 }))
    yield* Testing.advance("4 minutes")
    assert.deepStrictEqual(lines, [])
    yield* Testing.advance("2 hours")
    assert.lengthOf(lines, 1)
    assert.match(
      lines[0]!,
      /^Warn Pool "default" has different sizes: 5 in a\/[^ ]+, b\/[^ ]+; Infinity in c\/[^ ]+\. Each process compares/
    )
  })

  test("are nothing to warn of while processes are replaced one by one", function*() {
    const { lines, within } = log()
    yield* within(sized("a", ["Work"], { default: 5 }))
    const old = yield* within(sized("b", ["Work"], { default: 4 }))
    yield* Testing.advance("4 minutes")
    yield* old.stop
    yield* within(sized("b", ["Work"], { default: 5 }))
    yield* Testing.advance("1 hour")
    assert.deepStrictEqual(lines, [])
  })
})
