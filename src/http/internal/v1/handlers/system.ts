/**
 * The handlers of health, readiness, metrics, the backlog and information.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Option from "effect/Option"
import type { Health } from "../../../../Health.ts"
import { TaskManager } from "../../../../TaskManager.ts"
import { Caller } from "../../security/Authorization.ts"
import { Security } from "../../security/Security.ts"
import { V1Api } from "../api.ts"
import { metrics } from "../metrics.ts"
import type { Ready } from "../system.ts"
import { version } from "../version.ts"

type Manager = typeof TaskManager.Service
type Report = typeof Ready.Type

/** How late an occurrence may be before the server counts as not ready. */
const tolerance = Duration.seconds(10)

const fine = (detail: string) => ({ ok: true, detail })
const bad = (detail: string) => ({ ok: false, detail })

const store = ({ storeFailingSince, storeReachable }: Health): Report["store"] => {
  if (!storeReachable) return bad("It does not answer.")
  return Option.match(storeFailingSince, {
    onNone: () => fine("It answers."),
    onSome: (since) => bad(`It does not take what is written, since ${DateTime.formatIso(since)}.`)
  })
}

/** How late the most overdue occurrence is. */
const overdue = Effect.fnUntraced(function*(manager: Manager) {
  const now = yield* Clock.currentTimeMillis
  const due = (yield* manager.getAllRecurringTasks).flatMap(({ enabled, nextRun }) =>
    enabled && Option.isSome(nextRun) ? [nextRun.value.epochMilliseconds] : []
  )
  return Duration.millis(due.reduce((most, at) => Math.max(most, now - at), 0))
})

const scheduler = (late: Duration.Duration, { stopping }: Health): Report["scheduler"] => {
  if (stopping) return bad("It is stopping.")
  return Duration.isLessThanOrEqualTo(late, tolerance)
    ? fine("Nothing is late.")
    : bad(`An occurrence is overdue for ${Duration.format(late)}.`)
}

const ready = Effect.fnUntraced(function*(manager: Manager) {
  const health = yield* manager.health
  const answers = store(health)
  const late = answers.ok
    ? Duration.max(health.lag, yield* Effect.catch(overdue(manager), () => Effect.succeed(Duration.zero)))
    : health.lag
  const schedule = answers.ok ? scheduler(late, health) : bad("It cannot be known without the store.")
  const report: Report = { ready: answers.ok && schedule.ok, store: answers, scheduler: schedule, lag: late }
  return report.ready ? report : yield* Effect.fail(report)
})

/** Layer of the handlers. */
export const layer = HttpApiBuilder.group(
  V1Api,
  "system",
  Effect.fnUntraced(function*(handlers) {
    const manager = yield* TaskManager
    const { tokens } = yield* Security
    const storeName = yield* Effect.cached(Effect.map(manager.health, ({ store }) => store))
    const info = Effect.gen(function*() {
      const caller = yield* Caller
      const serverTime = DateTime.makeUnsafe(yield* Clock.currentTimeMillis)
      return { version, store: yield* storeName, serverTime, caller, authentication: tokens.length > 0 }
    })
    return handlers.handleAll({
      health: () => Effect.succeed({ status: "ok" as const }),
      ready: () => ready(manager),
      metrics: () => metrics(manager),
      backlog: () => manager.backlog,
      info: () => info
    })
  })
)
