/**
 * What the rules of the linter look at: a recurring task, and the cron expressions in it.
 */
import * as Option from "effect/Option"
import * as Calendar from "../../Calendar.ts"
import type * as Decision from "../../Decision.ts"
import * as Recurrence from "../../Recurrence.ts"
import type { Spec } from "../../RecurringTaskSpec.ts"
import type { Config } from "../../Simulation.ts"
import { instant } from "./instants.ts"

/** A recurring task, resolved, and the instant from which it is looked at. */
export interface Subject {
  readonly config: Config
  readonly spec: Spec
  readonly decisionSpec: Decision.Spec
  /** In epoch milliseconds. */
  readonly now: number
}

/** A cron expression, and whether the recurrence around it lets an occurrence at an instant through. */
export interface Leaf {
  readonly cron: Recurrence.Cron
  readonly allows: (millis: number) => boolean
}

/** The seed of an expression, if it has one. */
export const seedOf = ({ seed }: Recurrence.Cron): string | undefined => Option.getOrUndefined(seed)

/** The cron expressions of a recurring task. */
export const leavesOf = ({ decisionSpec: { endAt, startAt }, spec }: Subject): ReadonlyArray<Leaf> =>
  leaves(spec.recurrence, (at) => at >= (startAt ?? -Infinity) && at <= (endAt ?? Infinity))

const leaves = (recurrence: Recurrence.Recurrence, allows: Leaf["allows"]): ReadonlyArray<Leaf> => {
  switch (recurrence._tag) {
    case "Cron":
      return [{ cron: recurrence, allows }]
    case "Every":
    case "At":
      return []
    case "Union":
      return recurrence.members.flatMap((member) => leaves(member, allows))
    case "Intersect":
      return recurrence.members.flatMap((member) => {
        const others = recurrence.members.filter((other) => other !== member)
        return leaves(member, (at) => allows(at) && others.every((other) => Recurrence.matches(other, instant(at))))
      })
    default:
      return leaves(recurrence.recurrence, (at) => allows(at) && passes(recurrence, at))
  }
}

type Filter = Extract<Recurrence.Recurrence, { readonly recurrence: unknown }>

/** Whether a filter lets an occurrence at an instant through. */
const passes = (filter: Filter, millis: number): boolean => {
  const at = instant(millis)
  switch (filter._tag) {
    case "Within":
      return Calendar.contains(filter.calendar, at)
    case "Except":
      return !(Calendar.isCalendar(filter.excluded)
        ? Calendar.contains(filter.excluded, at)
        : Recurrence.matches(filter.excluded, at))
    case "StartAt":
      return millis >= filter.instant.epochMilliseconds
    case "EndAt":
      return millis <= filter.instant.epochMilliseconds
    case "Limit":
      return Option.isSome(Recurrence.next(filter, instant(millis - 1)))
  }
}
