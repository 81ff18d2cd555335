/**
 * `brinjal enable`, `disable`, `remove`, `cancel` and `clear`: change something at once.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { RecurringTask } from "../../../http/internal/v1/recurring.ts"
import { Task } from "../../../http/internal/v1/tasks.ts"
import { Client, patiently, type Server, withServer } from "../Client.ts"
import * as format from "../format.ts"
import { Screen } from "../Screen.ts"

/** The ids of what to change, and how to report it. */
export interface Input extends Server {
  readonly ids: ReadonlyArray<string>
  readonly json: boolean
}

/** The same, with the reason for it. */
export interface NotedInput extends Input {
  readonly note: string
}

/** The result of a change, for people and for programs. */
interface Told {
  readonly words: string
  readonly json: unknown
}

/** Makes one change after the other, and reports each; with JSON, all of them at the end, in an array. */
const each = <E, R>(input: Input, change: (id: string) => Effect.Effect<Told, E, R>) =>
  withServer(
    input,
    Effect.gen(function*() {
      const screen = yield* Screen
      const results = yield* Effect.forEach(
        input.ids,
        (id) => Effect.tap(change(id), ({ words }) => input.json ? Effect.void : screen.hint(words))
      )
      if (input.json) yield* screen.json(results.map(({ json }) => json))
    })
  )

const encodeRecurring = Schema.encodeEffect(Schema.toCodecJson(RecurringTask))
const encodeTask = Schema.encodeEffect(Schema.toCodecJson(Task))

const next = Option.match({
  onNone: () => "It has no next run.",
  onSome: (at: Parameters<typeof format.iso>[0]) => `Its next run is at ${format.iso(at)}.`
})

/** The note as the API takes it. */
const noted = (note: string) => note === "" ? null : { note }

/** Enables recurring tasks from now on. */
export const enable = (input: Input) =>
  each(
    input,
    Effect.fnUntraced(function*(id) {
      const enabled = yield* Client.use((client) => client.recurring.enable({ params: { recurring_id: id } }))
      return { words: `${id} is enabled. ${next(enabled.nextRun)}`, json: yield* encodeRecurring(enabled) }
    })
  )

/** Disables recurring tasks. */
export const disable = (input: NotedInput) =>
  each(
    input,
    Effect.fnUntraced(function*(id) {
      const options = { params: { recurring_id: id }, payload: noted(input.note) }
      const disabled = yield* Client.use((client) => client.recurring.disable(options))
      return { words: `${id} is disabled. What is running goes on.`, json: yield* encodeRecurring(disabled) }
    })
  )

/** Removes recurring tasks. */
export const remove = (input: Input & { readonly interrupt: boolean }) =>
  each(
    input,
    Effect.fnUntraced(function*(id) {
      const instances = input.interrupt ? "interrupt" : "drain"
      yield* patiently(
        Client.use((client) => client.recurring.remove({ params: { recurring_id: id }, query: { instances } }))
      )
      return { words: `${id} is removed.`, json: { recurring_id: id } }
    })
  )

/** Removes tasks. */
export const clear = (input: Input) =>
  each(
    input,
    Effect.fnUntraced(function*(id) {
      yield* patiently(Client.use((client) => client.tasks.remove({ params: { task_id: id } })))
      return { words: `${id} is removed.`, json: { task_id: id } }
    })
  )

/** Cancels tasks. */
export const cancel = (input: NotedInput) =>
  each(
    input,
    Effect.fnUntraced(function*(id) {
      const options = { params: { task_id: id }, payload: noted(input.note) }
      const task = yield* patiently(Client.use((client) => client.tasks.cancel(options)))
      return { words: `${id} is ${task.status}.`, json: yield* encodeTask(task) }
    })
  )
