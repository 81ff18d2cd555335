import { assert, describe, it } from "@effect/vitest"
import { Decision } from "brinjal"
import { plain, punctual } from "../../src/internal/decision/plain.ts"
import { weigh } from "../../src/internal/decision/weigh.ts"
import { arbitrary, play } from "./history.ts"

describe("the plain decision", () => {
  it.prop("says what the full one says", [arbitrary], ([history]) => {
    for (const { active, before, now, spec } of play(history)) {
      const decision = plain(spec, before, now, active.length)
      if (decision !== undefined) assert.deepStrictEqual(decision, weigh(spec, before, now, active))
    }
  }, { arbitrary: { runs: 500 } })

  it.prop("of one punctual occurrence is that it starts, and nothing else", [arbitrary], ([history]) => {
    for (const { active, before, now, spec } of play(history)) {
      const due = punctual(spec, before, now, active.length)
      const { interrupts, outcomes, starts, state, wakeAt } = weigh(spec, before, now, active)
      if (due === undefined) {
        const isPlain = plain(spec, before, now, active.length)
        assert.isTrue(isPlain === undefined || isPlain.starts.length === 0)
      } else {
        assert.deepStrictEqual(starts, [{ scheduledAt: due, covers: null }])
        assert.deepStrictEqual(outcomes.map(({ from, outcome, to }) => ({ from, outcome, to })), [
          { from: due, outcome: "Started", to: due }
        ])
        assert.deepStrictEqual({ ...state }, { ...before, lastDecided: due, runs: before.runs + 1 })
        assert.strictEqual(wakeAt, Decision.next(spec, due))
        assert.lengthOf(interrupts, 0)
      }
    }
  }, { arbitrary: { runs: 500 } })

  it("is what almost every decision of a punctual process is", () => {
    const timetable = { next: (at: number) => at - at % 60_000 + 60_000 } as Parameters<typeof plain>[0]["timetable"]
    const spec: Parameters<typeof plain>[0] = {
      timetable,
      seed: "",
      maxConcurrent: 1,
      overlap: "skip",
      bufferLimit: 1,
      onMissed: "latest",
      catchUpWindow: 0,
      catchUpMax: 1,
      startDeadline: null,
      jitter: 0,
      startAt: null,
      endAt: null,
      maxRuns: null
    }
    const state = { enabled: true, lastDecided: 0, buffer: [], runs: 0 }
    assert.strictEqual(plain(spec, state, 60_005, 0)?.starts[0]?.scheduledAt, 60_000)
    assert.strictEqual(plain(spec, state, 59_999, 0)?.wakeAt, 60_000)
    assert.isUndefined(plain(spec, state, 60_005, 1), "no room")
    assert.isUndefined(plain(spec, state, 120_000, 0), "two are due")
  })
})
