/**
 * `brinjal list`, `tasks` and `types`: list what the server knows.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { RecurringTask } from "../../../http/internal/v1/recurring.ts"
import { TaskPage, TaskType } from "../../../http/internal/v1/tasks.ts"
import type { TaskStatus } from "../../../TaskInfo.ts"
import { Client, type Server, withServer } from "../Client.ts"
import { Screen } from "../Screen.ts"
import * as selection from "../selection.ts"
import * as views from "../views.ts"

/** The flags and arguments. */
export interface Input extends Server {
  readonly json: boolean
}

const encodeRecurring = Schema.encodeEffect(Schema.toCodecJson(Schema.Array(RecurringTask)))

/** Prints the recurring tasks. */
export const list = (input: Input) =>
  withServer(
    input,
    Effect.gen(function*() {
      const screen = yield* Screen
      const client = yield* Client
      const found = yield* client.recurring.list()
      if (input.json) return yield* screen.json(yield* encodeRecurring(found))
      if (found.length === 0) return yield* screen.hint("There is no recurring task yet.")
      const now = yield* DateTime.now
      yield* screen.table(views.recurringColumns, found.map((one) => views.recurringRow(one, now)))
    })
  )

/** Which tasks to list. */
export interface TasksInput extends Input, selection.Conditions {
  readonly status: Option.Option<TaskStatus>
  readonly limit: number
}

const encodePage = Schema.encodeEffect(Schema.toCodecJson(TaskPage))

/** Prints tasks, the newest first. */
export const tasks = (input: TasksInput) =>
  withServer(
    input,
    Effect.gen(function*() {
      const screen = yield* Screen
      const client = yield* Client
      const page = yield* client.tasks.list({
        query: {
          limit: input.limit,
          ...Option.isSome(input.status) && { status: input.status.value },
          ...yield* selection.read(input)
        }
      })
      if (input.json) return yield* screen.json(yield* encodePage(page))
      if (page.items.length === 0) return yield* screen.hint("There is no such task.")
      const now = yield* DateTime.now
      yield* screen.table(views.taskColumns, page.items.map((task) => views.taskRow(task, now)))
      if (page.next !== null) yield* screen.hint("There are more: raise --limit.")
    })
  )

const encodeTypes = Schema.encodeEffect(Schema.toCodecJson(Schema.Array(TaskType)))

/** Prints the types of tasks that can be queued. */
export const types = (input: Input) =>
  withServer(
    input,
    Effect.gen(function*() {
      const screen = yield* Screen
      const client = yield* Client
      const found = yield* client.tasks.types()
      if (input.json) return yield* screen.json(yield* encodeTypes(found))
      if (found.length === 0) return yield* screen.hint("The server has no task types.")
      yield* screen.table(views.typeColumns, found.map(views.typeRow))
    })
  )
