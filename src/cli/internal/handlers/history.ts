/**
 * `brinjal logs` and `explain`: what happened, and why.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Explained, OutcomePage } from "../../../http/internal/v1/recurring.ts"
import { Task } from "../../../http/internal/v1/tasks.ts"
import { Client, type Server, withServer } from "../Client.ts"
import { fail } from "../failure.ts"
import * as format from "../format.ts"
import { Screen } from "../Screen.ts"
import * as table from "../table.ts"
import * as views from "../views.ts"
import * as When from "../when.ts"

/** The flags and arguments. */
export interface Input extends Server {
  readonly id: string
  readonly json: boolean
}

/** Which outcomes to print. */
export interface LogsInput extends Input {
  readonly outcome: Option.Option<views.Outcome["outcome"]>
  readonly limit: number
}

const encodeOutcomes = Schema.encodeEffect(Schema.toCodecJson(OutcomePage))
const encodeTask = Schema.encodeEffect(Schema.toCodecJson(Task))
const encodeExplained = Schema.encodeEffect(Schema.toCodecJson(Explained))

const outcomes = Effect.fnUntraced(function*(input: LogsInput) {
  const screen = yield* Screen
  const client = yield* Client
  const page = yield* client.recurring.outcomes({
    params: { recurring_id: input.id },
    query: { limit: input.limit, ...Option.isSome(input.outcome) && { outcome: input.outcome.value } }
  })
  if (input.json) return yield* screen.json(yield* encodeOutcomes(page))
  if (page.items.length === 0) return yield* screen.hint("Nothing of that kind has happened yet.")
  yield* screen.table(views.outcomeColumns, page.items.toReversed().map(views.outcomeRow))
  if (page.next !== null) yield* screen.hint("There are earlier ones: raise --limit.")
})

const line = (name: string, value: Option.Option<table.Cell>): ReadonlyArray<table.Row> =>
  Option.match(value, { onNone: () => [], onSome: (text) => [[name, text]] })

/** When a task was due or, for people, also how far away that still is. */
const due = (task: views.Task, now: DateTime.Utc): ReadonlyArray<table.Row> =>
  Option.match(views.startsAt(task, now), {
    onNone: () => line("due", Option.map(task.scheduledAt, format.iso)),
    onSome: (at) => [["due", { text: format.appointment(at, now), plain: format.iso(at) }]]
  })

const detailsOf = (task: views.Task, now: DateTime.Utc): ReadonlyArray<table.Row> => [
  ["id", task.taskId],
  ["task", task.taskType],
  ["status", views.status(task.status)],
  ...line("parent", task.parentId),
  ["attempt", String(task.attempt)],
  ...line("heading", task.heading),
  ...line("body", task.body),
  ["payload", JSON.stringify(task.payload)],
  ["made", format.iso(task.createdAt)],
  ...due(task, now),
  ...line("started", Option.map(task.startedAt, format.iso)),
  ...line("next attempt", Option.map(task.retryAt, format.iso)),
  ...line("ended", Option.map(task.completedAt, format.iso)),
  ...line("result", Option.fromUndefinedOr(views.result(task))),
  ...line("error", Option.map(task.error, ({ message, type }) => `${type}: ${message}`))
]

const details = Effect.fnUntraced(function*(task: views.Task, input: Input) {
  const screen = yield* Screen
  if (input.json) return yield* screen.json(yield* encodeTask(task))
  yield* screen.table([{ title: "field" }, { title: "value" }], detailsOf(task, yield* DateTime.now))
  const trace = Option.match(task.error, { onNone: () => "", onSome: ({ trace }) => trace })
  yield* screen.print(trace.split("\n").map(table.printable).join("\n").trim())
})

const found = (input: Input) =>
  Effect.flatMap(Client, (client) => client.tasks.get({ params: { task_id: input.id } })).pipe(
    Effect.catchTag(
      "TaskNotFound",
      () =>
        fail(
          `Neither a recurring task nor a task has the id "${input.id}". brinjal list and brinjal tasks show the ids.`
        )
    )
  )

/** Prints the outcomes of a recurring task, the newest last, or everything about one task. */
export const logs = (input: LogsInput) =>
  withServer(
    input,
    Effect.catchTag(
      outcomes(input),
      "RecurringTaskNotFound",
      () => Effect.flatMap(found(input), (task) => details(task, input))
    )
  )

/** Prints why a recurring task did or did not run at an instant, or will or will not. */
export const explain = (input: Input & { readonly at: string; readonly timezone: string }) =>
  withServer(
    input,
    Effect.gen(function*() {
      const screen = yield* Screen
      const client = yield* Client
      const at = yield* When.instant("--at", input.at, input.timezone)
      const explained = yield* client.recurring.explain({ params: { recurring_id: input.id }, query: { at } })
      yield* input.json ? screen.json(yield* encodeExplained(explained)) : screen.print(explained.text)
    })
  )
