import { assert, describe, it } from "@effect/vitest"
import { Calendar, Explanation, Recurrence, type RecurringTaskSpec, Task, TaskManager } from "brinjal"
import { Testing } from "brinjal/testing"
import { type DateTime, Effect, Exit, Layer, Option, Result, Schema } from "effect"

/** A task that takes so many minutes. */
class Work extends Task.make("Work", { payload: { minutes: Schema.Finite } }) {}

/** One that holds a pool for half an hour. */
class Other extends Task.make("Other", { semaphore: "single" }) {}

const Handlers = Layer.mergeAll(
  Work.toLayer(({ minutes }) => Effect.sleep(minutes * 60_000)),
  Other.toLayer(() => Effect.sleep("30 minutes"))
)

const layer = Handlers.pipe(Layer.provideMerge(Testing.layer))

interface Options extends RecurringTaskSpec.Behaviour {
  readonly minutes?: number
  readonly recurrence?: Recurrence.Recurrence
  readonly pool?: string
  readonly runImmediately?: boolean
}

/** Adds the recurring task `report`, which is due every hour and takes 20 minutes unless told otherwise. */
const add = ({ minutes = 20, pool = "default", recurrence = Recurrence.cronUnsafe("0 * * * *"), ...rest }: Options) =>
  TaskManager.TaskManager.use((manager) =>
    manager.addRecurringTask({
      ...rest,
      recurrence,
      recurringId: "report",
      templateTask: { ...Work.template({ minutes }), semaphore: pool }
    })
  )

const explain = (instant: DateTime.DateTime.Input) =>
  TaskManager.TaskManager.use((manager) => manager.explain("report", instant))

const numbered = (text: string) => {
  const ids = new Map<string, string>()
  return text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, (id) => {
    if (!ids.has(id)) ids.set(id, `#${ids.size + 1}`)
    return ids.get(id)!
  })
}

/** The explanation for a time of the first of January, as text with `#1`, `#2`, ... for ids. */
const told = (time: string) =>
  Effect.map(explain(`2026-01-01T${time}Z`), (explanation) => numbered(Explanation.format(explanation)).split("\n"))

/** The first line and the last: the verdict, and what led to it. */
const verdict = (time: string) => Effect.map(told(time), (lines) => [lines[0], lines.at(-1)])

describe("explain, from the record", () => {
  it.effect("tells of a run from the calendar to its end", () =>
    Effect.gen(function*() {
      yield* add({})
      yield* Testing.advance("90 minutes")
      assert.deepStrictEqual(yield* told("01:00:00"), [
        "report at 2026-01-01T01:00:00Z: Started",
        "  ✓ calendar  It is an occurrence: every hour, UTC.",
        "  ✓ pause     It was enabled.",
        "  ✓ limit     No limit of runs was reached.",
        "  ✓ deadline  It was decided at 2026-01-01T01:00:00Z, in time.",
        "  ✓ overlap   There was room for it.",
        "  ✓ pool      Task #1 had its place in the pool \"default\" at once, and ended as done at 2026-01-01T01:20:00Z."
      ])
      const { source, taskId } = yield* explain("2026-01-01T01:00:00Z")
      assert.strictEqual(source, "record")
      assert.isTrue(Option.isSome(taskId))
    }).pipe(Effect.provide(layer)))

  it.effect("names the runs that left no room", () =>
    Effect.gen(function*() {
      yield* add({ minutes: 90 })
      yield* Testing.advance("150 minutes")
      assert.deepStrictEqual(yield* told("02:00:00"), [
        "report at 2026-01-01T02:00:00Z: Skipped (Overlap)",
        "  ✓ calendar  It is an occurrence: every hour, UTC.",
        "  ✓ pause     It was enabled.",
        "  ✓ limit     No limit of runs was reached.",
        "  ✓ deadline  It was decided at 2026-01-01T02:00:00Z, in time.",
        "  ✗ overlap   There was no room: task #1 was active."
      ])
      const { blockedBy, reason } = yield* explain("2026-01-01T02:00:00Z")
      assert.strictEqual(reason, "Overlap")
      assert.deepStrictEqual(blockedBy, Option.toArray((yield* explain("2026-01-01T01:00:00Z")).taskId))
    }).pipe(Effect.provide(layer)))

  it.effect("tells what waits, what found the buffer full, and what came too late", () =>
    Effect.gen(function*() {
      yield* add({ minutes: 200, overlap: "bufferOne", startDeadline: "110 minutes" })
      yield* Testing.advance("190 minutes")
      assert.deepStrictEqual(yield* told("02:00:00"), [
        "report at 2026-01-01T02:00:00Z: Waiting",
        "  ✓ calendar  It is an occurrence: every hour, UTC.",
        "  ✓ pause     It is enabled.",
        "  ✓ limit     It has runs left.",
        "  ✓ deadline  It must start before 2026-01-01T03:50:00.001Z.",
        "  ✗ overlap   It waits for room: 1 of 1 are active (task #1)."
      ])
      assert.deepStrictEqual(yield* verdict("03:00:00"), [
        "report at 2026-01-01T03:00:00Z: Skipped (BufferFull)",
        "  ✗ overlap   There was no room to wait either: task #1 was active, and no more could wait."
      ])
      yield* Testing.advance("1 hour")
      assert.deepStrictEqual(yield* verdict("02:00:00"), [
        "report at 2026-01-01T02:00:00Z: Skipped (DeadlinePassed)",
        "  ✗ deadline  Its turn came at 2026-01-01T03:50:00.001Z, 1h 50m 1ms after its nominal time: too late for " +
        "startDeadline."
      ])
    }).pipe(Effect.provide(layer)))

  it.effect("tells when a later one took its place", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      yield* add({ jitter: "40 minutes" })
      yield* Testing.advance("61 minutes")
      yield* manager.updateRecurringTask("report", { jitter: 0 })
      assert.deepStrictEqual(yield* verdict("01:00:00"), [
        "report at 2026-01-01T01:00:00Z: Skipped (Superseded)",
        "  ✗ overlap   While it waited, a later occurrence or a change of the recurring task took its place."
      ])
    }).pipe(Effect.provide(layer)))

  it.effect("tells of pauses and limits", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      yield* add({ maxRuns: 1 })
      yield* manager.disableRecurringTask("report", { note: "Maintenance." })
      yield* Testing.advance("90 minutes")
      yield* manager.enableRecurringTask("report")
      yield* Testing.advance("2 hours")
      yield* manager.updateRecurringTask("report", {})
      assert.deepStrictEqual(yield* verdict("01:00:00"), [
        "report at 2026-01-01T01:00:00Z: Skipped (Disabled)",
        "  ✗ pause     It was disabled."
      ])
      assert.deepStrictEqual(yield* verdict("03:00:00"), [
        "report at 2026-01-01T03:00:00Z: Skipped (LimitReached)",
        "  ✗ limit     maxRuns was reached."
      ])
    }).pipe(Effect.provide(layer)))

  it.effect("tells of missed ones, and of the run that stands for them", () =>
    Effect.gen(function*() {
      yield* add({ catchUp: { window: "150 minutes" } })
      yield* Testing.advance("10 minutes")
      yield* Testing.stepClock("5 hours")
      yield* Testing.advance("1 minute")
      assert.deepStrictEqual(yield* verdict("02:00:00"), [
        "report at 2026-01-01T02:00:00Z: Missed (TooOld)",
        "  ✗ catchUp   No process was there for it before 2026-01-01T05:10:30Z, and by then it was older than catchUp.window."
      ])
      assert.deepStrictEqual(yield* verdict("03:00:00"), [
        "report at 2026-01-01T03:00:00Z: Absorbed",
        "  ✗ catchUp   It was missed, and left to the occurrence of 2026-01-01T05:00:00Z, which was started for both."
      ])
      assert.include(
        yield* told("05:00:00"),
        "  ✓ catchUp   It also stands for 2 missed occurrences, from 2026-01-01T03:00:00Z to 2026-01-01T04:00:00Z."
      )
      assert.include(
        yield* told("05:00:00"),
        "  ✓ deadline  It was decided at 2026-01-01T05:10:30Z, 10m 30s after its nominal time."
      )
    }).pipe(Effect.provide(layer)))

  it.effect("does not promise a run for missed ones that there never was", () =>
    Effect.gen(function*() {
      yield* add({ minutes: 500 })
      yield* Testing.advance("70 minutes")
      yield* Testing.stepClock("3 hours")
      assert.deepStrictEqual(yield* verdict("02:00:00"), [
        "report at 2026-01-01T02:00:00Z: WouldBeAbsorbed",
        "  ✗ catchUp   It is missed, and left to the occurrence of 2026-01-01T04:00:00Z, which would not start either " +
        "(Overlap)."
      ])
      yield* Testing.advance("1 minute")
      assert.deepStrictEqual(yield* verdict("02:00:00"), [
        "report at 2026-01-01T02:00:00Z: Absorbed",
        "  ✗ catchUp   It was missed, and left to the occurrence of 2026-01-01T04:00:00Z, which was not started either: " +
        "Skipped (Overlap)."
      ])
    }).pipe(Effect.provide(layer)))

  for (
    const [onMissed, catchUp, why] of [
      ["none", {}, "NotCaughtUp): and onMissed was \"none\"."],
      ["all", { max: 1 }, "TooMany): and more were missed than catchUp.max allows."]
    ] as const
  ) {
    it.effect(`tells why ${onMissed} did not catch up`, () =>
      Effect.gen(function*() {
        yield* add({ onMissed, catchUp })
        yield* Testing.advance("10 minutes")
        yield* Testing.stepClock("5 hours")
        yield* Testing.advance("1 minute")
        const [first, last] = yield* verdict("02:00:00")
        const [reason, detail] = why.split(": ")
        assert.strictEqual(first, `report at 2026-01-01T02:00:00Z: Missed (${reason}`)
        assert.strictEqual(last, `  ✗ catchUp   No process was there for it before 2026-01-01T05:10:30Z, ${detail}`)
      }).pipe(Effect.provide(layer)))
  }

  it.effect("tells of runs that a person or the registration brought", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      yield* add({ runImmediately: true })
      yield* Testing.advance("30 minutes")
      yield* manager.triggerRecurringTask("report")
      yield* Testing.settle
      assert.deepStrictEqual(yield* told("00:00:00"), [
        "report at 2026-01-01T00:00:00Z: Started",
        "  ✓ calendar  It is not on the schedule: it ran once when it was added.",
        "  ✓ pool      Task #1 had its place in the pool \"default\" at once, and ended as done at 2026-01-01T00:20:00Z."
      ])
      assert.deepStrictEqual(yield* told("00:30:00"), [
        "report at 2026-01-01T00:30:00Z: Started",
        "  ✓ calendar  It is not on the schedule: it was triggered by hand.",
        "  ✓ pool      Task #1 had its place in the pool \"default\" at once, and is running."
      ])
    }).pipe(Effect.provide(layer)))

  it.effect("tells of a run that was triggered later for an occurrence that did not run", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      yield* add({})
      yield* manager.disableRecurringTask("report", { note: "moving house" })
      yield* Testing.advance("90 minutes")
      yield* manager.enableRecurringTask("report")
      yield* manager.triggerRecurringTask("report", { scheduledAt: "2026-01-01T01:00:00Z" })
      assert.deepStrictEqual(yield* told("01:00:00"), [
        "report at 2026-01-01T01:00:00Z: Skipped (Disabled)",
        "  ✓ calendar  It is an occurrence: every hour, UTC.",
        "  ✗ pause     It was disabled. Task #1 was triggered for it by hand, at 2026-01-01T01:30:00Z."
      ])
      yield* Testing.advance("20 minutes")
      yield* manager.triggerRecurringTask("report", { scheduledAt: "2026-01-01T00:00:00Z" })
      assert.strictEqual(
        (yield* told("00:00:00"))[1],
        "  ✓ calendar  It is an occurrence: every hour, UTC. It was triggered by hand, at 2026-01-01T01:50:00Z."
      )
    }).pipe(Effect.provide(layer)))

  it.effect("tells how long a run waited for its pool, or why it never began", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      yield* add({ pool: "single", startDeadline: "25 minutes" })
      yield* Testing.advance("50 minutes")
      yield* manager.addTaskToQueue(Other.template({}))
      yield* Testing.advance("15 minutes")
      assert.deepStrictEqual(
        (yield* told("01:00:00")).at(-1),
        "  ✗ pool      Task #1 waits for a place in the pool \"single\"."
      )
      yield* Testing.advance("45 minutes")
      assert.deepStrictEqual(
        (yield* told("01:00:00")).at(-1),
        "  ✓ pool      Task #1 had its place in the pool \"single\" after 20m, and ended as done at 2026-01-01T01:40:00Z."
      )
      yield* manager.addTaskToQueue(Other.template({}))
      yield* Testing.advance("9 minutes")
      yield* manager.addTaskToQueue(Other.template({}))
      yield* Testing.advance("1 hour")
      assert.deepStrictEqual(yield* verdict("02:00:00"), [
        "report at 2026-01-01T02:00:00Z: Started",
        "  ✗ pool      Task #1 never began: Task \"#1\" was cancelled: DeadlinePassed."
      ])
    }).pipe(Effect.provide(layer)))

  it.effect("says what retention has dropped", () =>
    Effect.gen(function*() {
      yield* add({})
      yield* Testing.advance("6 hours")
      assert.deepStrictEqual(yield* told("02:00:00"), [
        "report at 2026-01-01T02:00:00Z: Unknown",
        "  ✓ calendar  It is an occurrence: every hour, UTC.",
        "  ✗ record    Its outcome is no longer kept: only the newest 3 are, back to 2026-01-01T04:00:00Z."
      ])
      assert.include(
        (yield* told("04:00:00")).at(-1),
        "ended as done; nothing more of it is kept."
      )
    }).pipe(Effect.provide(Layer.provide(layer, TaskManager.configure({ retention: { outcomes: 3, done: 1 } })))))

  it.effect("knows that nothing is due before a task is added, and what was due before it was changed", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      yield* Testing.advance("30 minutes")
      yield* add({})
      yield* Testing.advance("1 hour")
      yield* manager.updateRecurringTask("report", { cronExpression: "15 * * * *" })
      assert.deepStrictEqual(yield* told("00:00:00"), [
        "report at 2026-01-01T00:00:00Z: NotDue",
        "  ✗ calendar  Nothing was due then: the recurring task was added at 2026-01-01T00:30:00Z."
      ])
      assert.strictEqual(
        (yield* told("01:00:00"))[1],
        "  ✓ calendar  It was an occurrence when it was decided, at 2026-01-01T01:00:00Z; it no longer is."
      )
      assert.deepStrictEqual(yield* verdict("01:15:00"), [
        "report at 2026-01-01T01:15:00Z: Unknown",
        "  ✗ record    No outcome is recorded for it: the recurring task was changed at 2026-01-01T01:30:00Z."
      ])
    }).pipe(Effect.provide(layer)))

  it.effect("does not take an instant within a range for an occurrence of it", () =>
    Effect.gen(function*() {
      yield* add({ onMissed: "none" })
      yield* Testing.advance("10 minutes")
      yield* Testing.stepClock("5 hours")
      yield* Testing.advance("1 minute")
      assert.strictEqual((yield* explain("2026-01-01T03:00:00Z")).verdict, "Missed")
      assert.strictEqual((yield* explain("2026-01-01T03:30:00Z")).verdict, "NotDue")
    }).pipe(Effect.provide(layer)))
})

describe("explain, where there is no occurrence", () => {
  it.effect("names the neighbours", () =>
    Effect.gen(function*() {
      yield* add({ recurrence: Recurrence.cronUnsafe("0 9 1 1 *") })
      assert.deepStrictEqual(yield* told("09:30:00"), [
        "report at 2026-01-01T09:30:00Z: NotDue",
        "  ✗ calendar  There is no occurrence then. The previous one is at 2026-01-01T09:00:00Z, the next one is at " +
        "2027-01-01T09:00:00Z."
      ])
    }).pipe(Effect.provide(layer)))

  it.effect("says what leaves it out", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      const hourly = Recurrence.every("1 hour")
      const hours = Calendar.hours("08:00", "18:00")
      const office = Result.getOrThrow(Recurrence.within(hourly, hours))
      yield* add({ recurrence: office, endAt: "2026-01-01T12:00:00Z" })
      const why = Effect.fnUntraced(function*(time: string) {
        return (yield* told(time))[1]!.replace(/\. .*/, "")
      })
      assert.strictEqual(
        yield* why("03:00:00"),
        `  ✗ calendar  There is no occurrence then, because it is outside of this calendar: ${Calendar.describe(hours)}`
      )
      assert.strictEqual(
        yield* why("13:00:00"),
        "  ✗ calendar  There is no occurrence then, because endAt is 2026-01-01T12:00:00Z"
      )
      const lunch = Recurrence.cronUnsafe("0 12 * * *")
      yield* manager.updateRecurringTask("report", { recurrence: Result.getOrThrow(Recurrence.except(office, lunch)) })
      assert.strictEqual(
        yield* why("12:00:00"),
        `  ✗ calendar  There is no occurrence then, because it is excluded: ${Recurrence.describe(lunch)}`
      )
      assert.strictEqual(yield* why("12:30:00"), "  ✗ calendar  There is no occurrence then")
    }).pipe(Effect.provide(layer)))

  it.effect("knows when a jittered one is due", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      yield* add({ jitter: "30 minutes" })
      const [, calendar] = yield* told("01:00:00")
      const due = /until (.*)\.$/.exec(calendar!)![1]!
      assert.strictEqual(
        (yield* told(due.slice(11, -1)))[1]!.slice(0, 100),
        "  ✗ calendar  There is no occurrence then. It is when the occurrence of 2026-01-01T01:00:00Z is due "
      )
      yield* Testing.advanceTo(due)
      assert.strictEqual((yield* manager.getRecurringTask("report")).totalRuns, 1)
    }).pipe(Effect.provide(layer)))
})

describe("explain, by trying the decision", () => {
  it.effect("tells what would happen, and what it cannot know", () =>
    Effect.gen(function*() {
      yield* add({ maxRuns: 10 })
      assert.deepStrictEqual(yield* told("05:00:00"), [
        "report at 2026-01-01T05:00:00Z: WouldStart",
        "  ✓ calendar  It is an occurrence: every hour, UTC.",
        "  ✓ pause     It is enabled.",
        "  ✓ limit     It has started 0 of 10 times, and 4 occurrences come before this one.",
        "  ✓ deadline  There is no startDeadline.",
        "  ✓ overlap   There is room: 0 instances active now, and maxConcurrent is 1. What the 4 occurrences before it " +
        "leave behind is unknown.",
        "  ✓ pool      0 of 3 places in the pool \"default\" are taken now."
      ])
      assert.strictEqual((yield* explain("2026-01-01T05:00:00Z")).source, "decision")
      assert.deepStrictEqual(yield* verdict("11:00:00"), [
        "report at 2026-01-01T11:00:00Z: WouldBeSkipped (LimitReached)",
        "  ✗ limit     It has started 0 of 10 times, and 10 occurrences come before this one: if they start, no run is " +
        "left for it."
      ])
    }).pipe(Effect.provide(layer)))

  const busy = "Task #1 is active now, and maxConcurrent is 1. If that is so then,"
  for (
    const [overlap, verdict, detail] of [
      ["skip", "WouldBeSkipped (Overlap)", `✗ overlap   ${busy} it would be skipped; with room, it would start.`],
      ["bufferOne", "WouldWait", `✗ overlap   ${busy} it would wait for room.`],
      ["cancelOther", "WouldWait", `✗ overlap   ${busy} task #1 would be cancelled, and it would start after that.`],
      ["terminateOther", "WouldStart", `✓ overlap   ${busy} task #1 would be ended, and it would start at once.`],
      ["allowAll", "WouldStart", "✓ overlap   It starts however many are active."]
    ] as const
  ) {
    it.effect(`tells what ${overlap} would do`, () =>
      Effect.gen(function*() {
        yield* add({ overlap, minutes: 90 })
        yield* Testing.advance("90 minutes")
        const lines = yield* told("02:00:00")
        assert.strictEqual(lines[0], `report at 2026-01-01T02:00:00Z: ${verdict}`)
        assert.include(lines, `  ${detail}`)
        yield* Testing.advance("30 minutes")
        const then = yield* explain("2026-01-01T02:00:00Z")
        const expected = {
          "WouldBeSkipped (Overlap)": ["Skipped"],
          "WouldWait": ["Waiting", "Started"],
          "WouldStart": ["Started"]
        }
        assert.include(expected[verdict], then.verdict)
      }).pipe(Effect.provide(layer)))
  }

  it.effect("tells of a full buffer", () =>
    Effect.gen(function*() {
      yield* add({ overlap: "bufferOne", minutes: 300 })
      yield* Testing.advance("150 minutes")
      assert.deepStrictEqual(yield* verdict("03:00:00"), [
        "report at 2026-01-01T03:00:00Z: WouldBeSkipped (BufferFull)",
        `  ✗ overlap   ${busy} it would be skipped, since no more may wait; with room, it would start.`
      ])
    }).pipe(Effect.provide(layer)))

  it.effect("tells when jitter runs into the deadline", () =>
    Effect.gen(function*() {
      yield* add({ jitter: "59 minutes", startDeadline: "1 second" })
      const [first, last] = yield* verdict("01:00:00")
      assert.strictEqual(first, "report at 2026-01-01T01:00:00Z: WouldBeSkipped (DeadlinePassed)")
      assert.match(last!, /^  ✗ deadline  It is due .* after its nominal time, later than its startDeadline of 1s\.$/)
    }).pipe(Effect.provide(layer)))

  it.effect("tells of a pause, before and while it lasts", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      yield* add({})
      yield* manager.disableRecurringTask("report", { note: "Maintenance." })
      assert.deepStrictEqual(yield* verdict("01:00:00"), [
        "report at 2026-01-01T01:00:00Z: WouldBeSkipped (Disabled)",
        "  ✗ pause     It is disabled (Maintenance). Enabled before then, it would run again."
      ])
      yield* Testing.advance("90 minutes")
      assert.deepStrictEqual(yield* verdict("01:00:00"), [
        "report at 2026-01-01T01:00:00Z: WouldBeSkipped (Disabled)",
        "  ✗ pause     It is disabled (Maintenance). What is due meanwhile is skipped."
      ])
    }).pipe(Effect.provide(layer)))

  it.effect("tells of missed ones before they are decided", () =>
    Effect.gen(function*() {
      yield* add({ catchUp: { window: "150 minutes" } })
      yield* Testing.advance("10 minutes")
      yield* Testing.stepClock("5 hours")
      assert.deepStrictEqual(yield* verdict("02:00:00"), [
        "report at 2026-01-01T02:00:00Z: WouldBeMissed (TooOld)",
        "  ✗ catchUp   It is missed, and older than catchUp.window."
      ])
      assert.strictEqual((yield* explain("2026-01-01T04:00:00Z")).verdict, "WouldBeAbsorbed")
      assert.strictEqual((yield* explain("2026-01-01T05:00:00Z")).verdict, "WouldStart")
    }).pipe(Effect.provide(layer)))

  it.effect("tells that the pool is full now", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      yield* add({ pool: "single" })
      yield* Effect.replicateEffect(manager.addTaskToQueue(Other.template({})), 3)
      assert.deepStrictEqual(yield* verdict("01:00:00"), [
        "report at 2026-01-01T01:00:00Z: WouldStart",
        "  ✗ pool      1 of 1 places in the pool \"single\" are taken now, and 2 wait: it would queue for one."
      ])
    }).pipe(Effect.provide(layer)))
})

describe("explain, asked wrongly", () => {
  it.effect("fails for an id that there is not", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(explain("2026-01-01T00:00:00Z")))._tag, "RecurringTaskNotFound")
    }).pipe(Effect.provide(layer)))

  it.effect("dies of an instant that is none", () =>
    Effect.gen(function*() {
      yield* add({})
      const exit = yield* Effect.exit(explain("tomorrow"))
      assert.isTrue(Exit.hasDies(exit))
    }).pipe(Effect.provide(layer)))

  it.effect("can be sent", () =>
    Effect.gen(function*() {
      yield* add({})
      yield* Testing.advance("90 minutes")
      const codec = Schema.toCodecJson(Explanation.Explanation)
      for (const time of ["01:00", "01:10", "02:00"]) {
        const explanation = yield* explain(`2026-01-01T${time}:00Z`)
        const json = JSON.parse(JSON.stringify(yield* Schema.encodeEffect(codec)(explanation)))
        assert.deepStrictEqual(yield* Schema.decodeUnknownEffect(codec)(json), explanation)
      }
    }).pipe(Effect.provide(layer)))
})
