/**
 * `brinjal doctor`: checks whether everything is in order.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { isUnhandled } from "../../../Backlog.ts"
import { Ready } from "../../../http/internal/v1/system.ts"
import type { Place } from "../../../sql/internal/database.ts"
import { Client, withServer } from "../Client.ts"
import { defaultStore, defaultUrl } from "../defaults.ts"
import { type Check, check, clock, decisions, handling, pauses, skew, versions, zones } from "../diagnosis.ts"
import { fail } from "../failure.ts"
import * as format from "../format.ts"
import { Screen } from "../Screen.ts"
import * as store from "../store.ts"
import { diagnose } from "../storeDiagnosis.ts"

/** The flags and arguments. */
export interface Input {
  readonly store: Option.Option<string>
  readonly schema: Option.Option<string>
  readonly prefix: string
  readonly url: Option.Option<string>
  readonly token: Option.Option<Redacted.Redacted>
  readonly json: boolean
}

/** A server that is not ready reports that with a status of failure. */
const isReady = Schema.is(Ready)

const waiting = Effect.fnUntraced(function*(now: DateTime.Utc) {
  const backlog = yield* Client.use((client) => client.system.backlog())
  const paused = backlog.flatMap(({ paused, taskType }) =>
    Option.match(paused, { onNone: () => [], onSome: (paused) => [{ taskType, ...paused }] })
  )
  return [...handling(backlog.filter(isUnhandled), now), ...pauses(paused)]
})

const decided = (now: DateTime.Utc) =>
  Effect.map(Client.use((client) => client.recurring.list()), (all) => decisions(all, now))

const ready = Effect.gen(function*() {
  const client = yield* Client
  const info = yield* client.system.info()
  const now = yield* DateTime.now
  const { ready, scheduler, store } = yield* Effect.catchIf(client.system.ready(), isReady, Effect.succeed)
  return [
    check(
      "server",
      ready ? "ok" : "trouble",
      `brinjal ${info.version} over ${info.store}: ` +
        [store, scheduler].map(({ detail }) => detail).join(" ")
    ),
    skew("the server", info.serverTime, now),
    ...store.ok ? [...yield* waiting(info.serverTime), ...yield* decided(info.serverTime)] : []
  ]
})

/** A server that was not named need not be running. */
const server = ({ token, url }: Input) => {
  const at = Option.getOrElse(url, () => defaultUrl)
  return Effect.catch(withServer({ url: at, token }, ready), (error) =>
    Effect.succeed([
      check("server", Option.isSome(url) ? "trouble" : "note", error.message)
    ]))
}

const marks = { ok: "✓", note: "·", trouble: "✗" } as const
const tones = { ok: "good", note: "quiet", trouble: "bad" } as const

const print = Effect.fnUntraced(function*(checks: ReadonlyArray<Check>) {
  const screen = yield* Screen
  yield* screen.table(
    [{ title: "", for: "people" }, { title: "check" }, { title: "status" }, { title: "detail" }],
    checks.map(({ check, detail, status }) => [
      { text: marks[status], tone: tones[status] },
      check,
      { text: status, tone: tones[status] },
      detail
    ])
  )
})

const placeOf = ({ prefix, schema }: Input): Place => ({ prefix, schema: Option.getOrUndefined(schema) })

/** Prints all checks, and fails if something is wrong. */
export const doctor = Effect.fnUntraced(function*(input: Input) {
  const screen = yield* Screen
  const at = yield* store.read(Option.getOrElse(input.store, () => defaultStore))
  const checks = [
    yield* versions,
    yield* clock,
    yield* zones,
    ...yield* diagnose(at, { isChosen: Option.isSome(input.store), place: placeOf(input) }),
    ...yield* server(input)
  ]
  const troubles = checks.filter(({ status }) => status === "trouble").length
  yield* input.json ? screen.json({ ok: troubles === 0, checks }) : print(checks)
  if (troubles > 0) return yield* fail(`${format.count(troubles, "trouble")}.`)
})
