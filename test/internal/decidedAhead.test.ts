/**
 * Which recurring tasks are decided beyond the present, and what is said of them.
 */
import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"
import { info } from "../../src/internal/configs.ts"
import { decidedAhead, sentence } from "../../src/internal/decidedAhead.ts"
import * as Recurrence from "../../src/Recurrence.ts"
import type { ConfigRecord } from "../../src/TaskStore.ts"
import { config, noCounters, t0 } from "../../src/testing/store/records.ts"

const minutes = (many: number) => t0 + many * 60_000
const days = (many: number) => minutes(many * 1_440)

/** A recurring task that is due every hour unless the test says otherwise. */
const hourly = (lastDecided: number, spec: Partial<ConfigRecord["spec"]> = {}, more: Partial<ConfigRecord> = {}) => {
  const record = config("hourly", { lastDecided, ...more })
  const recurrence = Recurrence.every("1 hour")
  return info({ record: { ...record, spec: { ...record.spec, recurrence, ...spec } }, counters: noCounters })
}

const isAhead = (one: ReturnType<typeof hourly>) => decidedAhead([one], DateTime.makeUnsafe(t0)).length > 0

describe("decidedAhead", () => {
  it("finds what a process has decided whose clock was ahead", () => {
    for (const at of [minutes(60), minutes(90), days(370)]) assert.isTrue(isAhead(hourly(at)), String(at))
  })

  it("finds nothing in order", () => {
    for (const at of [days(-1), t0, minutes(59)]) assert.isFalse(isAhead(hourly(at)), String(at))
  })

  it("finds nothing in what clocks decide that differ by no more than they may", () => {
    const recurrence = Recurrence.every("1 second")
    assert.isFalse(isAhead(hourly(minutes(1), { recurrence })))
    assert.isTrue(isAhead(hourly(minutes(1) + 1000, { recurrence })))
  })

  it("does not blame a clock for what rests, has not begun, or is over", () => {
    assert.isFalse(isAhead(hourly(days(370), {}, { enabled: false })))
    assert.isFalse(isAhead(hourly(days(370), { maxRuns: 3 }, { runs: 3 })))
    assert.isFalse(isAhead(hourly(t0, { startAt: days(7) })))
    assert.isFalse(isAhead(hourly(t0, { endAt: days(-7) })))
  })

  it("knows the bounds of a recurring task", () => {
    assert.isFalse(isAhead(hourly(days(370), { startAt: days(371) })))
    assert.isTrue(isAhead(hourly(days(370), { startAt: days(7) })))
    assert.isTrue(isAhead(hourly(days(370), { endAt: days(7) })))
    assert.isTrue(isAhead(hourly(days(370), { maxRuns: 3 }, { runs: 2 })))
  })

  it("names the first, with their next runs, and what to do", () => {
    const [one, never] = [hourly(days(370)), hourly(days(370), { endAt: days(7) })]
    assert.strictEqual(
      sentence([one, never, one, one, one, one, one]),
      "A process whose clock was ahead has decided occurrences that are not due yet, so that these recurring tasks " +
        "start nothing before their next run: \"hourly\" (2027-01-06T01:00:00Z), \"hourly\" (never), " +
        "\"hourly\" (2027-01-06T01:00:00Z), \"hourly\" (2027-01-06T01:00:00Z), \"hourly\" (2027-01-06T01:00:00Z), " +
        "and 2 more. When all clocks are right, remove them and add them again: what a program declares is added when " +
        "it starts. Their history is lost."
    )
  })
})
