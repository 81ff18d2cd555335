/**
 * The handlers of recurring tasks.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpEffect from "effect/http/HttpEffect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type { RecurringTaskInfo } from "../../../../RecurringTaskInfo.ts"
import { TaskManager } from "../../../../TaskManager.ts"
import { TaskRegistry } from "../../../../TaskRegistry.ts"
import { VersionMismatch } from "../../../TaskApiError.ts"
import { V1Api } from "../api.ts"
import * as convert from "../convert.ts"
import * as idempotency from "../idempotency.ts"
import type { NewRecurringTask, RecurringTask, RecurringTaskChanges } from "../recurring.ts"
import { wrong } from "../validation.ts"
import * as editing from "./editing.ts"
import * as outcomes from "./outcomes.ts"

type Shown = typeof RecurringTask.Type
type Changes = typeof RecurringTaskChanges.Type

/** What the handlers use. */
interface Services {
  readonly manager: typeof TaskManager.Service
  readonly registry: typeof TaskRegistry.Service
}

/** Adds the version as an `ETag`, which `If-Match` takes. */
const tagged = (shown: Shown) =>
  Effect.as(
    HttpEffect.appendPreResponseHandler((_, response) =>
      Effect.succeed(HttpServerResponse.setHeader(response, "etag", `"${shown.version}"`))
    ),
    shown
  )

/** Whether `If-Match` names a version. */
const isMatch = (ifMatch: string, version: string): boolean =>
  ifMatch.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^(W\/)?"(.*)"$/, "$2") === version)

/** Fails if the recurring task is not the version that the request names. */
const check = (info: RecurringTaskInfo, ifMatch: string | undefined): Effect.Effect<void, VersionMismatch> => {
  const actual = convert.versionOf(info)
  return ifMatch === undefined || isMatch(ifMatch, actual)
    ? Effect.void
    : Effect.fail(new VersionMismatch({ recurringId: info.recurringId, expected: ifMatch, actual }))
}

const isConflict = ({ _tag }: { readonly _tag: string }): boolean => _tag === "RecurringTaskConflict"

const get = ({ manager }: Services, recurringId: string) =>
  Effect.map(manager.getRecurringTask(recurringId), convert.recurringTask)

const add = ({ manager, registry }: Services, request: typeof NewRecurringTask.Type) =>
  Effect.flatMap(editing.options(registry, request), (options) => manager.addRecurringTask(options))

const addOnce = (services: Services, key: string | undefined, request: typeof NewRecurringTask.Type) =>
  Effect.flatMap(
    idempotency.once(services.manager, { kind: "recurring", key, request }, add(services, request)),
    (recurringId) => get(services, recurringId)
  )

/** Changes a recurring task, if it is still as it was read. */
const change = ({ manager, registry }: Services, info: RecurringTaskInfo, request: Changes) =>
  Effect.flatMap(
    editing.changes(registry, info, request),
    (changes) => manager.updateRecurringTask(info.recurringId, changes, { version: info.version })
  )

const update = (services: Services, recurringId: string, ifMatch: string | undefined, request: Changes) =>
  services.manager.getRecurringTask(recurringId).pipe(
    Effect.tap((info) => check(info, ifMatch)),
    Effect.flatMap((info) => change(services, info, request)),
    // a request without `If-Match` changes whatever is there; one with it fails the check on the next try
    Effect.retry({ while: isConflict, times: 10 }),
    Effect.catchTag(
      "RecurringTaskConflict",
      ({ actual, expected }) =>
        Effect.fail(new VersionMismatch({ recurringId, expected: `${expected}`, actual: `${actual}` }))
    ),
    Effect.map(convert.recurringTask)
  )

const trigger = Effect.fnUntraced(function*(
  { manager }: Services,
  recurringId: string,
  scheduledAt: DateTime.Utc | undefined
) {
  if (scheduledAt !== undefined && DateTime.isGreaterThan(scheduledAt, yield* DateTime.now)) {
    return yield* wrong("scheduled_at", "Give a time that has come: this one is in the future.")
  }
  return yield* manager.triggerRecurringTask(recurringId, { scheduledAt })
})

/** Layer of the handlers. */
export const layer = HttpApiBuilder.group(
  V1Api,
  "recurring",
  Effect.fnUntraced(function*(handlers) {
    const manager = yield* TaskManager
    const services: Services = { manager, registry: yield* TaskRegistry }
    return handlers.handleAll({
      list: () => Effect.map(manager.getAllRecurringTasks, (all) => all.map(convert.recurringTask)),
      get: ({ params }) => Effect.flatMap(get(services, params.recurring_id), tagged),
      create: ({ headers, payload }) => Effect.flatMap(addOnce(services, headers["idempotency-key"], payload), tagged),
      update: ({ headers, params, payload }) =>
        Effect.flatMap(update(services, params.recurring_id, headers["if-match"], payload), tagged),
      remove: ({ params, query }) => manager.removeRecurringTask(params.recurring_id, query),
      enable: ({ params }) => Effect.map(manager.enableRecurringTask(params.recurring_id), convert.recurringTask),
      disable: ({ params, payload }) =>
        Effect.map(manager.disableRecurringTask(params.recurring_id, { note: payload?.note }), convert.recurringTask),
      trigger: ({ params, payload }) =>
        Effect.map(trigger(services, params.recurring_id, payload?.scheduledAt), (taskId) => ({ taskId })),
      outcomes: ({ params, query }) => outcomes.page(manager, params.recurring_id, query),
      upcoming: ({ params, query }) =>
        Effect.map(manager.upcoming(params.recurring_id, query), (upcoming) => ({ upcoming })),
      explain: ({ params, query }) => Effect.map(manager.explain(params.recurring_id, query.at), convert.explained)
    })
  })
)
