/**
 * What is heard of recurring tasks that a process with a wrong clock has decided for all, and how they start again.
 */
import { assert, describe } from "@effect/vitest"
import { TaskStore } from "brinjal"
import { Testing } from "brinjal/testing"
import { Effect, Logger } from "effect"
import { config, keepAll, t0 } from "../../src/testing/store/records.ts"
import { addHourly, start, test } from "./support.ts"

/** What all processes of a test log. */
const log = () => {
  const lines: Array<string> = []
  const logger = Logger.make<unknown, void>(({ logLevel, message }) => void lines.push(`${logLevel} ${message}`))
  return { lines, within: Effect.provide(Logger.layer([logger])) }
}

const called = (name: string) => start(name, { configuration: { name } })

/** As a process leaves it whose clock was 370 days ahead. */
const leaveDecided = TaskStore.TaskStore.use((store) =>
  store.insertConfig(config("hourly", { lastDecided: t0 + 370 * 86_400_000 }), [], [], keepAll)
)

describe("what a process has decided whose clock was ahead", () => {
  test("is warned of by every other process, once", function*() {
    const { lines, within } = log()
    yield* leaveDecided
    // a dead process with a lease for long, which would be the one that looks
    yield* TaskStore.TaskStore.use((store) =>
      store.heartbeat({ owner: "0/dead", now: t0, leaseUntil: t0 + 370 * 86_400_000, taskTypes: [] })
    )
    yield* within(called("a"))
    yield* within(called("b"))
    yield* Testing.advance("4 minutes")
    const warnings = () => lines.filter((line) => line.includes("has decided occurrences that are not due yet"))
    assert.lengthOf(warnings(), 0)
    yield* Testing.advance("2 hours")
    assert.lengthOf(warnings(), 2)
    assert.include(warnings()[0], "before their next run: \"hourly\" (2027-01-06T00:01:00Z). When all clocks are right")
  })

  test("starts again when it is removed and added", function*() {
    const { lines, within } = log()
    yield* leaveDecided
    const a = yield* within(called("a"))
    yield* within(called("b"))
    yield* Testing.advance("1 minute")
    yield* a.manager.removeRecurringTask("hourly")
    yield* addHourly(a)
    yield* Testing.advance("3 hours")
    const outcomes = yield* a.manager.outcomes("hourly")
    assert.deepStrictEqual(outcomes.map(({ outcome }) => outcome), ["Started", "Started", "Started"])
    assert.deepStrictEqual(lines, [])
  })
})
