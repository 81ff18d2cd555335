/**
 * The rules of a decision, told one occurrence at a time over a plain list of instants. It is slow, knows no ranges and
 * no steppers, and shares nothing with `Decision.decide` but the place of the jitter.
 */
import { Decision } from "brinjal"
import type { Listed } from "./timetables.ts"

/** What became of one occurrence. */
export interface Verdict {
  readonly at: number
  readonly outcome: Decision.Outcome["outcome"]
  readonly reason: Decision.Reason
  readonly into: number | null
}

/** What a decision comes to. */
export interface Judgement {
  readonly verdicts: ReadonlyArray<Verdict>
  readonly starts: ReadonlyArray<number>
  readonly waiting: ReadonlyArray<number>
  readonly interrupted: ReadonlySet<string>
  readonly lastDecided: number
  readonly wakeAt: number | undefined
}

/** An occurrence that may run, if there is room. */
interface Candidate {
  readonly at: number
  readonly waitsWhateverThePolicy: boolean
}

const isWithin = (spec: Decision.Spec, at: number) =>
  at >= (spec.startAt ?? -Infinity) && at <= (spec.endAt ?? Infinity)

/** Half of the time until the following occurrence, and never more than 30 seconds. */
const tolerance = (listed: Listed, at: number): number => {
  const following = listed.timetable.next(at)
  return following === undefined ? 30_000 : Math.min(30_000, (following - at) / 2)
}

/** Judges everything that is due at `now`. */
export const judge = (
  spec: Decision.Spec,
  listed: Listed,
  state: Decision.State,
  now: number,
  active: ReadonlyArray<string>
): Judgement => {
  const due = listed.instants(state.lastDecided + 1, now)
    .filter((at) => isWithin(spec, at) && Decision.effective(spec, at) <= now)
  const verdicts: Array<Verdict> = []
  const give = (at: number, outcome: Verdict["outcome"], reason: Verdict["reason"], into: number | null = null) =>
    void verdicts.push({ at, outcome, reason, into })

  const reached = () => spec.maxRuns !== null && state.runs + starts.length >= spec.maxRuns
  const starts: Array<number> = []
  const candidates: Array<Candidate> = state.buffer.map((one) => ({
    at: one.scheduledAt,
    waitsWhateverThePolicy: one.caughtUp
  }))
  if (!state.enabled) { for (const at of due) give(at, "Skipped", "Disabled") }
  else if (reached()) { for (const at of due) give(at, "Skipped", "LimitReached") }
  else candidates.push(...caughtUp(spec, listed, now, due, give))

  const running = [...active]
  const interrupted = new Set<string>()
  let waiting: Array<Candidate> = []
  const hasRoom = () => running.length + starts.length < spec.maxConcurrent
  const tooMany = () => running.length + starts.length - spec.maxConcurrent + 1

  for (const candidate of candidates) {
    const { at } = candidate
    if (!state.enabled) give(at, "Skipped", "Disabled")
    else if (reached()) give(at, "Skipped", "LimitReached")
    else if (spec.startDeadline !== null && now - at > spec.startDeadline) give(at, "Skipped", "DeadlinePassed")
    else if (hasRoom() || spec.overlap === "allowAll") {
      starts.push(at)
      give(at, "Started", "")
    } else if (candidate.waitsWhateverThePolicy) waiting.push(candidate)
    else if (spec.overlap === "skip") give(at, "Skipped", "Overlap")
    else if (spec.overlap === "bufferOne" || spec.overlap === "bufferAll") {
      const limit = spec.overlap === "bufferOne" ? 1 : spec.bufferLimit
      if (waiting.filter((one) => !one.waitsWhateverThePolicy).length < limit) waiting.push(candidate)
      else give(at, "Skipped", "BufferFull")
    } else if (spec.overlap === "cancelOther") {
      for (const older of waiting) give(older.at, "Skipped", "Superseded")
      waiting = [candidate]
      for (const taskId of running.slice(0, tooMany())) interrupted.add(taskId)
    } else {
      for (const taskId of running.splice(0, tooMany())) interrupted.add(taskId)
      if (!hasRoom()) give(at, "Skipped", "Overlap")
      else {
        // those that wait are older: to start them later would turn the order around
        for (const older of waiting) give(older.at, "Skipped", "Superseded")
        waiting = []
        starts.push(at)
        give(at, "Started", "")
      }
    }
  }

  const lastDecided = due.at(-1) ?? state.lastDecided
  return {
    verdicts,
    starts,
    waiting: waiting.map((one) => one.at),
    interrupted,
    lastDecided,
    wakeAt: state.enabled && !reached() ? wakeAt(spec, listed, lastDecided, waiting) : undefined
  }
}

/** Gives the missed occurrences that will not run their verdict, and keeps those that may run. */
const caughtUp = (
  spec: Decision.Spec,
  listed: Listed,
  now: number,
  due: ReadonlyArray<number>,
  give: (at: number, outcome: Verdict["outcome"], reason: Verdict["reason"], into?: number) => void
): ReadonlyArray<Candidate> => {
  const isLate = (at: number) => now - Decision.effective(spec, at) > tolerance(listed, at)
  const missedCount = due.findLastIndex(isLate) + 1
  const missed = due.slice(0, missedCount)
  const punctual = due.slice(missedCount).map((at): Candidate => ({ at, waitsWhateverThePolicy: false }))
  if (spec.onMissed === "none") {
    for (const at of missed) give(at, "Missed", "NotCaughtUp")
    return punctual
  }
  const isFresh = (at: number) => now - at <= spec.catchUpWindow
  const fresh = missed.filter(isFresh)
  for (const at of missed) if (!isFresh(at)) give(at, "Missed", "TooOld")
  if (spec.onMissed === "all") {
    for (const at of fresh.slice(0, -spec.catchUpMax)) give(at, "Missed", "TooMany")
    return [...fresh.slice(-spec.catchUpMax).map((at) => ({ at, waitsWhateverThePolicy: true })), ...punctual]
  }
  const carrier = punctual[0]?.at ?? (spec.onMissed === "latest" ? fresh.at(-1) : fresh[0])
  for (const at of fresh) if (at !== carrier) give(at, "Absorbed", "", carrier)
  return punctual.length > 0 || carrier === undefined ? punctual : [{ at: carrier, waitsWhateverThePolicy: false }]
}

const wakeAt = (
  spec: Decision.Spec,
  listed: Listed,
  lastDecided: number,
  waiting: ReadonlyArray<Candidate>
): number | undefined => {
  const { startDeadline } = spec
  const following = listed.timetable.next(Math.max(lastDecided, (spec.startAt ?? -Infinity) - 1))
  const due = following === undefined || !isWithin(spec, following) ? [] : [Decision.effective(spec, following)]
  const expiries = startDeadline === null ? [] : waiting.map(({ at }) => at + startDeadline + 1)
  const all = [...due, ...expiries]
  return all.length === 0 ? undefined : Math.min(...all)
}
