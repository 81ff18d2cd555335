/**
 * From the manager's values to those of `/v1`, where they differ.
 */
import * as Schema from "effect/Schema"
import * as Explanation from "../../../Explanation.ts"
import { hash } from "../../../internal/hash.ts"
import * as Recurrence from "../../../Recurrence.ts"
import type { RecurringTaskInfo } from "../../../RecurringTaskInfo.ts"
import type { Explained, RecurringTask } from "./recurring.ts"

interface Said {
  readonly json: string
  readonly description: string
}

const encodeRecurrence = Schema.encodeSync(Recurrence.Recurrence)

const saidOf = new WeakMap<Recurrence.Recurrence, Said>()

/** What a recurrence is in JSON and in words, found out once. */
const said = (recurrence: Recurrence.Recurrence): Said => {
  let known = saidOf.get(recurrence)
  if (known === undefined) {
    known = { json: JSON.stringify(encodeRecurrence(recurrence)), description: Recurrence.describe(recurrence) }
    saidOf.set(recurrence, known)
  }
  return known
}

/** Two texts with the same fingerprint are the same, but for one in 10^19 pairs of others. */
const fingerprint = (text: string): string =>
  [text, `${text}.`].map((one) => hash(one).toString(16).padStart(8, "0")).join("")

/** Changes with everything that an edit can change, and with nothing else. */
const versionOf = (info: RecurringTaskInfo): string =>
  fingerprint(JSON.stringify([
    said(info.recurrence).json,
    info.templateTask,
    info.maxConcurrent,
    info.overlap,
    info.bufferLimit,
    info.onMissed,
    info.catchUp,
    info.startDeadline,
    info.jitter,
    info.startAt,
    info.endAt,
    info.maxRuns,
    info.pauseAfterFailures
  ]))

/** A recurring task as `/v1` shows it. */
export const recurringTask = (info: RecurringTaskInfo): typeof RecurringTask.Type => ({
  ...info,
  ...info.templateTask,
  version: versionOf(info),
  description: said(info.recurrence).description,
  catchUpWindow: info.catchUp.window,
  catchUpMax: info.catchUp.max
})

/** An explanation as `/v1` shows it. */
export const explained = (explanation: Explanation.Explanation): typeof Explained.Type => ({
  ...explanation,
  text: Explanation.format(explanation)
})
