/**
 * `brinjal watch`: follows what the server does. On a terminal, with progress bars of what runs; into a pipe, a line
 * per change; with `--json`, a line per event.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Event } from "../../../http/internal/v1/events.ts"
import * as address from "../address.ts"
import * as animation from "../animation.ts"
import * as bars from "../bars.ts"
import { type Server, withServer } from "../Client.ts"
import { endless } from "../Ending.ts"
import * as eventStream from "../eventStream.ts"
import * as format from "../format.ts"
import * as live from "../live.ts"
import { Screen } from "../Screen.ts"
import * as table from "../table.ts"
import * as views from "../views.ts"

/** The flags and arguments. */
export interface Input extends Server {
  readonly json: boolean
}

const ofTask = (task: views.Task, status: string) => [status, task.taskType, task.taskId, views.lastWord(task)]

/** News as the values of a line: what happened, to which type, its id, and a remark. */
const values = (news: live.News): ReadonlyArray<string> => {
  switch (news._tag) {
    case "Task":
      return ofTask(news.task, news.task.attempt > 1 && news.task.status === "running" ? "retrying" : news.task.status)
    case "Removed":
      return ofTask(news.task, "removed")
    case "Switched": {
      const { enabled, note, recurringId, taskType } = news.recurring
      return [enabled ? "enabled" : "disabled", taskType, recurringId, note]
    }
    case "Lost":
      return ["lost", "", "", news.count === undefined ? "some changes" : format.count(news.count, "change")]
  }
}

const painted = (news: live.News, now: DateTime.Utc, paint: bars.Paint): string => {
  const [what, type, id, word] = values(news).map(table.printable) as [string, string, string, string]
  const { text, tone } = news._tag === "Task"
    ? views.marked(news.task)
    : { text: `• ${type}`, tone: "warning" as const }
  return `${paint(format.iso(now).slice(11, 19), "quiet")} ${paint(text, tone)} ${
    paint(`${what} ${id}`, "quiet")
  } ${word}`
}

const plain = (news: live.News, now: DateTime.Utc): string => table.plain([], [[format.iso(now), ...values(news)]])

/** The lines that are redrawn all the time: counts, what runs, and what is next. */
const drawn = (known: live.Known, url: string, paint: bars.Paint): animation.Render => ({ columns, now, rows }) => {
  const tasks = [...known.tasks.values()]
  const running = tasks.filter(({ status }) => status === "running")
  const later = tasks.filter((task) => Option.isSome(views.startsAt(task, now))).length
  const queued = tasks.filter(({ status }) => status === "queued").length - later
  const width = columns - 1
  const counts = [
    `${running.length} running, ${queued} queued`,
    ...later > 0 ? [`${later} for later`] : [],
    format.count(known.recurring.size, "recurring task")
  ].join(", ")
  const next = bars.upcoming(known, { now, count: 3 })
  const room = Math.max(1, rows - 5)
  const bar = (task: views.Task) => bars.running(task, { now, width, paint })
  return [
    "",
    paint(table.fit(`${counts}  ${url}`, width), "quiet"),
    ...running.slice(0, room).map(bar),
    ...running.length > room ? [paint(`and ${running.length - room} more`, "quiet")] : [],
    ...next.length > 0 ? [paint(table.fit(table.printable(`next: ${next.join(", ")}`), width), "quiet")] : []
  ]
}

/** Whether it may help to connect again. */
const isLost = (error: unknown): boolean =>
  !Predicate.isTagged(error, "Unauthorized") && !Predicate.isTagged(error, "RoleRequired")

const encode = Schema.encodeEffect(Event)

const asLine = (event: live.Event) =>
  Effect.map(
    encode(event),
    ({ data, event, id }) => `{"event":"${event}","id":${JSON.stringify(id ?? null)},"data":${data}}`
  )

/** Reads the stream and, whenever the connection is lost, continues from the last event. */
const read = <E, R>(
  known: () => live.Known,
  take: (event: live.Event) => Effect.Effect<void, E, R>,
  lost: Effect.Effect<void>
) =>
  Effect.suspend(() => Stream.runForEach(eventStream.read(known().lastEventId), take)).pipe(
    Effect.catchIf((error) => known().complete && isLost(error), () => Effect.void),
    Effect.andThen(lost),
    Effect.andThen(Effect.sleep(eventStream.reconnectDelay)),
    Effect.forever
  )

/** Watches until it is stopped. */
export const watch = (input: Input) =>
  endless(withServer(
    input,
    Effect.scoped(Effect.gen(function*() {
      const screen = yield* Screen
      const url = address.shown(input.url)
      let known = live.nothing
      let isAway = false
      const print = input.json
        ? screen.print
        : yield* animation.make((options) => known.complete ? drawn(known, url, screen.paint)(options) : [])
      const report = Effect.fnUntraced(function*(news: live.News) {
        // people see from the count that tasks are queued
        if (screen.isTerminal && news._tag === "Task" && news.task.status === "queued") return
        const now = yield* DateTime.now
        yield* print(screen.isTerminal ? painted(news, now, screen.paint) : plain(news, now))
      })
      const take = Effect.fnUntraced(function*(event: live.Event) {
        isAway = false
        const [next, news] = live.step(known, event)
        known = next
        yield* input.json ? Effect.flatMap(asLine(event), print) : Effect.forEach(news, report, { discard: true })
      })
      const lost = Effect.suspend(() => {
        if (isAway || !screen.isTerminal) return Effect.void
        isAway = true
        return print(screen.paint(eventStream.lost(url), "warning"))
      })
      return yield* read(() => known, take, lost)
    }))
  ))
