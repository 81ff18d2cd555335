/**
 * Makes recurrences from recurrences and calendars. Each function is that of `Recurrence` with its name.
 */
import type * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import { InvalidRecurrence } from "../../TaskError.ts"
import { type Calendar, calendars } from "./calendarModel.ts"
import * as combine from "./combine.ts"
import { readInstant } from "./instant.ts"
import { checked, intern, type Made, shapeOf, shown, timetableOf } from "./intern.ts"
import {
  type EndAt,
  type Except,
  type Intersect,
  type Limit,
  type Recurrence,
  recurrences,
  type StartAt,
  type Union,
  type Within
} from "./model.ts"
import { not } from "./spans.ts"
import type { Timetable } from "./timetable.ts"

const idOf = recurrences.idOf

const isAlike = (tag: "Union" | "Intersect") => (member: Recurrence): member is Union | Intersect => member._tag === tag

/** Distinct members, with members of the same kind replaced by theirs: nesting them would mean the same. */
const flatten = (tag: "Union" | "Intersect", members: ReadonlyArray<Recurrence>): ReadonlyArray<Recurrence> => {
  const alike = isAlike(tag)
  return Object.freeze([...new Set(members.flatMap((member) => alike(member) ? member.members : [member]))])
}

export const union = (self: Recurrence, ...others: ReadonlyArray<Recurrence>): Recurrence => {
  const members = flatten("Union", [self, ...others])
  if (members.length === 1) return self
  return intern<Union>({
    key: `Union ${members.map(idOf).join()}`,
    fields: { _tag: "Union", members },
    timetable: () => combine.union(members.map(timetableOf)),
    members: members.map(shapeOf)
  })
}

export const intersect = (self: Recurrence, ...others: ReadonlyArray<Recurrence>): Made => {
  const members = flatten("Intersect", [self, ...others])
  if (members.length === 1) return Result.succeed(self)
  return Result.map(
    checked<Intersect>({
      key: `Intersect ${members.map(idOf).join()}`,
      fields: { _tag: "Intersect", members },
      timetable: () => combine.intersect(members.map(timetableOf)),
      members: members.map(shapeOf)
    }),
    (recurrence): Recurrence => recurrence
  )
}

const isRecurrence = (value: Recurrence | Calendar): value is Recurrence => recurrences.has(value)

export const except = (recurrence: Recurrence, excluded: Recurrence | Calendar): Made<Except> => {
  const key = isRecurrence(excluded) ? `${idOf(excluded)}` : `calendar ${calendars.idOf(excluded)}`
  const shape = isRecurrence(excluded) ? shapeOf(excluded) : calendars.compiledOf(excluded).shape
  const timetable = (): Timetable =>
    isRecurrence(excluded)
      ? combine.except(timetableOf(recurrence), timetableOf(excluded))
      : combine.within(timetableOf(recurrence), not(calendars.compiledOf(excluded).spans))
  return checked<Except>({
    key: `Except ${idOf(recurrence)} ${key}`,
    fields: { _tag: "Except", recurrence, excluded },
    timetable,
    members: [shapeOf(recurrence), shape]
  })
}

export const within = (recurrence: Recurrence, calendar: Calendar): Made<Within> => {
  const { shape, spans } = calendars.compiledOf(calendar)
  return checked<Within>({
    key: `Within ${idOf(recurrence)} ${calendars.idOf(calendar)}`,
    fields: { _tag: "Within", recurrence, calendar },
    timetable: () => combine.within(timetableOf(recurrence), spans),
    members: [shapeOf(recurrence), shape]
  })
}

export const startAt = (recurrence: Recurrence, first: DateTime.DateTime.Input): Made<StartAt> =>
  Result.flatMap(readInstant(first), (instant) =>
    checked<StartAt>({
      key: `StartAt ${idOf(recurrence)} ${instant.epochMilliseconds}`,
      fields: { _tag: "StartAt", recurrence, instant },
      timetable: () => combine.startAt(timetableOf(recurrence), instant.epochMilliseconds),
      members: [shapeOf(recurrence)]
    }))

export const endAt = (recurrence: Recurrence, last: DateTime.DateTime.Input): Made<EndAt> =>
  Result.flatMap(readInstant(last), (instant) =>
    checked<EndAt>({
      key: `EndAt ${idOf(recurrence)} ${instant.epochMilliseconds}`,
      fields: { _tag: "EndAt", recurrence, instant },
      timetable: () => combine.endAt(timetableOf(recurrence), instant.epochMilliseconds),
      members: [shapeOf(recurrence)]
    }))

/** Whether it is evident that there is a first occurrence, so that occurrences can be counted from it. */
const hasStart = (recurrence: Recurrence): boolean => {
  switch (recurrence._tag) {
    case "At":
    case "StartAt":
    case "Limit":
      return true
    case "Cron":
    case "Every":
      return false
    case "Union":
      return recurrence.members.every(hasStart)
    case "Intersect":
      return recurrence.members.some(hasStart)
    default:
      return hasStart(recurrence.recurrence)
  }
}

const invalidLimit = (recurrence: Recurrence, reason: string, expected: string) =>
  Result.fail(new InvalidRecurrence({ input: shown(recurrence), field: "limit", reason, expected }))

export const limit = (recurrence: Recurrence, count: number): Made<Limit> => {
  const { largestLimit } = combine
  if (!Number.isInteger(count) || count < 1 || count > largestLimit) {
    return invalidLimit(recurrence, `${count} is not a number of occurrences`, `1 to ${largestLimit}`)
  }
  if (!hasStart(recurrence)) {
    return invalidLimit(recurrence, "it has no first occurrence to count from", "Recurrence.startAt before the limit")
  }
  return checked<Limit>({
    key: `Limit ${idOf(recurrence)} ${count}`,
    fields: { _tag: "Limit", recurrence, count },
    timetable: () => combine.limit(timetableOf(recurrence), count),
    members: [shapeOf(recurrence)]
  })
}
