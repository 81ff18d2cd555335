/**
 * Recurrences and calendars in English that is never wrong: what cannot be said exactly is quoted.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { Calendar } from "./calendarModel.ts"
import { split } from "./cronFields.ts"
import { placeHashes } from "./cronHash.ts"
import { isCalendar } from "./encode.ts"
import * as english from "./english.ts"
import type { Cron, Recurrence } from "./model.ts"

/** How many members of a long list are shown. */
const named = 5

const list = (items: ReadonlyArray<string>, separator: string): string =>
  items.length > named
    ? `${items.slice(0, named).join(separator)}${separator}${items.length - named} more`
    : items.join(separator)

const fieldsOf = (expression: string, seed: string | undefined) =>
  Result.flatMap(split(expression), (fields) => placeHashes(fields, seed))

const describeCron = ({ expression, seed, timezone }: Cron): string => {
  const said = Result.map(
    fieldsOf(expression, Option.getOrUndefined(seed)),
    ({ fields }) => english.describe(fields)
  )
  return `${Result.getOrUndefined(said) ?? `cron "${expression}"`}, ${timezone}`
}

const part = (recurrence: Recurrence) => {
  const text = describe(recurrence)
  return recurrence._tag === "Cron" || recurrence._tag === "Every" || recurrence._tag === "At" ? text : `(${text})`
}

/** A recurrence in English. */
export const describe = (recurrence: Recurrence): string => {
  switch (recurrence._tag) {
    case "Cron":
      return describeCron(recurrence)
    case "Every": {
      const { period, phase } = recurrence
      return `every ${Duration.format(period)}${Duration.isZero(phase) ? "" : `, ${Duration.format(phase)} later`}`
    }
    case "At":
      return `at ${list(recurrence.instants.map(DateTime.formatIso), ", ")}`
    case "Union":
      return list(recurrence.members.map(part), ", or ")
    case "Intersect":
      return `whenever it is both ${list(recurrence.members.map(part), ", and ")}`
    case "Except": {
      const { excluded } = recurrence
      return `${part(recurrence.recurrence)}, except ${
        isCalendar(excluded) ? describeCalendar(excluded) : part(excluded)
      }`
    }
    case "Within":
      return `${part(recurrence.recurrence)}, but only ${describeCalendar(recurrence.calendar)}`
    case "StartAt":
      return `${part(recurrence.recurrence)}, from ${DateTime.formatIso(recurrence.instant)} on`
    case "EndAt":
      return `${part(recurrence.recurrence)}, until ${DateTime.formatIso(recurrence.instant)}`
    case "Limit":
      return `the first ${recurrence.count} of ${part(recurrence.recurrence)}`
  }
}

const days = (text: string): string => {
  const said = Result.map(fieldsOf(`0 0 ${text}`, undefined), ({ fields }) => english.describeDays(fields))
  const words = Result.getOrUndefined(said)
  return words === undefined ? `on days "${text}"` : words === "" ? "every day" : words.replace(/^only /, "")
}

const place = (nth: number): string => {
  const fromEnd = Math.abs(nth)
  return nth === -1 ? "last day" : nth < 0 ? `day ${fromEnd} from the end` : `day ${nth}`
}

/** A calendar in English. */
export const describeCalendar = (calendar: Calendar): string => {
  switch (calendar._tag) {
    case "Days":
      return `${days(calendar.days)} (${calendar.timezone})`
    case "Dates":
      return `on ${list(calendar.dates, ", ")} (${calendar.timezone})`
    case "Easter":
      return calendar.offset === 0
        ? `on Easter Sunday (${calendar.timezone})`
        : `on Easter Sunday ${calendar.offset > 0 ? "+" : "-"} ${Math.abs(calendar.offset)} days (${calendar.timezone})`
    case "Hours":
      return `from ${calendar.from} to ${calendar.to} (${calendar.timezone})`
    case "Period":
      return `from ${DateTime.formatIso(calendar.from)} to ${DateTime.formatIso(calendar.to)}`
    case "NthDay":
      return `on the ${place(calendar.nth)} of each month that has time in (${describeCalendar(calendar.calendar)})` +
        ` (${calendar.timezone})`
    case "All":
      return calendar.members.length === 0 ? "at any time" : list(calendar.members.map(calendarPart), " and ")
    case "Any":
      return calendar.members.length === 0 ? "never" : list(calendar.members.map(calendarPart), " or ")
    case "Not":
      return `not ${calendarPart(calendar.calendar)}`
  }
}

const calendarPart = (calendar: Calendar): string =>
  calendar._tag === "All" || calendar._tag === "Any" ? `(${describeCalendar(calendar)})` : describeCalendar(calendar)
