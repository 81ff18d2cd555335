/**
 * Task types that are paused in one of several processes.
 */
import { assert, describe } from "@effect/vitest"
import { Backlog } from "brinjal"
import { Testing } from "brinjal/testing"
import { Effect, Logger } from "effect"
import { add, journal, type Options, Other, start, test, Work } from "./support.ts"

const called = (name: string, handlers: Options["handlers"] = []) =>
  start(name, { handlers, configuration: { name, shutdownGrace: 0 } })

describe("a task type that is paused in one process", () => {
  test("starts in none within a second, and in its order once another one resumes it", function*() {
    const a = yield* called("a", ["Work", "Other"])
    const b = yield* called("b", ["Work"])
    const c = yield* called("c")
    yield* c.within(c.manager.pauseTaskType(Work, { note: "maintenance" }))
    yield* Testing.advance("1 second")
    for (const [from, label] of [[a, "1"], [b, "2"], [c, "3"]] as const) yield* add(from, Work, label)
    yield* add(a, Other, "other")
    yield* Testing.advance("2 minutes")
    assert.deepStrictEqual(yield* journal, ["a: other starts", "a: other ends"])
    for (const { manager } of [a, b, c]) {
      assert.deepStrictEqual((yield* manager.health).paused.map(({ note }) => note), ["maintenance"])
    }
    yield* b.within(b.manager.resumeTaskType("Work"))
    yield* Testing.advance("1 second")
    const started = (yield* journal).filter((line) => line.endsWith("starts")).slice(1)
    assert.sameMembers(started.map((line) => line.replace(/^.: /, "")), ["1 starts", "2 starts", "3 starts"])
  })

  test("is known to one that has heard nothing once it looks, and to one that comes later", function*() {
    const a = yield* called("a", ["Work"])
    const b = yield* called("b")
    yield* Testing.advance("1 second")
    yield* a.freeze
    yield* b.within(b.manager.pauseTaskType(Work))
    const c = yield* called("c", ["Work"])
    yield* add(b, Work, "x")
    yield* Testing.advance("5 minutes")
    assert.deepStrictEqual(yield* journal, [])
    assert.lengthOf((yield* c.manager.health).paused, 1)
  })

  test("is not warned of while nobody handles it", function*() {
    const lines: Array<string> = []
    const logger = Logger.make<unknown, void>(({ message }) => void lines.push(String(message)))
    const a = yield* Effect.provide(called("a", ["Other"]), Logger.layer([logger]))
    yield* a.within(a.manager.pauseTaskType(Work))
    yield* add(a, Work, "x")
    yield* Testing.advance("1 hour")
    assert.deepStrictEqual(lines, [])
    assert.isFalse((yield* a.manager.backlog).some(Backlog.isUnhandled))
    yield* a.within(a.manager.resumeTaskType(Work))
    yield* Testing.advance("10 minutes")
    assert.lengthOf(lines, 1)
  })
})
