/**
 * `brinjal enable`, `disable`, `remove`, `cancel`: what changes something there and then.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Client, type Server, withServer } from "../Client.ts"
import { Screen } from "../Screen.ts"
import * as words from "../words.ts"

/** What was asked for: the ids, and why. */
export interface Input extends Server {
  readonly ids: ReadonlyArray<string>
}

/** A change with the reason for it. */
export interface NotedInput extends Input {
  readonly note: string
}

/** Changes one after the other, and says so. */
const each = <E, R>(input: Input, change: (id: string) => Effect.Effect<string, E, R>) =>
  withServer(
    input,
    Effect.gen(function*() {
      const screen = yield* Screen
      for (const id of input.ids) yield* screen.hint(yield* change(id))
    })
  )

const next = Option.match({
  onNone: () => "It has no next run.",
  onSome: (at: Parameters<typeof words.iso>[0]) => `Its next run is at ${words.iso(at)}.`
})

/** Enables recurring tasks from now on. */
export const enable = (input: Input) =>
  each(input, (id) =>
    Client.use((client) =>
      Effect.map(
        client.recurring.enable({ params: { recurring_id: id } }),
        ({ nextRun }) => `${id} is enabled. ${next(nextRun)}`
      )
    ))

/** Disables recurring tasks. */
export const disable = (input: NotedInput) =>
  each(input, (id) =>
    Client.use((client) =>
      Effect.as(
        client.recurring.disable({
          params: { recurring_id: id },
          payload: input.note === "" ? null : { note: input.note }
        }),
        `${id} is disabled. What is running goes on.`
      )
    ))

/** Removes recurring tasks. */
export const remove = (input: Input & { readonly interrupt: boolean }) =>
  each(input, (id) =>
    Client.use((client) =>
      Effect.as(
        client.recurring.remove({
          params: { recurring_id: id },
          query: { instances: input.interrupt ? "interrupt" : "drain" }
        }),
        `${id} is removed.`
      )
    ))

/** Cancels tasks. */
export const cancel = (input: NotedInput) =>
  each(input, (id) =>
    Client.use((client) =>
      Effect.map(
        client.tasks.cancel({ params: { task_id: id }, payload: input.note === "" ? null : { note: input.note } }),
        ({ status }) => `${id} is ${status}.`
      )
    ))
