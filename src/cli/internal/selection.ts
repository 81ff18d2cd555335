/**
 * The flags by which commands select tasks, and what they mean for the API.
 */
import { Flag } from "effect/cli"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as flags from "./flags.ts"
import * as parse from "./parse.ts"
import * as When from "./when.ts"

/** The flags. */
export const conditions = {
  type: flags.optionalText("type", "TASK", "Only those of this type"),
  parent: flags.optionalText("parent", "ID", "Only those that this recurring task, or this task, has started"),
  key: flags.optionalText("key", "KEY", "Only those with this concurrency key, such as Sync/acme"),
  parked: Flag.Boolean("parked").pipe(
    Flag.withDescription("Only those that wait for their concurrency key, or with --no-parked only the others"),
    Flag.optional
  ),
  search: flags.optionalText("search", "TEXT", "Only those with this text in their heading, body, type or id"),
  since: flags.optionalText("since", "TIME", "Only those made since then: a duration before now such as 2h, or a time"),
  timezone: flags.timezone("--since")
}

/** Only tasks with one of these statuses. */
export const status = <const S extends ReadonlyArray<string>>(statuses: S, fallback = "") =>
  Flag.Literals("status", statuses).pipe(
    Flag.withDescription(`Only those with this status${fallback}`),
    Flag.optional
  )

/** What was given for the flags. */
export interface Conditions {
  readonly type: Option.Option<string>
  readonly parent: Option.Option<string>
  readonly key: Option.Option<string>
  readonly parked: Option.Option<boolean>
  readonly search: Option.Option<string>
  readonly since: Option.Option<string>
  readonly timezone: string
}

const sinceOf = (text: string, timezone: string) =>
  Option.match(parse.duration(text), {
    onNone: () => When.instant("--since", text, timezone),
    onSome: (ago) => Effect.map(DateTime.now, (now) => DateTime.subtractDuration(now, ago))
  })

/** The conditions as the API takes them. */
export const read = Effect.fnUntraced(function*({ key, parent, parked, search, since, timezone, type }: Conditions) {
  return {
    ...Option.isSome(type) && { taskType: type.value },
    ...Option.isSome(parent) && { parentId: parent.value },
    ...Option.isSome(key) && { concurrencyKey: key.value },
    ...Option.isSome(parked) && { parked: parked.value },
    ...Option.isSome(search) && { q: search.value },
    ...Option.isSome(since) && { createdFrom: yield* sinceOf(since.value, timezone) }
  }
})
