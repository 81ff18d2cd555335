/**
 * `brinjal run`, `trigger` and `retry`: start a task, and follow it until it has ended.
 */
import type { CliError } from "effect/cli"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Task } from "../../../http/internal/v1/tasks.ts"
import type { ValidationFailed } from "../../../http/TaskApiError.ts"
import * as address from "../address.ts"
import * as animation from "../animation.ts"
import * as bars from "../bars.ts"
import { Client, type Server, withServer } from "../Client.ts"
import * as eventStream from "../eventStream.ts"
import { fail } from "../failure.ts"
import * as format from "../format.ts"
import { Screen } from "../Screen.ts"
import * as table from "../table.ts"
import * as taskStream from "../taskStream.ts"
import * as views from "../views.ts"
import * as When from "../when.ts"

/** How to follow the task. */
export interface Input extends Server {
  readonly detach: boolean
  readonly json: boolean
}

const encode = Schema.encodeEffect(Schema.toCodecJson(Task))

/** When a task starts and how far away that is, if it is queued for later. */
const startOf = (task: views.Task) =>
  Effect.map(DateTime.now, (now) => Option.map(views.startsAt(task, now), (at) => format.appointment(at, now)))

/** What becomes of a task that nobody waits for any more. */
const farewell = Effect.fnUntraced(function*(task: views.Task | undefined) {
  const start = task === undefined ? Option.none() : yield* startOf(task)
  return Option.match(start, {
    onNone: () => "It goes on without you.",
    onSome: (at) => `It starts without you at ${at}.`
  })
})

/** Waits for the end of a task, with a progress bar on a terminal. */
const ended = Effect.fnUntraced(function*(taskId: string, input: Input) {
  const screen = yield* Screen
  let last: views.Task | undefined
  const print = input.json ?
    () => Effect.void :
    yield* animation.make(({ columns, now }) =>
      last === undefined ? [] : [bars.running(last, { now, width: columns - 1, paint: screen.paint })]
    )
  const end = yield* taskStream.follow(taskId, {
    see: (task) => void (last = task),
    lost: screen.isTerminal ? print(screen.paint(eventStream.lost(address.shown(input.url)), "warning")) : Effect.void
  }).pipe(
    Effect.onInterrupt(() =>
      Effect.flatMap(farewell(last), (words) => screen.hint(`${words} To stop it: brinjal cancel ${taskId}`))
    )
  )
  if (typeof end !== "string") return end
  return yield* fail(`${end} before the task had ended. Ask again later: brinjal logs ${taskId}`)
}, Effect.scoped)

/** Prints how the task ended. */
const report = Effect.fnUntraced(function*(task: views.Task) {
  const screen = yield* Screen
  const took = Option.match(Option.all([task.startedAt, task.completedAt]), {
    onNone: () => "",
    onSome: ([from, to]) => ` in ${format.duration(DateTime.distance(from, to))}`
  })
  if (!screen.isTerminal) return yield* screen.table(views.endedColumns, [views.endedRow(task, yield* DateTime.now)])
  const { text, tone } = views.marked(task)
  yield* screen.print(
    `${screen.paint(`${text} ${task.status}${took}`, tone)}  ${table.printable(views.lastWord(task))}`.trimEnd()
  )
  const result = views.result(task)
  if (result === undefined) return
  yield* screen.print(table.printable(result.text))
  if (result.text !== result.plain) yield* screen.hint(`The whole result: brinjal logs ${task.taskId} --json`)
})

/** Tells people when a task starts, if that is later. */
const tellStart = Effect.fnUntraced(function*(taskId: string) {
  const screen = yield* Screen
  if (!screen.isTerminal) return
  const start = yield* startOf(yield* Client.use((client) => client.tasks.get({ params: { task_id: taskId } })))
  if (Option.isSome(start)) yield* screen.hint(`It starts at ${start.value}.`)
})

const stay = Effect.fnUntraced(function*(taskId: string, input: Input) {
  const screen = yield* Screen
  if (input.detach) return yield* input.json ? screen.json({ task_id: taskId }) : screen.print(taskId)
  const task = yield* ended(taskId, input)
  if (input.json) yield* screen.json(yield* encode(task))
  else yield* report(task)
  if (task.status !== "done") {
    return yield* fail(`The task ${taskId} ${task.status === "failed" ? "failed" : "was cancelled"}.`)
  }
})

/** What to run. */
export interface RunInput extends Input {
  readonly taskType: string
  readonly payload: string
  readonly heading: Option.Option<string>
  readonly priority: number
  readonly at: Option.Option<string>
  readonly in: Option.Option<string>
  readonly timezone: string
}

const parse = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))

const payloadOf = (text: string) =>
  Result.match(parse(text), {
    onFailure: () =>
      fail(`"${text}" is not a valid payload. Write a JSON object in quotes, such as --payload '{"name":"World"}'.`),
    onSuccess: Effect.succeed
  })

/** When the task is to start, as the API takes it. */
const when = Effect.fnUntraced(function*({ at, in: delay, timezone }: RunInput) {
  if (Option.isSome(at) && Option.isSome(delay)) return yield* fail("Write either --at or --in, not both.")
  if (Option.isSome(at)) return { startAt: yield* When.instant("--at", at.value, timezone) }
  return Option.isSome(delay) ? { delay: yield* When.delay("--in", delay.value) } : {}
})

/** Fails with the fields of the payload that are wrong. What else is wrong in a request says so itself. */
const misfit = (
  taskType: string,
  error: ValidationFailed
): Effect.Effect<never, CliError.UserError | ValidationFailed> => {
  if (error.issues.some(({ path }) => path[1] !== "payload")) return Effect.fail(error)
  const lines = error.issues.map(({ message, path }) => `  ${path.slice(2).join(".") || "payload"}: ${message}`)
  return fail(
    `The payload does not fit the task "${taskType}". brinjal types lists its fields.\n${lines.join("\n")}`,
    error
  )
}

const create = Effect.fnUntraced(function*(input: RunInput) {
  const { heading, payload, priority, taskType } = input
  const client = yield* Client
  const { taskId } = yield* client.tasks.create({
    headers: {},
    payload: {
      taskType,
      payload: yield* payloadOf(payload),
      priority,
      ...yield* when(input),
      ...Option.isSome(heading) && { heading: heading.value }
    }
  })
  return taskId
})

/** Runs a task, and fails if it does. */
export const run = (input: RunInput) =>
  withServer(
    input,
    Effect.gen(function*() {
      const taskId = yield* create(input).pipe(
        Effect.catchTag("ValidationFailed", (error) => misfit(input.taskType, error)),
        Effect.catchTag("TaskNotRegistered", (error) =>
          fail(`The server takes no tasks of the type "${input.taskType}". brinjal types lists those it knows.`, error))
      )
      yield* stay(taskId, input)
      if (input.detach && !input.json) {
        yield* Effect.ignore(tellStart(taskId))
      }
    })
  )

/** Starts a task, and follows it. */
const follow = <E, R>(input: Input, start: Effect.Effect<{ readonly taskId: string }, E, R>) =>
  withServer(input, Effect.flatMap(start, ({ taskId }) => stay(taskId, input)))

/** Which recurring task to run, and for which occurrence. */
export interface TriggerInput extends Input {
  readonly id: string
  readonly for: Option.Option<string>
  readonly timezone: string
}

const startInstance = Effect.fnUntraced(function*(input: TriggerInput) {
  const client = yield* Client
  const payload = Option.isSome(input.for)
    ? { scheduledAt: yield* When.instant("--for", input.for.value, input.timezone) }
    : {}
  return yield* client.recurring.trigger({ params: { recurring_id: input.id }, payload }).pipe(
    Effect.catchTag("ValidationFailed", (error) => {
      const why = error.issues.map(({ message }) => message).join(" ")
      return fail(`"${Option.getOrElse(input.for, () => "")}" is not a valid value for --for. ${why}`, error)
    })
  )
})

/** Runs a recurring task now, and fails if the run does. */
export const trigger = (input: TriggerInput) => follow(input, startInstance(input))

/** Runs an ended task again, and fails if the run does. */
export const retry = (input: Input & { readonly id: string }) =>
  follow(input, Client.use((client) => client.tasks.retry({ params: { task_id: input.id } })))
