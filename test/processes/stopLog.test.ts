/**
 * What a process logs when it stops.
 */
import { assert, describe } from "@effect/vitest"
import { Testing } from "brinjal/testing"
import { Effect, Fiber, Logger, References } from "effect"
import { add, Again, Once, type Options, start, test, Work } from "./support.ts"

/** A process, and what it logs. */
const logging = Effect.fnUntraced(function*(options: Options = {}) {
  const log: Array<string> = []
  const logger = Logger.make<unknown, void>(({ message }) => void log.push(String(message)))
  const started = start("a", options)
  const process = yield* Effect.provideService(started, References.CurrentLoggers, new Set([logger]))
  return { log, process }
})

describe("a process that stops", () => {
  test("says how many tasks run and how long they may go on, and what has become of those that did", function*() {
    const { log, process } = yield* logging()
    yield* add(process, Work, "short", 10_000)
    for (const task of [Work, Once]) yield* add(process, task, "long", 3_600_000)
    yield* Testing.settle
    const stopping = yield* Effect.forkChild(process.stop)
    yield* Testing.advance("29 seconds")
    assert.deepStrictEqual(log, ["Stopping: 3 tasks are running and may go on for 30s"])
    yield* Testing.advance("1 second")
    yield* Fiber.join(stopping)
    assert.deepStrictEqual(log.slice(1), ["2 tasks did not end in time: 1 went back to the queue, 1 was cancelled"])
  })

  test("does not count what only waits for its next attempt", function*() {
    const { log, process } = yield* logging()
    yield* add(process, Again, "waiting", 0, "refused")
    yield* Testing.settle
    yield* add(process, Work, "short", 10_000)
    yield* Testing.settle
    const stopping = yield* Effect.forkChild(process.stop)
    yield* Testing.advance("10 seconds")
    yield* Fiber.join(stopping)
    assert.deepStrictEqual(log, ["Stopping: 1 task is running and may go on for 30s"])
  })

  test("says no more if all of them end in time", function*() {
    const { log, process } = yield* logging({ configuration: { shutdownGrace: "1 minute" } })
    yield* add(process, Work, "short", 10_000)
    yield* Testing.settle
    const stopping = yield* Effect.forkChild(process.stop)
    yield* Testing.advance("1 minute")
    yield* Fiber.join(stopping)
    assert.deepStrictEqual(log, ["Stopping: 1 task is running and may go on for 1m"])
  })

  test("says nothing if nothing runs", function*() {
    const { log, process } = yield* logging()
    yield* add(process, Work, "short", 10_000)
    yield* Testing.advance("1 minute")
    yield* process.stop
    assert.deepStrictEqual(log, [])
  })
})
