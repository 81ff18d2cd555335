/**
 * How the server is.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import * as Option from "effect/Option"
import { TaskManager } from "../../../../TaskManager.ts"
import { Caller } from "../../security/Authorization.ts"
import { Security } from "../../security/Security.ts"
import { V1Api } from "../api.ts"
import type { Ready } from "../system.ts"
import { version } from "../version.ts"

type Manager = typeof TaskManager.Service
type Report = typeof Ready.Type

/** How long a store may take to answer, and how late an occurrence may be, before work counts as not done. */
const patience = Duration.seconds(2)
const tolerance = Duration.seconds(10)

const fine = (detail: string) => ({ ok: true, detail })
const bad = (detail: string) => ({ ok: false, detail })

/** Asks the store for a task that cannot be there. */
const store = (manager: Manager): Effect.Effect<Report["store"]> =>
  manager.getTask("").pipe(
    Effect.as(fine("It answers.")),
    Effect.catchTags({
      TaskNotFound: () => Effect.succeed(fine("It answers.")),
      TaskStoreError: () => Effect.succeed(bad("It does not do what it is asked."))
    }),
    Effect.timeoutOrElse({
      duration: patience,
      orElse: () => Effect.succeed(bad(`It has not answered for ${Duration.format(patience)}.`))
    })
  )

/** How late the occurrence is that is overdue for longest. */
const lag = Effect.fnUntraced(function*(manager: Manager) {
  const now = yield* Clock.currentTimeMillis
  const due = (yield* manager.getAllRecurringTasks).flatMap(({ enabled, nextRun }) =>
    enabled && Option.isSome(nextRun) ? [nextRun.value.epochMilliseconds] : []
  )
  return Duration.millis(due.reduce((most, at) => Math.max(most, now - at), 0))
})

const scheduler = (late: Duration.Duration): Report["scheduler"] =>
  Duration.isLessThanOrEqualTo(late, tolerance)
    ? fine("Nothing is late.")
    : bad(`An occurrence is overdue for ${Duration.format(late)}.`)

const ready = Effect.fnUntraced(function*(manager: Manager) {
  const answers = yield* store(manager)
  const late = answers.ok
    ? yield* Effect.catchTag(lag(manager), "TaskStoreError", () => Effect.succeed(Duration.zero))
    : Duration.zero
  const schedule = answers.ok ? scheduler(late) : bad("It cannot be known without the store.")
  const report: Report = { ready: answers.ok && schedule.ok, store: answers, scheduler: schedule, lag: late }
  return report.ready ? report : yield* Effect.fail(report)
})

/** Layer of the handlers. `store` is the name of the store. */
export const layer = (options: { readonly store: string }) =>
  HttpApiBuilder.group(
    V1Api,
    "system",
    Effect.fnUntraced(function*(handlers) {
      const manager = yield* TaskManager
      const { tokens } = yield* Security
      const info = Effect.gen(function*() {
        const caller = yield* Caller
        const serverTime = DateTime.makeUnsafe(yield* Clock.currentTimeMillis)
        return { version, store: options.store, serverTime, caller, authentication: tokens.length > 0 }
      })
      return handlers.handleAll({
        health: () => Effect.succeed({ status: "ok" as const }),
        ready: () => ready(manager),
        metrics: () => PrometheusMetrics.format(),
        info: () => info
      })
    })
  )
