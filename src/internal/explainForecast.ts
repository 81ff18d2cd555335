/**
 * Explains an occurrence that is not decided yet by deciding it at the moment when it is due, with the present
 * instances, buffer and runs. The sentences say what cannot be known, above all what the occurrences before it will
 * leave behind.
 */
import * as Decision from "../Decision.ts"
import type { Explanation, Question, Verdict } from "../Explanation.ts"
import * as configs from "./configs.ts"
import { plural } from "./format.ts"
import * as pools from "./pools.ts"
import * as sentences from "./sentences.ts"
import { type Config, now, type State } from "./state.ts"

/** How many occurrences before the one in question are counted. */
const countLimit = 100_000

/** A decision that is tried out, and what it would do to the occurrence in question. */
interface Trial {
  readonly config: Config
  readonly spec: Decision.Spec
  readonly at: number
  /** When it is decided, or would be. */
  readonly moment: number
  /** Whether it is due already, so that it is decided now. */
  readonly isLate: boolean
  /** How many undecided occurrences come before it. They are assumed to start, and to have ended by then. */
  readonly earlier: number
  readonly active: ReadonlyArray<string>
  readonly interrupts: ReadonlyArray<string>
  readonly fate: Fate
}

interface Fate {
  readonly verdict: Verdict
  readonly outcome: Decision.Outcome | undefined
  /** The outcome of the occurrence that would run on its behalf. */
  readonly carrier: Decision.Outcome | undefined
}

/** The explanation for an instant that may not be decided yet. */
export const forecast = (state: State, config: Config, at: number): Explanation => {
  const { record } = config
  const spec = configs.specOf(record)
  const { due, detail } = sentences.calendar(spec, record.spec.recurrence, at)
  if (!due) {
    return explanation(config, at, { verdict: "NotDue", steps: sentences.steps({ calendar: detail }, "calendar") })
  }
  const trial = tryOut(state, config, spec, at)
  const { fate } = trial
  return explanation(config, at, {
    verdict: fate.verdict,
    reason: fate.outcome?.reason ?? "",
    blockedBy: fate.verdict === "WouldWait" ? trial.active : fate.outcome?.blockedBy ?? [],
    steps: sentences.steps({ calendar: detail, ...sentencesOf(state, trial) }, failedAt(fate))
      .map((step) => step.step === "pool" ? { ...step, ok: hasPlace(state, config) } : step)
  })
}

const explanation = (
  { record }: Config,
  at: number,
  fields: Pick<Explanation, "verdict" | "steps"> & Partial<Explanation>
): Explanation => sentences.explanation(record.recurringId, at, { source: "decision", ...fields })

const tryOut = (state: State, config: Config, spec: Decision.Spec, at: number): Trial => {
  const { record } = config
  const active = configs.activeIds(config)
  const due = Decision.effective(spec, at)
  const isLate = due <= now(state)
  const earlier = isLate ? 0 : earlierThan(spec, record.lastDecided, at)
  const moment = isLate ? now(state) : due
  const before = isLate ? record : { ...record, lastDecided: at - 1, runs: record.runs + earlier }
  const decision = Decision.decide(spec, before, moment, active)
  const interrupts = decision.interrupts.map(({ taskId }) => taskId)
  return { config, spec, at, moment, isLate, earlier, active, interrupts, fate: fateOf(decision, at) }
}

const earlierThan = (spec: Decision.Spec, after: number, at: number): number => {
  const from = spec.startAt === null ? after : Math.max(after, spec.startAt - 1)
  return from >= at - 1 ? 0 : spec.timetable.count(from, at - 1, countLimit).count
}

const would = {
  Started: "WouldStart",
  Skipped: "WouldBeSkipped",
  Missed: "WouldBeMissed",
  Absorbed: "WouldBeAbsorbed"
} as const

const fateOf = (decision: Decision.Decision, at: number): Fate => {
  const outcome = decision.outcomes.find(({ from, to }) => from <= at && at <= to)
  if (outcome !== undefined) {
    const { into } = outcome
    const carrier = decision.outcomes.find(({ from, to }) => from === into && to === into)
    return { verdict: would[outcome.outcome], outcome, carrier }
  }
  const waits = decision.state.buffer.some(({ scheduledAt }) => scheduledAt === at)
  return { verdict: waits ? "WouldWait" : "Unknown", outcome: undefined, carrier: undefined }
}

const failedAt = ({ outcome, verdict }: Fate): Question | undefined => {
  if (verdict === "Unknown") return "record"
  if (verdict === "WouldWait") return "overlap"
  return outcome === undefined || outcome.outcome === "Started" ? undefined : sentences.failedAt(outcome)
}

const sentencesOf = (state: State, trial: Trial): sentences.Sentences => ({
  record: trial.fate.verdict === "Unknown"
    ? "So many occurrences are undecided that one decision does not come to this one."
    : undefined,
  pause: pauseText(trial),
  limit: limitText(trial),
  catchUp: catchUpText(trial),
  deadline: deadlineText(trial),
  overlap: overlapText(trial),
  pool: poolText(state, trial.config)
})

const pauseText = ({ config: { record }, isLate }: Trial): string => {
  if (record.enabled) return "It is enabled."
  const note = record.note === "" ? "" : ` (${record.note.replace(/\.$/, "")})`
  return `It is disabled${note}. ${
    isLate ? "What is due meanwhile is skipped." : "Enabled before then, it would run again."
  }`
}

const limitText = ({ config: { record }, earlier, fate, spec }: Trial): string => {
  if (spec.maxRuns === null) return "There is no limit of runs."
  const started = `It has started ${record.runs} of ${plural(spec.maxRuns, "time")}`
  if (earlier === 0) return `${started}.`
  const before = `${started}, and ${plural(earlier, "occurrence")} ${earlier === 1 ? "comes" : "come"} before this one`
  return fate.outcome?.reason === "LimitReached" ? `${before}: if they start, no run is left for it.` : `${before}.`
}

const catchUpText = ({ fate: { carrier, outcome } }: Trial): string | undefined => {
  if (outcome?.outcome === "Absorbed") {
    const stand = `It is missed, and left to the occurrence of ${sentences.at(outcome.into ?? 0)}`
    const either = carrier?.outcome === "Skipped" ? `not start either (${carrier.reason})` : "start for both"
    return `${stand}, which would ${either}.`
  }
  if (outcome?.outcome !== "Missed") return undefined
  switch (outcome.reason) {
    case "NotCaughtUp":
      return "It is missed, and onMissed is \"none\"."
    case "TooOld":
      return "It is missed, and older than catchUp.window."
    default:
      return "It is missed, and catchUp.max allows no more."
  }
}

const deadlineText = ({ at, fate, moment, spec: { startDeadline } }: Trial): string => {
  if (startDeadline === null) return "There is no startDeadline."
  return fate.outcome?.reason === "DeadlinePassed"
    ? `It is due ${sentences.length(moment - at)} after its nominal time, later than its startDeadline of ` +
      `${sentences.length(startDeadline)}.`
    : `It must start before ${sentences.at(at + startDeadline + 1)}.`
}

const overlapText = (trial: Trial): string => {
  const { earlier } = trial
  const unknown = earlier === 0
    ? ""
    : ` What the ${plural(earlier, "occurrence")} before it leave behind is unknown.`
  return `${roomText(trial)}${unknown}`
}

const roomText = ({ active, fate, interrupts, spec }: Trial): string => {
  const { maxConcurrent, overlap } = spec
  if (overlap === "allowAll") return "It starts however many are active."
  if (active.length < maxConcurrent && fate.verdict === "WouldStart") {
    return `There is room: ${plural(active.length, "instance")} active now, and maxConcurrent is ${maxConcurrent}.`
  }
  const busy = active.length === 0 ? "Others are started before it" : `${capital(sentences.tasks(active))} active now`
  const then = `${busy}, and maxConcurrent is ${maxConcurrent}. If that is so then,`
  if (overlap === "cancelOther") {
    return `${then} ${sentences.tasks(interrupts)} would be cancelled, and it would start after that.`
  }
  if (overlap === "terminateOther") {
    return `${then} ${sentences.tasks(interrupts)} would be ended, and it would start at once.`
  }
  if (fate.verdict === "WouldWait") return `${then} it would wait for room.`
  const buffer = fate.outcome?.reason === "BufferFull" ? ", since no more may wait" : ""
  return `${then} it would be skipped${buffer}; with room, it would start.`
}

const capital = (text: string): string => {
  const verb = text.startsWith("tasks ") ? "are" : "is"
  return `T${text.slice(1)} ${verb}`
}

const poolOf = (state: State, config: Config) => pools.named(state, config.record.template.semaphore)

const hasPlace = (state: State, config: Config): boolean => {
  const { active, limit, waiting } = poolOf(state, config)
  return active < limit && waiting.size === 0
}

const poolText = (state: State, config: Config): string => {
  const { active, limit, name, waiting } = poolOf(state, config)
  const now = `${active} of ${limit} places in the pool "${name}" are taken now`
  return hasPlace(state, config) ? `${now}.` : `${now}, and ${waiting.size} wait: it would queue for one.`
}
