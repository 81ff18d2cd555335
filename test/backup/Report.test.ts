import { assert, describe, it } from "@effect/vitest"
import { RecurringTaskInfo, Task, TaskEvent, type TaskInfo, TaskManager } from "brinjal"
import { Testing } from "brinjal/testing"
import { DateTime, Effect, Layer, Option, Terminal } from "effect"
import { TerminalCapabilities } from "effect/cli"
import { TestConsole } from "effect/testing"
import * as Report from "../../examples/backup/Report.ts"
import * as Screen from "../../examples/backup/Screen.ts"
import * as text from "../../examples/backup/text.ts"

const now = DateTime.makeUnsafe("2026-07-01T11:59:30Z")

const situation = { now, clock: text.clock("Europe/London"), since: now, isLive: false }

class Backup extends Task.make("Backup", { heading: "Archiving", body: "docs/a.txt" }) {}

/** Events as a manager publishes them, with some fields changed. */
const builders = Effect.gen(function*() {
  const manager = yield* TaskManager.TaskManager
  const templateTask = Backup.template({})
  yield* manager.addRecurringTask({ recurringId: "backup", cronExpression: "0 2 * * *", templateTask })
  const recurringTask = yield* manager.getRecurringTask("backup")
  const running = { status: "running", progress: 0, attempt: 1, parentId: Option.some("backup") } as const
  const info = yield* manager.getTask(yield* manager.addTaskToQueue(templateTask))
  return {
    task: (fields: Partial<TaskInfo.TaskInfo>) =>
      new TaskEvent.TaskUpdate({ sequence: 1, lost: 0, ...info, ...running, ...fields }),
    recurring: (fields: Partial<RecurringTaskInfo.RecurringTaskInfo>) =>
      new TaskEvent.RecurringTaskUpdate({
        sequence: 1,
        recurringTask: new RecurringTaskInfo.RecurringTaskInfo({ ...recurringTask, ...fields })
      })
  }
}).pipe(Effect.provide(Backup.toLayer(() => Effect.void).pipe(Layer.provideMerge(Testing.layerAt(now)))))

const tell = (events: ReadonlyArray<TaskEvent.TaskEvent>, isLive = false) => {
  let report = Report.empty
  const lines: Array<string> = []
  for (const event of events) {
    const [next, said] = Report.step(report, event, { ...situation, isLive })
    report = next
    lines.push(...said.map((line) => line.text))
  }
  return { report, lines }
}

describe("Report", () => {
  it.effect("says how a task starts, goes on and ends, and when the next one is", () =>
    Effect.gen(function*() {
      const { recurring, task } = yield* builders
      const { lines, report } = tell([
        recurring({}),
        task({ status: "queued" }),
        task({ progress: -1 }),
        task({ progress: 10 }),
        task({ progress: 55.5 }),
        task({ progress: 60 }),
        task({ progress: 80 }),
        task({ progress: 100 }),
        task({
          status: "done",
          progress: 100,
          heading: Option.some("Backed up 2 files"),
          body: Option.some("a.tar.gz")
        })
      ])
      assert.deepStrictEqual(lines, [
        "12:59:30 ▶ Backup started",
        "12:59:30 · Backup 55 %: Archiving",
        "12:59:30 · Backup 80 %: Archiving",
        "12:59:30 ✓ Backup: Backed up 2 files",
        "           a.tar.gz",
        "           next run Thu 2 Jul 03:00:00"
      ])
      assert.deepStrictEqual(report.ended, { done: 1, failed: 0, cancelled: 0 })
      assert.strictEqual(report.running.size, 0)
    }))

  it.effect("says when a task started that ended before anybody looked", () =>
    Effect.gen(function*() {
      const { task } = yield* builders
      const startedAt = Option.some(DateTime.subtract(now, { seconds: 2 }))
      const { lines } = tell([task({ status: "done", startedAt, completedAt: Option.some(now) })])
      assert.deepStrictEqual(lines.slice(0, 2), ["12:59:28 ▶ Backup started", "12:59:30 ✓ Backup: Archiving"])
    }))

  it.effect("leaves progress to the live lines where there are some", () =>
    Effect.gen(function*() {
      const { task } = yield* builders
      const { lines, report } = tell([task({ progress: -1 }), task({ progress: 50 })], true)
      assert.deepStrictEqual(lines, ["12:59:30 ▶ Backup started"])
      assert.deepStrictEqual(Report.live(report), [
        { text: "  Backup ████████████░░░░░░░░░░░░  50%  Archiving  docs/a.txt" }
      ])
    }))

  it.effect("says why a task failed and that it is tried again", () =>
    Effect.gen(function*() {
      const { task } = yield* builders
      const error = Option.some({ type: "DiskFull", message: "No space is left.", trace: "" })
      const { lines } = tell([
        task({}),
        task({ retryAt: Option.some(DateTime.add(now, { seconds: 1 })) }),
        task({ attempt: 2 }),
        task({ status: "failed", error, parentId: Option.none() })
      ])
      assert.deepStrictEqual(lines, [
        "12:59:30 ▶ Backup started",
        "12:59:30 ↻ Backup failed, attempt 2 at 12:59:31",
        "12:59:30 ✗ Backup failed",
        "           DiskFull: No space is left."
      ])
    }))

  it.effect("says that a task was interrupted, and what the program stops with", () =>
    Effect.gen(function*() {
      const { task } = yield* builders
      const { report } = tell([task({})])
      assert.strictEqual(
        Report.stopping(report, "5 seconds").text,
        "Stopping. Backup may take 5 seconds to finish before being interrupted."
      )
      const stopped = tell([task({}), task({ status: "cancelled" })])
      assert.strictEqual(stopped.lines[1], "12:59:30 ■ Backup was interrupted and is recorded as cancelled")
      const cutOff = tell([task({}), task({ status: "queued" })])
      assert.strictEqual(cutOff.lines[1], "12:59:30 ■ Backup was interrupted, and runs again at the next start")
      assert.strictEqual(Report.stopped(cutOff.report).text, "Stopped. 1 task: 0 done, 0 failed, 1 interrupted.")
      assert.strictEqual(Report.stopping(stopped.report, "5 seconds").text, "Stopping.")
      assert.strictEqual(Report.stopped(stopped.report).text, "Stopped. 1 task: 0 done, 0 failed, 1 interrupted.")
    }))

  it("says what is not kept when it stops while the store takes nothing", () => {
    assert.deepStrictEqual(Report.unwritten(Option.none(), situation), [])
    const [line] = Report.unwritten(Option.some(DateTime.subtract(now, { seconds: 20 })), situation)
    assert.strictEqual(
      line!.text,
      "Nothing could be kept since 12:59:10. Tasks whose end is not kept run again at the next start."
    )
  })

  it.effect("says that a recurring task was disabled, and why", () =>
    Effect.gen(function*() {
      const { recurring } = yield* builders
      const { lines } = tell([recurring({}), recurring({ enabled: false, note: "3 failures in a row" })])
      assert.deepStrictEqual(lines, ["12:59:30 ‖ backup is disabled: 3 failures in a row"])
    }))

  it.effect("lets no name steer the terminal", () =>
    Effect.gen(function*() {
      const { task } = yield* builders
      const body = Option.some("a\u001B[2J\n\u202Eb\u0007")
      const { lines, report } = tell([task({ body }), task({ status: "done", body })])
      assert.include(Report.live(tell([task({ body })]).report)[0]?.text, "a\\u001b[2J\\u000a\\u202eb\\u0007")
      assert.strictEqual(lines[2], "           a\\u001b[2J\\u000a\\u202eb\\u0007")
      assert.deepStrictEqual(report.ended.done, 1)
    }))
})

describe("text", () => {
  it("cuts text to the columns that it takes on a terminal", () => {
    assert.strictEqual(text.fit("plain", 5), "plain")
    assert.strictEqual(text.fit("plainly", 5), "plai…")
    assert.strictEqual(text.fit("文字文字", 5), "文字…")
    assert.strictEqual(text.fit("e\u0301e\u0301e\u0301", 2), "e\u0301…")
  })

  it("says sizes, counts and progress", () => {
    assert.deepStrictEqual([0, 999, 1_500, 2_000_000_000].map(text.size), ["0 B", "999 B", "1.5 kB", "2 GB"])
    assert.deepStrictEqual([0, 1, 1_204].map((n) => text.count(n, "file")), ["0 files", "1 file", "1,204 files"])
    assert.strictEqual(text.bar(-1), "░".repeat(24))
    assert.strictEqual(text.bar(25), "█".repeat(6) + "░".repeat(18))
    assert.strictEqual(text.bar(100), "█".repeat(24))
  })
})

describe("Screen", () => {
  const makeTerminal = (columns: number) => {
    const written: Array<string> = []
    const terminal = Terminal.make({
      columns: Effect.succeed(columns),
      rows: Effect.succeed(24),
      size: Effect.die("not read"),
      readInput: Effect.die("not read"),
      readLine: Effect.die("not read"),
      display: (text) => Effect.sync(() => void written.push(text))
    })
    return { written, layer: Layer.succeed(Terminal.Terminal, terminal) }
  }

  const run = (
    capabilities: { readonly canAnimate: boolean; readonly canColor: boolean },
    terminal: ReturnType<typeof makeTerminal>
  ) =>
    Effect.gen(function*() {
      const screen = yield* Screen.Screen
      yield* screen.print([{ text: "started" }], [{ text: "live one" }])
      yield* screen.print([], [{ text: "a live line that is too long for this terminal" }])
      yield* screen.print([{ text: "done", tone: "good" }], [])
      return screen.isLive
    }).pipe(
      Effect.provide(Screen.layer.pipe(
        Layer.provide(terminal.layer),
        Layer.provide(Layer.succeed(TerminalCapabilities.TerminalCapabilities, { ...capabilities, canPrompt: false }))
      ))
    )

  it.effect("draws the live lines again in place of the last ones", () =>
    Effect.gen(function*() {
      const terminal = makeTerminal(21)
      assert.isTrue(yield* run({ canAnimate: true, canColor: true }, terminal))
      assert.deepStrictEqual(terminal.written, [
        "\r\u001B[0Jstarted\nlive one\n",
        "\u001B[1A\r\u001B[0Ja live line that is…\n",
        "\u001B[1A\r\u001B[0J\u001B[32mdone\u001B[0m\n"
      ])
    }))

  it.effect("breaks lines that stay between words, under their beginning, and keeps long words whole", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(text.wrap("  kept in /a/very/long/path for now", 16), [
        "  kept in",
        "  /a/very/long/path",
        "  for now"
      ])
      assert.deepStrictEqual(text.wrap("backup    * * * *", 80), ["backup    * * * *"])
      assert.deepStrictEqual(text.wrap("", 80), [""])
    }))

  it.effect("uses no colour where none is wanted", () =>
    Effect.gen(function*() {
      const terminal = makeTerminal(80)
      yield* run({ canAnimate: true, canColor: false }, terminal)
      assert.strictEqual(terminal.written.at(-1), "\u001B[1A\r\u001B[0Jdone\n")
    }))

  it.effect("prints plain lines, and nothing live, where it is not a terminal", () =>
    Effect.gen(function*() {
      const terminal = makeTerminal(80)
      assert.isFalse(yield* run({ canAnimate: false, canColor: false }, terminal))
      assert.deepStrictEqual(yield* TestConsole.logLines, ["started", "done"])
      assert.deepStrictEqual(terminal.written, [])
    }).pipe(Effect.provide(TestConsole.layer)))
})
