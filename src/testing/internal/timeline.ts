/**
 * Outcomes as text, for people and for assertions.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import { iso } from "../../internal/format.ts"
import type { OccurrenceOutcome } from "../../RecurringTaskInfo.ts"

const when = ({ count, from, to }: OccurrenceOutcome): string =>
  count === 1 ? iso(from) : `${iso(from)} .. ${iso(to)} (${count})`

/** How many occurrences a run stands for besides its own. */
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
    Option.match(outcome.into, { onNone: () => "", onSome: (into) => `into ${iso(into)}` }),
    covered === 0 ? "" : `covers ${covered}`,
    outcome.trigger === "schedule" ? "" : `by ${outcome.trigger}`
  ].filter((word) => word !== "").join(" ")
}

/** One line per outcome. */
export const format = (outcomes: ReadonlyArray<OccurrenceOutcome>): string =>
  outcomes.map((outcome) => line(outcome, outcomes)).join("\n")
