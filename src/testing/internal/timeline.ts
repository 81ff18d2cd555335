/**
 * Outcomes as text, for people and for assertions.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { OccurrenceOutcome } from "../../RecurringTaskInfo.ts"

/** `2026-01-01T02:00:00Z`, with milliseconds where there are any. */
const instant = (at: DateTime.Utc): string => DateTime.formatIso(at).replace(/\.000Z$/, "Z")

const when = ({ count, from, to }: OccurrenceOutcome): string =>
  count === 1 ? instant(from) : `${instant(from)} .. ${instant(to)} (${count})`

/** How many occurrences a run stands for beside its own. */
const covers = (outcome: OccurrenceOutcome, all: ReadonlyArray<OccurrenceOutcome>): number =>
  all
    .filter(({ into }) => Option.isSome(into) && DateTime.Equivalence(into.value, outcome.from))
    .reduce((sum, { count }) => sum + count, 0)

const line = (outcome: OccurrenceOutcome, all: ReadonlyArray<OccurrenceOutcome>): string => {
  const covered = outcome.outcome === "Started" && outcome.trigger === "schedule" ? covers(outcome, all) : 0
  return [
    when(outcome),
    outcome.outcome,
    outcome.reason,
    Option.getOrElse(outcome.status, () => ""),
    Option.match(outcome.into, { onNone: () => "", onSome: (into) => `into ${instant(into)}` }),
    covered === 0 ? "" : `covers ${covered}`,
    outcome.trigger === "schedule" ? "" : `by ${outcome.trigger}`
  ].filter((word) => word !== "").join(" ")
}

/** One line per outcome. */
export const format = (outcomes: ReadonlyArray<OccurrenceOutcome>): string =>
  outcomes.map((outcome) => line(outcome, outcomes)).join("\n")
