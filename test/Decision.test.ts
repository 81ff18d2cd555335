import { assert, describe, it } from "@effect/vitest"
import { Decision } from "brinjal"
import { Arbitrary, Effect } from "effect"
import { arbitrary, type History, occurrencesOf, play, type Step } from "./decision/history.ts"
import { judge, type Verdict } from "./decision/oracle.ts"
import { countingAtMost, every, instants, type Listed } from "./decision/timetables.ts"

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const midnight = Date.UTC(2026, 0, 1)

/** An instant of the day, as `HH:MM` or `HH:MM:SS`. */
const at = (time: string) => Date.parse(`2026-01-01T${time.length === 5 ? `${time}:00` : time}Z`)

const clock = (instant: number) => new Date(instant).toISOString().slice(11, 19).replace(/:00$/, "")

interface Situation extends Partial<Omit<Decision.Spec, "timetable">>, Partial<Decision.State> {
  readonly occurrences?: Listed
  readonly now: number
  readonly active?: ReadonlyArray<string>
}

const situation = ({ now: _, active: _active, occurrences = every(hour), ...given }: Situation): {
  readonly spec: Decision.Spec
  readonly state: Decision.State
} => ({
  spec: {
    timetable: occurrences.timetable,
    seed: "example",
    maxConcurrent: 1,
    overlap: "skip",
    bufferLimit: 2,
    onMissed: "latest",
    catchUpWindow: 24 * hour,
    catchUpMax: 100,
    startDeadline: null,
    jitter: 0,
    startAt: null,
    endAt: null,
    maxRuns: null,
    ...given
  },
  state: { enabled: true, lastDecided: midnight, buffer: [], runs: 0, ...given }
})

/** What comes of a situation. */
const decide = (given: Situation): Decision.Decision => {
  const { spec, state } = situation(given)
  return Decision.decide(spec, state, given.now, given.active ?? [])
}

const span = ({ count, from, to }: Decision.Range) =>
  count === 1 ? clock(from) : `${clock(from)}-${clock(to)} (${count})`

/** The outcomes of a decision as lines such as `02:00 Skipped Overlap`. */
const told = (decision: Decision.Decision): ReadonlyArray<string> =>
  decision.outcomes.map((outcome) =>
    [span(outcome), outcome.outcome, outcome.reason, outcome.into === null ? "" : `into ${clock(outcome.into)}`]
      .filter((word) => word !== "")
      .join(" ")
  )

const waiting = (decision: Decision.Decision) => decision.state.buffer.map((one) => clock(one.scheduledAt))

const waits = (time: string, caughtUp = false): Decision.Buffered => ({ scheduledAt: at(time), covers: null, caughtUp })

const coversOf = (decision: Decision.Decision) =>
  decision.starts.map(({ covers, scheduledAt }) =>
    `${clock(scheduledAt)} for ${covers === null ? "itself" : span(covers)}`
  )

describe("Decision.decide", () => {
  describe("an occurrence whose time has come", () => {
    it("starts, and the next one is awaited", () => {
      const decision = decide({ now: at("01:00") })
      assert.deepStrictEqual(told(decision), ["01:00 Started"])
      assert.deepStrictEqual(decision.starts, [{ scheduledAt: at("01:00"), covers: null }])
      assert.strictEqual(decision.wakeAt, at("02:00"))
      assert.strictEqual(decision.state.lastDecided, at("01:00"))
    })

    it("waits for its time when the timer ends early, and starts once", () => {
      const early = decide({ now: at("01:00") - 1 })
      assert.deepStrictEqual(told(early), [])
      assert.strictEqual(early.wakeAt, at("01:00"))
      const decided = decide({ now: at("01:00"), ...early.state })
      assert.deepStrictEqual(told(decide({ now: at("01:00") + 1, ...decided.state })), [])
    })

    it("starts under its nominal time when the timer ends late", () => {
      const decision = decide({ now: at("01:00") + 5 })
      assert.deepStrictEqual(told(decision), ["01:00 Started"])
      assert.strictEqual(decision.wakeAt, at("02:00"))
    })

    it("is never repeated when the clock is set back", () => {
      const decision = decide({ now: at("01:30"), lastDecided: at("06:00") })
      assert.deepStrictEqual(told(decision), [])
      assert.strictEqual(decision.wakeAt, at("07:00"))
    })
  })

  describe("overlap", () => {
    const full = (given: Omit<Situation, "now">) => decide({ now: at("01:00"), active: ["a"], ...given })

    it("skip: leaves the running one alone and names it", () => {
      const decision = full({ overlap: "skip" })
      assert.deepStrictEqual(told(decision), ["01:00 Skipped Overlap"])
      assert.deepStrictEqual(decision.outcomes[0]?.blockedBy, ["a"])
      assert.deepStrictEqual(decision.interrupts, [])
    })

    it("skip: applies at the limit, not below it", () => {
      assert.deepStrictEqual(told(full({ overlap: "skip", maxConcurrent: 2 })), ["01:00 Started"])
    })

    it("bufferOne: lets one wait, and starts it under its own time when there is room", () => {
      const first = full({ overlap: "bufferOne" })
      assert.deepStrictEqual([told(first), waiting(first)], [[], ["01:00"]])
      const second = decide({ now: at("02:00"), active: ["a"], overlap: "bufferOne", ...first.state })
      assert.deepStrictEqual([told(second), waiting(second)], [["02:00 Skipped BufferFull"], ["01:00"]])
      assert.deepStrictEqual(second.outcomes[0]?.blockedBy, ["a"])
      const room = decide({ now: at("02:10"), overlap: "bufferOne", ...second.state })
      assert.deepStrictEqual([told(room), waiting(room)], [["01:00 Started"], []])
    })

    it("bufferAll: lets as many wait as its limit allows, first come first served", () => {
      const given = { overlap: "bufferAll", active: ["a"], bufferLimit: 2, buffer: [waits("01:00")] } as const
      const second = decide({ ...given, now: at("02:00"), lastDecided: at("01:00") })
      assert.deepStrictEqual([told(second), waiting(second)], [[], ["01:00", "02:00"]])
      const third = decide({ ...given, now: at("03:00"), ...second.state })
      assert.deepStrictEqual([told(third), waiting(third)], [["03:00 Skipped BufferFull"], ["01:00", "02:00"]])
      const room = decide({ ...given, now: at("03:10"), active: [], ...third.state })
      assert.deepStrictEqual([told(room), waiting(room)], [["01:00 Started"], ["02:00"]])
    })

    it("cancelOther: interrupts the oldest and waits for its end", () => {
      const decision = full({ overlap: "cancelOther", maxConcurrent: 2, active: ["a", "b"] })
      assert.deepStrictEqual(decision.interrupts, [{ taskId: "a", terminate: false }])
      assert.deepStrictEqual([told(decision), waiting(decision)], [[], ["01:00"]])
      const ended = decide({
        now: at("01:00:03"),
        overlap: "cancelOther",
        maxConcurrent: 2,
        active: ["b"],
        ...decision.state
      })
      assert.deepStrictEqual([told(ended), waiting(ended)], [["01:00 Started"], []])
    })

    it("cancelOther: a later one takes the place of one that still waits", () => {
      const decision = decide({
        now: at("02:00"),
        overlap: "cancelOther",
        active: ["a"],
        lastDecided: at("01:00"),
        buffer: [waits("01:00")]
      })
      assert.deepStrictEqual([told(decision), waiting(decision)], [["01:00 Skipped Superseded"], ["02:00"]])
    })

    it("terminateOther: takes the slot of the oldest at once", () => {
      const decision = full({ overlap: "terminateOther", maxConcurrent: 2, active: ["a", "b"] })
      assert.deepStrictEqual(decision.interrupts, [{ taskId: "a", terminate: true }])
      assert.deepStrictEqual(told(decision), ["01:00 Started"])
    })

    it("terminateOther: a missed one that still waits is superseded, so that the order of time holds", () => {
      const given = { overlap: "terminateOther", onMissed: "all" } as const
      const first = decide({
        ...given,
        now: at("03:00"),
        lastDecided: at("01:00"),
        active: ["a"],
        buffer: [waits("01:00", true)]
      })
      assert.deepStrictEqual([told(first), waiting(first)], [
        ["02:00 Skipped Superseded", "01:00 Skipped Superseded", "03:00 Started"].sort(),
        []
      ])
    })

    it("allowAll: starts beside the others", () => {
      const decision = full({ overlap: "allowAll" })
      assert.deepStrictEqual(told(decision), ["01:00 Started"])
      assert.deepStrictEqual(decision.interrupts, [])
    })
  })

  describe("missed occurrences, when nothing is due now", () => {
    const asleep = (given: Omit<Situation, "now">) => decide({ now: at("04:20"), ...given })

    it("none: all stay missed", () => {
      assert.deepStrictEqual(told(asleep({ onMissed: "none" })), ["01:00-04:00 (4) Missed NotCaughtUp"])
    })

    it("latest: the newest runs and stands for the others", () => {
      const decision = asleep({ onMissed: "latest" })
      assert.deepStrictEqual(told(decision), ["01:00-03:00 (3) Absorbed into 04:00", "04:00 Started"])
      assert.deepStrictEqual(coversOf(decision), ["04:00 for 01:00-03:00 (3)"])
    })

    it("earliest: the oldest runs and stands for the others", () => {
      const decision = asleep({ onMissed: "earliest" })
      assert.sameMembers([...told(decision)], ["01:00 Started", "02:00-04:00 (3) Absorbed into 01:00"])
      assert.deepStrictEqual(coversOf(decision), ["01:00 for 02:00-04:00 (3)"])
    })

    it("all: they run one after another, oldest first, whatever the overlap policy is", () => {
      const first = asleep({ onMissed: "all" })
      assert.deepStrictEqual([told(first), waiting(first)], [["01:00 Started"], ["02:00", "03:00", "04:00"]])
      const ended = decide({ now: at("04:30"), onMissed: "all", ...first.state })
      assert.deepStrictEqual([told(ended), waiting(ended)], [["02:00 Started"], ["03:00", "04:00"]])
    })

    it("all: only the newest as many as the maximum says", () => {
      const decision = asleep({ onMissed: "all", catchUpMax: 2, maxConcurrent: 5 })
      assert.deepStrictEqual(told(decision), ["01:00-02:00 (2) Missed TooMany", "03:00 Started", "04:00 Started"])
    })

    it("none of them runs when it is older than the window", () => {
      for (const onMissed of ["latest", "earliest", "all"] as const) {
        const decision = asleep({ onMissed, catchUpWindow: 2 * hour, maxConcurrent: 5 })
        assert.include(told(decision), "01:00-02:00 (2) Missed TooOld", onMissed)
      }
    })

    it("one that is as old as the window runs, one that is a millisecond older does not", () => {
      const window = 3 * hour + 20 * minute
      const within = told(asleep({ onMissed: "earliest", catchUpWindow: window }))
      const without = told(asleep({ onMissed: "earliest", catchUpWindow: window - 1 }))
      assert.include(within, "01:00 Started")
      assert.includeMembers([...without], ["01:00 Missed TooOld", "02:00 Started"])
    })

    it("a year of them is a range, not a list", () => {
      const decision = decide({
        now: midnight + 365 * 24 * hour,
        occurrences: every(second),
        onMissed: "none",
        lastDecided: midnight
      })
      assert.deepStrictEqual(decision.outcomes.map(({ count, outcome }) => ({ count, outcome })), [
        { count: 365 * 24 * 3_600 - 1, outcome: "Missed" },
        { count: 1, outcome: "Started" }
      ])
    })
  })

  describe("missed occurrences, when one is due now", () => {
    it("latest and earliest: the one that is due stands for them, so that nothing runs twice in a row", () => {
      for (const onMissed of ["latest", "earliest"] as const) {
        const decision = decide({ now: at("04:00"), onMissed })
        assert.deepStrictEqual(told(decision), ["01:00-03:00 (3) Absorbed into 04:00", "04:00 Started"], onMissed)
        assert.deepStrictEqual(coversOf(decision), ["04:00 for 01:00-03:00 (3)"])
      }
    })

    it("an occurrence is a missed one after 30 seconds", () => {
      const late = (by: number) => told(decide({ now: at("01:00") + by, onMissed: "none" }))
      assert.deepStrictEqual(late(30 * second), ["01:00 Started"])
      assert.deepStrictEqual(late(30 * second + 1), ["01:00 Missed NotCaughtUp"])
    })

    it("or after half of the time until the next one, if that is less", () => {
      const late = (by: number) =>
        told(
          decide({
            now: at("01:00") + by,
            onMissed: "none",
            occurrences: every(second),
            lastDecided: at("01:00") - second
          })
        )
      assert.deepStrictEqual(late(500), ["01:00 Started"])
      assert.deepStrictEqual(late(501), ["01:00 Missed NotCaughtUp"])
    })
  })

  describe("a timetable that has to be counted step by step", () => {
    it("is decided in parts, each at once and without a gap", () => {
      const occurrences = countingAtMost(10, every(second))
      let state: Decision.State = { enabled: true, lastDecided: midnight, buffer: [], runs: 0 }
      const now = midnight + 60 * second
      let total = 0
      for (let rounds = 0; rounds < 20 && state.lastDecided < now; rounds++) {
        const decision = decide({ ...state, occurrences, now, onMissed: "none" })
        assert.isAbove(decision.state.lastDecided, state.lastDecided)
        total += decision.outcomes.reduce((sum, { count }) => sum + count, 0)
        if (decision.state.lastDecided < now) assert.isAtMost(decision.wakeAt ?? Infinity, now)
        state = decision.state
      }
      assert.strictEqual(total, 60)
      assert.strictEqual(state.runs, 1)
    })

    it("is skipped in parts, each for its reason", () => {
      const occurrences = countingAtMost(7, every(second))
      const decision = decide({ occurrences, now: midnight + 10 * second, enabled: false })
      assert.deepStrictEqual(told(decision), ["00:00:01-00:00:07 (7) Skipped Disabled"])
    })
  })

  describe("limits", () => {
    it("startDeadline: skips what would start too late, also while it waits for room", () => {
      const given = { overlap: "bufferOne", startDeadline: 10 * minute } as const
      assert.deepStrictEqual(told(decide({ ...given, now: at("01:10") })), ["01:00 Started"])
      assert.deepStrictEqual(told(decide({ ...given, now: at("01:10") + 1 })), ["01:00 Skipped DeadlinePassed"])
      const waiting = decide({ ...given, now: at("01:00"), active: ["a"] })
      assert.strictEqual(waiting.wakeAt, at("01:10") + 1)
      assert.deepStrictEqual(told(decide({ ...given, now: at("01:10") + 1, active: ["a"], ...waiting.state })), [
        "01:00 Skipped DeadlinePassed"
      ])
    })

    it("what is skipped for another reason than the lack of room names nobody", () => {
      const { outcomes } = decide({ startDeadline: 0, now: at("01:00") + 1, active: ["a"], maxConcurrent: 2 })
      assert.deepStrictEqual(outcomes.map(({ blockedBy, reason }) => ({ blockedBy, reason })), [
        { blockedBy: [], reason: "DeadlinePassed" }
      ])
    })

    it("startAt and endAt are included, and nothing is awaited after the end", () => {
      const given = { startAt: at("02:00"), endAt: at("03:00") }
      assert.strictEqual(decide({ ...given, now: at("00:30") }).wakeAt, at("02:00"))
      assert.deepStrictEqual(told(decide({ ...given, now: at("02:00") })), ["02:00 Started"])
      const last = decide({ ...given, now: at("03:00"), lastDecided: at("02:00") })
      assert.deepStrictEqual(told(last), ["03:00 Started"])
      assert.isTrue(last.exhausted)
      assert.isUndefined(last.wakeAt)
    })

    it("startAt and endAt are to the millisecond, in both directions", () => {
      const bounds = { startAt: at("02:00"), endAt: at("03:00") }
      const { spec } = situation({ ...bounds, occurrences: every(1), now: midnight })
      assert.strictEqual(Decision.next(spec, midnight), at("02:00"))
      assert.strictEqual(Decision.prev(spec, at("04:00")), at("03:00"))
      assert.isUndefined(Decision.next(spec, at("03:00")))
      assert.strictEqual(Decision.prev(spec, at("02:00") + 1), at("02:00"))
      assert.isUndefined(Decision.prev(spec, at("02:00")))
    })

    it("maxRuns: counts starts only, and is the end", () => {
      const last = decide({ now: at("01:00"), maxRuns: 3, runs: 2 })
      assert.deepStrictEqual([told(last), last.exhausted], [["01:00 Started"], true])
      const skipped = decide({ now: at("01:00"), maxRuns: 3, runs: 2, active: ["a"] })
      assert.deepStrictEqual([skipped.state.runs, skipped.exhausted], [2, false])
    })

    it("a timetable that has ended is exhausted only when nothing waits any more", () => {
      const given = { occurrences: instants([at("01:00")]), now: at("01:00"), overlap: "bufferOne" } as const
      assert.isFalse(decide({ ...given, active: ["a"] }).exhausted)
      assert.isTrue(decide(given).exhausted)
    })

    it("disabled: nothing starts and nothing is awaited; what was due is told", () => {
      const decision = decide({ now: at("03:20"), enabled: false, buffer: [waits("01:00")], lastDecided: at("01:00") })
      assert.sameMembers([...told(decision)], ["01:00 Skipped Disabled", "02:00-03:00 (2) Skipped Disabled"])
      assert.isUndefined(decision.wakeAt)
      assert.isFalse(decision.exhausted)
    })
  })

  describe("jitter", () => {
    const spread = (seed: string, nominal: number) =>
      Decision.effective(situation({ now: 0, seed, jitter: 10 * minute }).spec, nominal) - nominal

    it("is the same for the same occurrence, and differs from one to the next", () => {
      const of = (seed: string) => [1, 2, 3, 4].map((n) => spread(seed, midnight + n * hour))
      assert.deepStrictEqual(of("a"), of("a"))
      assert.notDeepEqual(of("a"), of("b"))
      assert.isAbove(new Set(of("a")).size, 1)
    })

    it("fills its bound evenly and never exceeds it", () => {
      const all = Array.from({ length: 2_000 }, (_, n) => spread("a", midnight + n * hour))
      assert.isAtLeast(Math.min(...all), 0)
      assert.isBelow(Math.max(...all), 10 * minute)
      const mean = all.reduce((sum, one) => sum + one, 0) / all.length
      assert.approximately(mean, 5 * minute, 15 * second)
    })

    it("never reaches the next occurrence", () => {
      const { spec } = situation({ now: 0, jitter: hour, occurrences: every(minute) })
      for (let n = 0; n < 500; n++) {
        assert.isBelow(Decision.effective(spec, midnight + n * minute), midnight + (n + 1) * minute)
      }
    })

    it("moves the start and not the nominal time", () => {
      const given = { jitter: 10 * minute, lastDecided: midnight } as const
      const due = Decision.effective(situation({ now: 0, ...given }).spec, at("01:00"))
      assert.strictEqual(decide({ ...given, now: at("01:00") - 1 }).wakeAt, due)
      assert.deepStrictEqual(told(decide({ ...given, now: due - 1 })), [])
      assert.deepStrictEqual(told(decide({ ...given, now: due })), ["01:00 Started"])
    })

    describe("when it brings two occurrences together", () => {
      const given = { occurrences: every(minute), jitter: minute, maxConcurrent: 3 }
      const due = (nominal: number) => Decision.effective(situation({ ...given, now: 0 }).spec, nominal)
      const all = Array.from({ length: 1_000 }, (_, n) => midnight + hour + n * minute)
      const first = all.find((nominal) => due(nominal + minute) - due(nominal) < 10 * second)!
      const following = first + minute
      const now = due(following)

      it("both start, and only the first stands for those that were missed before", () => {
        assert.deepStrictEqual(decide({ ...given, now, lastDecided: first - 3 * minute }).starts, [
          { scheduledAt: first, covers: { from: first - 2 * minute, to: first - minute, count: 2 } },
          { scheduledAt: following, covers: null }
        ])
      })

      it("the first does not start again with the other one", () => {
        const { starts } = decide({ ...given, now, lastDecided: first })
        assert.deepStrictEqual(starts, [{ scheduledAt: following, covers: null }])
      })
    })
  })
})

const verdictsOf = (step: Step, outcomes = step.decision.outcomes): ReadonlyArray<Verdict> =>
  outcomes.flatMap(({ from, into, outcome, reason, to, count }) => {
    const all = occurrencesOf(step, { from, to, count })
    assert.strictEqual(all.length, count, `${outcome} from ${from} to ${to}`)
    return all.map((at) => ({ at, outcome, reason, into }))
  })

const byTime = (a: { readonly at: number }, b: { readonly at: number }) => a.at - b.at

const check = (property: (steps: ReadonlyArray<Step>) => void) => (history: [History]) => property(play(history[0]))

const many = { arbitrary: { runs: 1_000, maxShrinks: 2_000 } }

describe("Decision.decide over random histories", () => {
  it.prop(
    "agrees with the rules told one occurrence at a time",
    [arbitrary],
    check((steps) => {
      for (const step of steps) {
        const { active, before, decision, listed, now, spec } = step
        const expected = judge(spec, listed, before, now, active)
        assert.deepStrictEqual({
          verdicts: [...verdictsOf(step)].sort(byTime),
          starts: decision.starts.map((start) => start.scheduledAt),
          waiting: decision.state.buffer.map((one) => one.scheduledAt),
          interrupted: new Set(decision.interrupts.map(({ taskId }) => taskId)),
          lastDecided: decision.state.lastDecided,
          wakeAt: decision.wakeAt
        }, { ...expected, verdicts: [...expected.verdicts].sort(byTime) })
      }
    }),
    many
  )

  it.prop(
    "gives each occurrence exactly one outcome",
    [arbitrary],
    check((steps) => {
      const verdicts = new Map<number, Verdict>()
      const expected = new Set<number>()
      for (const [i, step] of steps.entries()) {
        for (const verdict of [...verdictsOf(step), ...verdictsOf(step, step.superseded)]) {
          assert.isFalse(verdicts.has(verdict.at), `${verdict.at} has two outcomes`)
          verdicts.set(verdict.at, verdict)
        }
        const { before, decision: { state }, now, spec } = step
        const isUpdated = step.spec !== (steps[i + 1] ?? step).spec
        const decided = isUpdated ? Math.max(state.lastDecided, now) : state.lastDecided
        const from = Math.max(before.lastDecided + 1, spec.startAt ?? -Infinity)
        const to = Math.min(decided, spec.endAt ?? Infinity)
        for (const at of step.listed.instants(from, to)) expected.add(at)
      }
      const waiting = steps.at(-1)!.decision.state.buffer.map((one) => one.scheduledAt)
      const accounted = [...verdicts.keys(), ...waiting].sort((a, b) => a - b)
      assert.deepStrictEqual(accounted, [...expected].sort((a, b) => a - b))
    }),
    many
  )

  it.prop(
    "starts nothing twice, nothing out of order, and nothing before its time",
    [arbitrary],
    check((steps) => {
      let last = -Infinity
      for (const { before, decision, now, spec } of steps) {
        for (const { scheduledAt } of decision.starts) {
          assert.isAbove(scheduledAt, last)
          last = scheduledAt
        }
        // one that waited for room was due when it began to wait, whatever the clock did since then
        for (const { scheduledAt } of [...decision.starts, ...decision.state.buffer]) {
          if (scheduledAt > before.lastDecided) assert.isAtMost(Decision.effective(spec, scheduledAt), now)
        }
      }
    }),
    many
  )

  it.prop(
    "never exceeds maxConcurrent, unless all are allowed, and never maxRuns",
    [arbitrary],
    check((steps) => {
      let runs = 0
      for (const { active, before, decision, spec } of steps) {
        const ended = decision.interrupts.filter(({ terminate }) => terminate).length
        const running = active.length - ended + decision.starts.length
        if (decision.starts.length > 0 && spec.overlap !== "allowAll") assert.isAtMost(running, spec.maxConcurrent)
        runs += decision.starts.length
        assert.strictEqual(decision.state.runs, runs)
        if (spec.maxRuns !== null) assert.isAtMost(runs, Math.max(before.runs, spec.maxRuns))
      }
    }),
    many
  )

  it.prop(
    "wakes later than now, or has got on",
    [arbitrary],
    check((steps) => {
      for (const { before, decision: { state, wakeAt }, now } of steps) {
        assert.isAtLeast(state.lastDecided, before.lastDecided)
        if (wakeAt !== undefined && wakeAt <= now) assert.isAbove(state.lastDecided, before.lastDecided)
      }
    }),
    many
  )

  it.prop(
    "changes nothing when it is asked again at once, or too early",
    [arbitrary],
    check((steps) => {
      for (const { active, decision, now, spec } of steps) {
        const terminated = decision.interrupts.filter(({ terminate }) => terminate).map(({ taskId }) => taskId)
        const then = [
          ...active.filter((taskId) => !terminated.includes(taskId)),
          ...decision.starts.map((start) => String(start.scheduledAt))
        ]
        const early = Math.max(now, (decision.wakeAt ?? now) - 1)
        for (const again of [now, early].map((at) => Decision.decide(spec, decision.state, at, then))) {
          assert.deepStrictEqual(again.starts, [])
          assert.deepStrictEqual(again.outcomes, [])
          assert.deepStrictEqual(again.state, decision.state)
          assert.strictEqual(again.wakeAt, decision.wakeAt)
        }
      }
    }),
    many
  )

  it.prop(
    "lets a run stand for exactly the missed ones that it absorbed",
    [arbitrary],
    check((steps) => {
      const absorbed = new Map<number, Array<number>>()
      const others = new Set<number>()
      const covered = new Map<number, number>()
      for (const step of steps) {
        for (const { at, into, outcome } of verdictsOf(step)) {
          if (outcome === "Absorbed") absorbed.set(into!, [...(absorbed.get(into!) ?? []), at])
          else others.add(at)
        }
        for (const { covers, scheduledAt } of step.decision.starts) covered.set(scheduledAt, covers?.count ?? 0)
        for (const { scheduledAt } of step.decision.state.buffer) others.add(scheduledAt)
      }
      for (const [into, ats] of absorbed) {
        assert.isTrue(others.has(into), `${into} has no outcome of its own`)
        assert.strictEqual(covered.get(into) ?? ats.length, ats.length)
      }
    }),
    many
  )

  it.effect("and the histories reach everything that can happen", () =>
    Effect.gen(function*() {
      const histories = yield* Arbitrary.sampleEffect(arbitrary, { count: 300, seed: 1, size: 60 })
      const seen = new Set(
        histories.flatMap(play).flatMap(({ decision }) => [
          ...decision.outcomes.map(({ outcome, reason }) => `${outcome} ${reason}`),
          ...decision.interrupts.map(({ terminate }) => terminate ? "terminate" : "cancel")
        ])
      )
      assert.sameMembers([...seen], [
        "Started ",
        "Absorbed ",
        "Skipped Overlap",
        "Skipped BufferFull",
        "Skipped Superseded",
        "Skipped DeadlinePassed",
        "Skipped LimitReached",
        "Skipped Disabled",
        "Missed NotCaughtUp",
        "Missed TooOld",
        "Missed TooMany",
        "terminate",
        "cancel"
      ])
    }))
})
