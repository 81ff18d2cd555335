/**
 * The timeline of recurring tasks: what ran, and what will run.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { changesBetween } from "../../../../internal/recurrence/zone.ts"
import type { OccurrenceOutcome, RecurringTaskInfo } from "../../../../RecurringTaskInfo.ts"
import type { RecurringTaskNotFound, TaskStoreError } from "../../../../TaskError.ts"
import type { TaskManager } from "../../../../TaskManager.ts"
import { ValidationFailed } from "../../../TaskApiError.ts"
import type { Timeline, TimelineQuery } from "../schedules.ts"
import * as outcomes from "./outcomes.ts"

type Manager = typeof TaskManager.Service
type Span = Pick<typeof TimelineQuery.Type, "from" | "to">
type Row = typeof Timeline.Type["rows"][number]
type ClockChange = typeof Timeline.Type["clockChanges"][number]

/** How long a timeline may be, in days, and how many outcomes and upcoming occurrences a row may have. */
const longest = 32
const most = 500

const isWithin = ({ from, to }: Span, outcome: OccurrenceOutcome): boolean =>
  outcome.to.epochMilliseconds >= from.epochMilliseconds && outcome.from.epochMilliseconds <= to.epochMilliseconds

const past = Effect.fnUntraced(function*(manager: Manager, { recurringId }: RecurringTaskInfo, span: Span) {
  const found: Array<OccurrenceOutcome> = []
  yield* outcomes.forEach(manager, recurringId, (outcome) => {
    if (isWithin(span, outcome)) found.push(outcome)
    // an occurrence is decided when it is due or later, so one that was decided before `from` is not in the span
    return found.length < most && outcome.decidedAt.epochMilliseconds >= span.from.epochMilliseconds
  })
  return found.reverse()
})

/** How many of the next occurrences are computed at first: few have more of them in a span. */
const few = 20

/** The next occurrences: at least all that are in the span, or one more than is shown. */
const upcoming = Effect.fnUntraced(function*(manager: Manager, { recurringId }: RecurringTaskInfo, { to }: Span) {
  const first = yield* manager.upcoming(recurringId, { count: few })
  const isAll = first.length < few || first.at(-1)!.epochMilliseconds > to.epochMilliseconds
  return isAll ? first : yield* manager.upcoming(recurringId, { count: most + 1 })
})

const row = Effect.fnUntraced(function*(
  manager: Manager,
  info: RecurringTaskInfo,
  span: Span
): Effect.fn.Return<Row, RecurringTaskNotFound | TaskStoreError> {
  const end = span.to.epochMilliseconds
  const next = yield* upcoming(manager, info, span)
  const shown = next.filter(({ epochMilliseconds: at }) => at >= span.from.epochMilliseconds && at <= end)
  return {
    recurringId: info.recurringId,
    taskType: info.templateTask.taskType,
    heading: info.templateTask.heading,
    enabled: info.enabled,
    timezone: info.timezone,
    past: yield* past(manager, info, span),
    upcoming: shown.slice(0, most),
    truncated: next.length > most && next.at(-1)!.epochMilliseconds <= end
  }
})

/** A recurring task that is removed meanwhile is left out. */
const rowIfThere = (
  manager: Manager,
  info: RecurringTaskInfo,
  span: Span
): Effect.Effect<Option.Option<Row>, TaskStoreError> =>
  row(manager, info, span).pipe(
    Effect.map((row) => Option.some(row)),
    Effect.catchTag("RecurringTaskNotFound", () => Effect.succeed(Option.none<Row>()))
  )

/** The clock changes of the zones in which something recurs, zone by zone. */
const clockChanges = (infos: ReadonlyArray<RecurringTaskInfo>, { from, to }: Span): ReadonlyArray<ClockChange> => {
  const timezones = new Set(infos.flatMap((info) => Option.toArray(info.timezone)))
  return Array.from(timezones).flatMap((timezone) =>
    changesBetween(timezone, from.epochMilliseconds, to.epochMilliseconds).map(({ after, at, before }) => ({
      timezone,
      at: DateTime.makeUnsafe(at),
      offsetBefore: before,
      offsetAfter: after
    }))
  )
}

const check = ({ from, to }: Span): Effect.Effect<void, ValidationFailed> => {
  const wrong = (message: string) => Effect.fail(new ValidationFailed({ issues: [{ path: ["query", "to"], message }] }))
  const days = (to.epochMilliseconds - from.epochMilliseconds) / 86_400_000
  if (days < 0) return wrong("It is before from.")
  return days > longest ? wrong(`It is more than ${longest} days after from.`) : Effect.void
}

const includes = (text: string) => (info: RecurringTaskInfo): boolean =>
  [
    info.recurringId,
    Option.getOrElse(info.templateTask.heading, () => ""),
    info.templateTask.taskType,
    Option.getOrElse(info.cronExpression, () => "")
  ].some((part) => part.toLowerCase().includes(text))

/** The timeline of one recurring task, or of those that a text finds, or of all. */
export const timeline = Effect.fnUntraced(function*(
  manager: Manager,
  { from, limit, q, recurringId, to }: typeof TimelineQuery.Type
): Effect.fn.Return<typeof Timeline.Type, RecurringTaskNotFound | TaskStoreError | ValidationFailed> {
  yield* check({ from, to })
  const all = recurringId === undefined
    ? yield* manager.getAllRecurringTasks
    : [yield* manager.getRecurringTask(recurringId)]
  const found = q === undefined ? all : all.filter(includes(q.toLowerCase()))
  const infos = found.slice(0, limit)
  const rows = yield* Effect.forEach(infos, (info) => rowIfThere(manager, info, { from, to }), { concurrency: 8 })
  return {
    from,
    to,
    now: DateTime.makeUnsafe(yield* Clock.currentTimeMillis),
    total: found.length,
    rows: rows.flatMap(Option.toArray),
    clockChanges: clockChanges(infos, { from, to })
  }
})
