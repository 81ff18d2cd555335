/**
 * A simulation as text: for each recurring task a summary, then what happened, line by line.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { OccurrenceOutcome } from "../../RecurringTaskInfo.ts"
import type { Entry, Run, Simulation, Summary } from "../../Simulation.ts"
import { iso, plural, withoutSameDate } from "../format.ts"

const percent = (rate: number): string => {
  const rounded = Math.round(rate * 100)
  return rate > 0 && rounded === 0 ? "<1%" : `${rounded}%`
}

const title = (summary: Summary): string => {
  const { absorbed, missed, occurrences, runs, skipped, started, undecided, waiting } = summary
  const parts = [
    `${started} started`,
    skipped > 0 && `${skipped} skipped`,
    missed > 0 && `${missed} missed`,
    absorbed > 0 && `${absorbed} absorbed`,
    waiting > 0 && `${waiting} still waiting`,
    undecided > 0 && `${undecided} undecided`,
    runs.failed > 0 && `${runs.failed} failed`,
    runs.cancelled > 0 && `${runs.cancelled} cancelled`
  ]
  return `${summary.recurringId}: ${plural(occurrences, "occurrence")}, ${parts.filter(Boolean).join(", ")}`
}

const details = ({ shares, worstLateness }: Summary): ReadonlyArray<string> => {
  const lost = shares.map(({ count, rate, reason }) => `${reason} ${count} (${percent(rate)})`)
  return [
    ...lost.length === 0 ? [] : [`  not started: ${lost.join(", ")}`],
    ...Duration.isZero(worstLateness)
      ? []
      : [`  latest start: ${Duration.format(worstLateness)} after its nominal time`]
  ]
}

const when = ({ count, from, to }: OccurrenceOutcome): string =>
  count === 1 ? iso(from) : `${iso(from)} .. ${iso(to)} (${count})`

/** An instant, without its date if the other one is on the same day. */
const shortly = (instant: DateTime.Utc, other: DateTime.Utc): string => withoutSameDate(iso(instant), iso(other))

/** ` at 06:40:00Z, done at 07:30:00Z, covers 4`, which follows "Started". */
const ran = ({ covers, endedAt, startedAt, status }: Run, nominal: DateTime.Utc): string => {
  const from = Option.match(startedAt, {
    onNone: () => "",
    onSome: (at) => DateTime.Equivalence(at, nominal) ? "" : ` at ${shortly(at, nominal)}`
  })
  const neverBegan = Option.isSome(endedAt) && Option.isNone(startedAt) ? ", never began" : ""
  const to = Option.match(endedAt, { onNone: () => "", onSome: (at) => ` at ${shortly(at, nominal)}` })
  return `${from}${neverBegan}, ${status}${to}${covers === 0 ? "" : `, covers ${covers}`}`
}

const fate = ({ outcome: { blockedBy, from, into, outcome, reason, to, trigger }, run }: Entry): string => {
  if (Option.isSome(run)) {
    return `${outcome}${trigger === "registration" ? " when added" : ""}${ran(run.value, from)}`
  }
  return [
    outcome,
    reason,
    blockedBy.length === 0 ? "" : `behind ${blockedBy.join(", ")}`,
    Option.match(into, { onNone: () => "", onSome: (at) => `into ${shortly(at, to)}` })
  ].filter((word) => word !== "").join(" ")
}

const line = (entry: Entry): string => `  ${when(entry.outcome)}  ${fate(entry)}`

const section = (summary: Summary, entries: ReadonlyArray<Entry>, lines: number): string => {
  const shown = entries.slice(0, lines).map(line)
  const more = entries.length > shown.length ? [`  ... and ${plural(entries.length - shown.length, "more line")}`] : []
  return [title(summary), ...details(summary), ...shown, ...more].join("\n")
}

/** The whole simulation, with at most `lines` lines per recurring task. */
export const format = ({ from, summaries, timeline, to }: Simulation, lines: number): string => {
  const entries = new Map<string, Array<Entry>>(summaries.map(({ recurringId }) => [recurringId, []]))
  for (const entry of timeline) entries.get(entry.outcome.recurringId)?.push(entry)
  const sections = summaries.map((summary) => section(summary, entries.get(summary.recurringId)!, lines))
  return [`${iso(from)} .. ${iso(to)}`, ...sections].join("\n\n")
}
