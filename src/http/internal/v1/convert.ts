/**
 * Converts the values of the manager to those of `/v1`, where they differ.
 */
import * as Explanation from "../../../Explanation.ts"
import * as Recurrence from "../../../Recurrence.ts"
import type { RecurringTaskInfo } from "../../../RecurringTaskInfo.ts"
import type { Explained, RecurringTask } from "./recurring.ts"

const descriptions = new WeakMap<Recurrence.Recurrence, string>()

/** A recurrence in words, computed once. */
const describe = (recurrence: Recurrence.Recurrence): string => {
  let known = descriptions.get(recurrence)
  if (known === undefined) {
    known = Recurrence.describe(recurrence)
    descriptions.set(recurrence, known)
  }
  return known
}

/**
 * Changes with everything that can be edited, and with nothing else. One that is removed and added again under the same
 * id gets other versions.
 */
export const versionOf = ({ createdAt, version }: RecurringTaskInfo): string =>
  `${createdAt.epochMilliseconds.toString(36)}-${version}`

/** A recurring task as `/v1` shows it. */
export const recurringTask = (info: RecurringTaskInfo): typeof RecurringTask.Type => ({
  ...info,
  ...info.templateTask,
  version: versionOf(info),
  description: describe(info.recurrence),
  catchUpWindow: info.catchUp.window,
  catchUpMax: info.catchUp.max
})

/** An explanation as `/v1` shows it. */
export const explained = (explanation: Explanation.Explanation): typeof Explained.Type => ({
  ...explanation,
  text: Explanation.format(explanation)
})
