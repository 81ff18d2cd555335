/**
 * Finds members of unions that add nothing: all of their occurrences are also occurrences of other members.
 */
import { RedundantMember } from "../../LintWarning.ts"
import type { Recurrence } from "../../Recurrence.ts"
import { type Timetable, timetable } from "../recurrence/timetable.ts"
import { list, year } from "./instants.ts"
import type { Subject } from "./subject.ts"

/** A warning for every redundant member. */
export const redundantMembers = ({ config: { recurringId }, now, spec }: Subject): ReadonlyArray<RedundantMember> =>
  unionsIn(spec.recurrence).flatMap((members) =>
    redundant(members, now).map(({ member, others }) => new RedundantMember({ recurringId, member, others }))
  )

const unionsIn = (recurrence: Recurrence): ReadonlyArray<ReadonlyArray<Recurrence>> => {
  switch (recurrence._tag) {
    case "Cron":
    case "Every":
    case "At":
      return []
    case "Union":
      return [recurrence.members, ...recurrence.members.flatMap(unionsIn)]
    case "Intersect":
      return recurrence.members.flatMap(unionsIn)
    default:
      return unionsIn(recurrence.recurrence)
  }
}

/** If two members cover each other, only the later one is redundant. */
const redundant = (members: ReadonlyArray<Recurrence>, now: number) => {
  const kept = new Set(members)
  return [...members].reverse().flatMap((member) => {
    const others = [...kept].filter((other) => other !== member)
    if (others.length === 0 || !isCovered(timetable(member), others.map(timetable), now)) return []
    kept.delete(member)
    return [{ member, others }]
  }).reverse()
}

/** How the next year is sampled: how many windows, and how many occurrences in each. */
const windows = 24
const perWindow = 1_000

const isCovered = (member: Timetable, others: ReadonlyArray<Timetable>, now: number): boolean => {
  let isFound = false
  for (let index = 0; index < windows; index++) {
    const from = now + Math.floor(index * year / windows)
    const until = now + Math.floor((index + 1) * year / windows)
    const occurrences = list(member.next, from, perWindow, until)
    if (occurrences.some((at) => others.every((other) => other.next(at - 1) !== at))) return false
    isFound ||= occurrences.length > 0
  }
  return isFound
}
