/**
 * The result of a simulation: the rows of its world as users see them, and their summaries.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type * as Decision from "../../Decision.ts"
import { OccurrenceOutcome } from "../../RecurringTaskInfo.ts"
import type { Entry, Run, Share, Simulation, Summary } from "../../Simulation.ts"
import * as world from "./world.ts"

const instant = (millis: number): DateTime.Utc => DateTime.makeUnsafe(millis)

const instantOption = (millis: number | null) => Option.map(Option.fromNullishOr(millis), instant)

const runOf = (run: world.Run): Run => ({
  taskId: run.taskId,
  status: run.status,
  queuedAt: instant(run.queuedAt),
  startedAt: instantOption(run.startedAt),
  endedAt: instantOption(run.endedAt),
  covers: run.covers?.count ?? 0
})

const entryOf = ({ decidedAt, ordinal, outcome, run, task, trigger }: world.Row): Entry => ({
  outcome: new OccurrenceOutcome({
    recurringId: task.plan.recurringId,
    ordinal,
    outcome: outcome.outcome,
    reason: outcome.reason,
    trigger,
    from: instant(outcome.from),
    to: instant(outcome.to),
    count: outcome.count,
    decidedAt: instant(decidedAt),
    blockedBy: outcome.blockedBy,
    into: instantOption(outcome.into),
    taskId: Option.map(Option.fromUndefinedOr(run), ({ taskId }) => taskId),
    status: Option.map(Option.fromUndefinedOr(run), ({ status }) => status),
    startedAt: instantOption(run?.startedAt ?? null),
    completedAt: instantOption(run?.endedAt ?? null)
  }, { disableChecks: true }),
  run: Option.map(Option.fromUndefinedOr(run), runOf)
})

const sum = (rows: ReadonlyArray<world.Row>, outcome: Decision.Outcome["outcome"]): number =>
  rows.reduce((sum, row) => row.outcome.outcome === outcome ? sum + row.outcome.count : sum, 0)

/** How many occurrences did not start, per reason, most frequent first. */
const sharesOf = (rows: ReadonlyArray<world.Row>, occurrences: number): ReadonlyArray<Share> => {
  const counts = new Map<Share["reason"], number>()
  for (const { outcome: { count, reason } } of rows) {
    if (reason !== "") counts.set(reason, (counts.get(reason) ?? 0) + count)
  }
  return Array.from(counts, ([reason, count]) => ({ reason, count, rate: count / occurrences }))
    .sort((a, b) => b.count - a.count)
}

const lateness = ({ run }: world.Row): number => {
  if (run === undefined || run.startedAt === null || run.scheduledAt === null) return 0
  return Math.max(0, run.startedAt - run.scheduledAt)
}

/** How many undecided occurrences are counted one by one, if their number cannot be computed. */
const countLimit = 100_000

/** How many occurrences are due and undecided because the process was down at the end. */
const undecided = (here: world.World, { plan, state }: world.SimulatedTask): number => {
  const { endAt, startAt, timetable } = plan.decisionSpec
  const after = Math.max(state.lastDecided, (startAt ?? -Infinity) - 1)
  const upTo = Math.min(world.wall(here), endAt ?? Infinity)
  return upTo <= after ? 0 : timetable.count(after, upTo, countLimit).count
}

const summaryOf = (here: world.World, task: world.SimulatedTask): Summary => {
  const { rows } = task
  const scheduled = rows.filter(({ trigger }) => trigger === "schedule")
  const occurrences = scheduled.reduce((sum, { outcome }) => sum + outcome.count, 0)
  const runs = rows.flatMap(({ run }) => run === undefined ? [] : [run])
  const ended = (status: world.Run["status"]) => runs.filter((run) => run.status === status).length
  return {
    recurringId: task.plan.recurringId,
    occurrences,
    started: sum(scheduled, "Started"),
    skipped: sum(scheduled, "Skipped"),
    missed: sum(scheduled, "Missed"),
    absorbed: sum(scheduled, "Absorbed"),
    shares: sharesOf(scheduled, occurrences),
    waiting: task.state.buffer.length,
    undecided: here.isUp ? 0 : undecided(here, task),
    runs: {
      done: ended("done"),
      failed: ended("failed"),
      cancelled: ended("cancelled"),
      active: ended("running") + ended("queued")
    },
    worstLateness: Duration.millis(rows.reduce((worst, row) => Math.max(worst, lateness(row)), 0))
  }
}

/** The result. */
export const make = (here: world.World): Simulation => ({
  from: instant(here.plan.from),
  to: instant(here.plan.to),
  decisions: here.decisions,
  timeline: here.rows.map(entryOf),
  summaries: here.tasks.map((task) => summaryOf(here, task))
})
