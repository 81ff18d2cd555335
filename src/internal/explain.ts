/**
 * Why something did or did not run: the past from the record, the future from the decision itself.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Decision from "../Decision.ts"
import { RecurringTaskNotFound, type TaskStoreError } from "../TaskError.ts"
import type { Explanation } from "../TaskManager.ts"
import type { OutcomeRecord } from "../TaskStore.ts"
import * as configs from "./configs.ts"
import { instant } from "./records.ts"
import { type Config, now, type State } from "./state.ts"

type Step = Explanation["steps"][number]

const text = (millis: number): string => DateTime.formatIso(instant(millis))

const step = (step: string, ok: boolean, detail: string): Step => ({ step, ok, detail })

/** The explanation for an instant, in epoch milliseconds. */
export const explain = (
  state: State,
  recurringId: string,
  at: number
): Effect.Effect<Explanation, RecurringTaskNotFound | TaskStoreError> =>
  Effect.suspend((): Effect.Effect<Explanation, RecurringTaskNotFound | TaskStoreError> => {
    const config = state.configs.get(recurringId)
    if (config === undefined) return Effect.fail(new RecurringTaskNotFound({ recurringId }))
    if (at > Math.max(now(state), config.record.lastDecided)) return Effect.succeed(future(config, at))
    return Effect.map(
      state.store.outcomes(recurringId, { offset: 0, limit: state.settings.retention.outcomes }),
      (rows) => past(config, rows, at)
    )
  })

const explanation = (at: number, verdict: Explanation["verdict"], steps: ReadonlyArray<Step>): Explanation => ({
  instant: instant(at),
  verdict,
  steps
})

const past = (config: Config, rows: ReadonlyArray<OutcomeRecord>, at: number): Explanation => {
  const { createdAt } = config.record
  const row = rows.find(({ from, to }) => from <= at && at <= to)
  if (row !== undefined) return explanation(at, row.outcome, [recorded(row)])
  if (at < createdAt) {
    return explanation(at, "Unknown", [step("record", false, `The recurring task was added at ${text(createdAt)}.`)])
  }
  const due = calendar(config, at)
  return due.ok
    ? explanation(at, "Unknown", [
      due,
      step("record", false, "Its outcome is not kept any more, or it was not due then.")
    ])
    : explanation(at, "NotDue", [due])
}

const recorded = (row: OutcomeRecord): Step => {
  const blocked = row.blockedBy.length === 0 ? "" : ` while these were active: ${row.blockedBy.join(", ")}`
  const into = row.into === null ? "" : ` into the run of ${text(row.into)}`
  const task = row.taskId === null ? "" : ` as task ${row.taskId}, which is ${row.status}`
  const why = row.reason === "" ? "" : ` because of ${row.reason}`
  return step("record", row.outcome === "Started", `${row.outcome}${why}${blocked}${into}${task}.`)
}

const calendar = (config: Config, at: number): Step => {
  const spec = configs.specOf(config.record)
  if (Decision.prev(spec, at + 1) === at) return step("calendar", true, "It is an occurrence.")
  const next = Decision.next(spec, at)
  return step(
    "calendar",
    false,
    next === undefined
      ? "It is no occurrence, and there is none after it."
      : `It is no occurrence; the next one is at ${text(next)}.`
  )
}

/** The decision as it would be if nothing else were active then. */
const future = (config: Config, at: number): Explanation => {
  const { record } = config
  const spec = configs.specOf(record)
  const due = calendar(config, at)
  if (!due.ok) return explanation(at, "NotDue", [due])
  const state = { ...record, lastDecided: at - 1, buffer: [] }
  const decision = Decision.decide(spec, state, Decision.effective(spec, at), [])
  const outcome = decision.outcomes.find(({ from }) => from === at)
  const starts = outcome?.outcome === "Started"
  return explanation(at, starts ? "WouldStart" : "WouldBeSkipped", [
    due,
    step("enabled", record.enabled, record.enabled ? "It is enabled." : `It is disabled. ${record.note}`.trim()),
    step("limit", outcome?.reason !== "LimitReached", limitText(record)),
    step(
      "overlap",
      true,
      `It starts if fewer than ${spec.maxConcurrent} instances are active then; otherwise: ${spec.overlap}.`
    )
  ])
}

const limitText = ({ runs, spec: { maxRuns } }: Config["record"]): string =>
  maxRuns === null ? `It has started ${runs} times; there is no limit.` : `It has started ${runs} of ${maxRuns} times.`
