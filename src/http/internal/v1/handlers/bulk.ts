/**
 * The handlers of what is done to many tasks at once. Each request acts on a bounded number of them.
 */
import * as Effect from "effect/Effect"
import * as selecting from "../../../../internal/selecting.ts"
import type { TaskManager } from "../../../../TaskManager.ts"
import type { BulkResult, Selection } from "../../../../TaskSelection.ts"
import { ValidationFailed } from "../../../TaskApiError.ts"
import * as tasks from "../tasks.ts"

type Manager = typeof TaskManager.Service

type Given = Omit<typeof tasks.TasksToRemove.Type, "status"> & { readonly before?: string }

/** Which tasks a request means, whatever their status, and whether they are only counted. */
const asked = ({ dryRun = false, limit, parentId, q, recurringId, ...rest }: Given) => ({
  selection: {
    ...rest,
    parentId: recurringId ?? parentId,
    text: q,
    limit: limit ?? (dryRun ? undefined : tasks.bulkLimit.usual)
  },
  dryRun
})

const message = "Give at least one condition, such as status or task_type: without one, it would mean all tasks."
const noCondition = new ValidationFailed({ issues: [{ path: ["body"], message }] })

const answer = <S extends Selection, E>(
  selection: S,
  dryRun: boolean,
  act: (selection: S, options: { readonly dryRun: boolean }) => Effect.Effect<BulkResult, E>
): Effect.Effect<typeof tasks.RetryResult.Type, E | ValidationFailed> =>
  selecting.hasCondition(selection)
    ? Effect.map(act(selection, { dryRun }), ({ count, last = null, refused, skipped }) => {
      const more = !dryRun && count === selection.limit
      return {
        count,
        skipped,
        refused: refused.map(({ count, error }) => ({ error: error._tag, message: error.message, count })),
        more,
        next: more ? last : null
      }
    })
    : Effect.fail(noCondition)

/** Queues tasks again. */
export const retry = ({ retryTasks }: Manager, { keep, status, ...given }: typeof tasks.TasksToRetry.Type) => {
  const { dryRun, selection } = asked(given)
  return answer({ ...selection, status }, dryRun, (selection, options) => retryTasks(selection, { ...options, keep }))
}

/** Cancels tasks. */
export const cancel = ({ cancelTasks }: Manager, { note, status, ...given }: typeof tasks.TasksToCancel.Type) => {
  const { dryRun, selection } = asked(given)
  return answer({ ...selection, status }, dryRun, (selection, options) => cancelTasks(selection, { ...options, note }))
}

/** Removes tasks. */
export const remove = ({ removeTasks }: Manager, { status, ...given }: typeof tasks.TasksToRemove.Type) => {
  const { dryRun, selection } = asked(given)
  return answer({ ...selection, status }, dryRun, removeTasks)
}
