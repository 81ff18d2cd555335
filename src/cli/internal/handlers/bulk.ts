/**
 * `brinjal retry`, `cancel` and `clear`: what they do to the tasks that are named, or to all that are selected. These
 * are done with in parts, so that each request ends soon and the progress can be shown.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { RetryResult } from "../../../http/internal/v1/tasks.ts"
import type { TaskStatus } from "../../../TaskInfo.ts"
import * as animation from "../animation.ts"
import * as bars from "../bars.ts"
import { Client, patiently, type Server, withServer } from "../Client.ts"
import { fail } from "../failure.ts"
import * as format from "../format.ts"
import { Screen } from "../Screen.ts"
import * as selection from "../selection.ts"
import * as following from "./following.ts"
import * as switching from "./switching.ts"

type Result = Omit<typeof RetryResult.Type, "next"> & { readonly next?: string | null }

/** Which tasks, and whether that is certain. */
interface Selected<Status extends TaskStatus> extends Server, selection.Conditions {
  readonly status: Option.Option<Status>
  readonly most: Option.Option<number>
  readonly dryRun: boolean
  readonly yes: boolean
  readonly json: boolean
}

/** What is done, in the words of questions and answers. */
interface Words {
  readonly act: string
  readonly done: string
}

/** How many tasks a request acts on. */
const partSize = 500

/** A part of what is to be done, or how much that is. */
interface Part {
  readonly limit?: number
  readonly before?: string
  readonly dryRun?: boolean
}

const isSelected = (input: Selected<TaskStatus>): boolean =>
  [input.status, input.type, input.parent, input.key, input.parked, input.search, input.since].some(
    (given) => Option.isSome<unknown>(given)
  )

/** Makes sure that tasks are either named or selected. */
const either = <A, E, R, A2, E2, R2>(
  named: number,
  input: Selected<any>,
  one: Effect.Effect<A, E, R>,
  many: Effect.Effect<A2, E2, R2>
) => {
  const isForMany = isSelected(input) || input.dryRun || Option.isSome(input.most)
  if (named > 0 && isForMany) return fail("Write either ids or options that select tasks, not both.")
  if (named === 0 && !isSelected(input)) {
    return fail("Say which tasks: write their ids, or select them with an option such as --status or --type.")
  }
  return named > 0 ? one : many
}

/** Asks people whether it is meant. Where nobody can be asked, it has to be said beforehand. */
const confirmed = Effect.fnUntraced(function*(input: Selected<TaskStatus>, { act }: Words, count: number) {
  const screen = yield* Screen
  if (input.yes) return
  const what = `${act} ${format.count(count, "task")}`
  if (!screen.isTerminal || input.json) {
    return yield* fail(`This would ${what.toLowerCase()}. Nobody can be asked here whether that is meant: add --yes.`)
  }
  const answer = yield* screen.ask(`${what}? [y/N]`)
  if (!/^y(es)?$/i.test(answer.trim())) return yield* fail("Nothing was changed.")
})

/** What two parts had to leave, each reason once. */
const together = (before: Result["refused"], others: Result["refused"]): Result["refused"] => [
  ...before.map((one) => ({ ...one, count: one.count + (others.find(isSame(one))?.count ?? 0) })),
  ...others.filter((one) => !before.some(isSame(one)))
]

const isSame = (a: Result["refused"][number]) => (b: Result["refused"][number]) => a.message === b.message

const nothing: Result = { count: 0, skipped: 0, refused: [], more: false }

/** Acts on one part after the other, and shows how far it has come. */
const inParts = Effect.fnUntraced(function*<E, R>(
  act: (part: Part) => Effect.Effect<Result, E, R>,
  { done }: Words,
  count: number
) {
  const screen = yield* Screen
  let all = nothing
  yield* animation.make(({ columns }) => [
    bars.part(all.count, count, { words: done, width: columns - 1, paint: screen.paint })
  ])
  do {
    const limit = Math.min(partSize, count - all.count)
    const part = yield* act(typeof all.next === "string" ? { limit, before: all.next } : { limit })
    all = {
      ...part,
      count: all.count + part.count,
      skipped: all.skipped + part.skipped,
      refused: together(all.refused, part.refused)
    }
  } while (all.more && all.count < count)
  return all
}, Effect.scoped)

const report = Effect.fnUntraced(function*(input: Selected<TaskStatus>, words: string, result: Result) {
  const screen = yield* Screen
  const { count, refused, skipped } = result
  if (input.json) yield* screen.json({ count, skipped, refused })
  else if (!screen.isTerminal) yield* screen.print(String(count))
  else yield* screen.print(`${words} ${format.count(count, "task")}.`)
  if (skipped > 0) yield* screen.hint(`${format.count(skipped, "task")} had changed meanwhile.`)
  if (refused.length === 0) return
  const lines = refused.map(({ count, message }) => `${format.count(count, "task")} could not be. ${message}`)
  return yield* fail(lines.join("\n"), { _tag: refused[0]!.error })
})

/** What a request says of the tasks that are selected. */
type Asked<Status> = Effect.Success<ReturnType<typeof selection.read>> & Part & { readonly status?: Status }

/** Does it to all that are selected. */
const all = <Status extends TaskStatus, E, R>(
  input: Selected<Status>,
  words: Words,
  request: (payload: Asked<Status>) => Effect.Effect<Result, E, R>
) =>
  withServer(
    input,
    Effect.gen(function*() {
      const screen = yield* Screen
      const conditions = yield* selection.read(input)
      const status = Option.isSome(input.status) && { status: input.status.value }
      const act = (part: Part) => request({ ...conditions, ...part, ...status })
      const found = yield* act({ dryRun: true })
      const count = Math.min(found.count, Option.getOrElse(input.most, () => Infinity))
      if (input.dryRun) return yield* report(input, `Would ${words.act.toLowerCase()}`, { ...found, count })
      if (count === 0) {
        if (input.json || !screen.isTerminal) return yield* report(input, words.done, nothing)
        return yield* screen.hint("There is no such task.")
      }
      yield* confirmed(input, words, count)
      yield* report(input, words.done, yield* inParts(act, words, count))
    })
  )

/** Runs an ended task again, or queues all again that are selected. */
export const retry = (
  input: Selected<"failed" | "done" | "cancelled"> & following.Input & { readonly id: Option.Option<string> }
) =>
  either(
    Option.isSome(input.id) ? 1 : 0,
    input,
    Effect.suspend(() => following.retry({ ...input, id: Option.getOrThrow(input.id) })),
    all(input, { act: "Retry", done: "Retried" }, (payload) =>
      Client.use((client) =>
        client.tasks.retryMany({ payload })
      ))
  )

/** Cancels tasks. */
export const cancel = (input: Selected<"queued" | "running"> & switching.NotedInput) =>
  either(
    input.ids.length,
    input,
    switching.cancel(input),
    all(input, { act: "Cancel", done: "Cancelled" }, (payload) =>
      patiently(Client.use((client) =>
        client.tasks.cancelMany({ payload: { ...payload, note: input.note } })
      )))
  )

/** Removes tasks. */
export const clear = (input: Selected<TaskStatus> & switching.Input) =>
  either(
    input.ids.length,
    input,
    switching.clear(input),
    all(input, { act: "Remove", done: "Removed" }, (payload) =>
      patiently(Client.use((client) =>
        client.tasks.removeMany({ payload })
      )))
  )
