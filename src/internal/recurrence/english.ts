/**
 * Cron expressions in English, by cronstrue, where its sentence is exact. Where the sentence could be misread (both day
 * fields, steps that do not divide their field, minutes in some hours), there is none.
 */
import { toString as toEnglish } from "cronstrue"
import type { Fields } from "./cronFields.ts"

const number = /^(?:0|[1-9]\d?)$/
const isNumber = (text: string) => number.test(text)

const isList = (text: string): boolean => {
  const items = text.split(",")
  return items.every(isNumber) && new Set(items).size === items.length
}

const isRange = (text: string): boolean => {
  const match = /^(\d\d?)-(\d\d?)$/.exec(text)
  return match !== null && Number(match[1]) < Number(match[2])
}

/** Whether a step divides its field. */
const isEven = (text: string, size: number): boolean => {
  const step = Number(/^\*\/(\d\d?)$/.exec(text)?.[1])
  return step > 1 && size % step === 0
}

const isAll = (text: string) => text === "*"

const plain = (text: string) => text === "?" || text === "*/1" ? "*" : text.toUpperCase()

const english = (fields: ReadonlyArray<string>) => toEnglish(fields.join(" "), { use24HourTimeFormat: true })

const midnight = "At 00:00"

/** When during a day; `undefined` if it cannot be said exactly. */
const timeOfDay = (second: string, minute: string, hour: string): string | undefined => {
  const isClock = isNumber(minute) && isList(hour)
  const isSaid = isClock
    ? isNumber(second)
    : second === "0"
    ? (isAll(minute) || isEven(minute, 60)) && (isAll(hour) || isNumber(hour) || isRange(hour)) ||
      isList(minute) && (isAll(hour) || isRange(hour)) ||
      isNumber(minute) && isEven(hour, 24)
    : (isAll(second) || isEven(second, 60)) && isAll(minute) && isAll(hour)
  return isSaid ? english([second, minute, hour, "*", "*", "*"]) : undefined
}

const weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
const months = ["", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]

/** Replaces names by numbers. Sunday becomes 7 where it ends a range, and 0 elsewhere. */
const numbered = (text: string, names: ReadonlyArray<string>): string =>
  text
    .replace(/-SUN$/, "-7")
    .replaceAll(/[A-Z]{3}/g, (name) => names.includes(name) ? String(names.indexOf(name)) : name)
    .replace(/^(\d)#L$/, "$1L")
    .replaceAll(/(?<![-\d])7(?!\d)/g, "0")

const isSaidDate = (text: string) =>
  isAll(text) || isList(text) || isRange(text) || /^(?:L|LW|L-[1-9]\d?|[1-9]\d?W)$/.test(text)

const isSaidWeekday = (text: string) => isAll(text) || isList(text) || isRange(text) || /^[0-6](?:L|#[1-5])$/.test(text)

const isSaidYear = (text: string) => isAll(text) || /^\d{4}(?:,\d{4})*$/.test(text) || /^\d{4}-\d{4}$/.test(text)

/** On which days, after a comma; empty for every day, `undefined` if it cannot be said exactly. */
const days = (date: string, month: string, weekday: string, year: string): string | undefined => {
  const isSaid = isSaidDate(date) && isSaidWeekday(weekday) && (isAll(date) || isAll(weekday)) &&
    (isAll(month) || isList(month) || isRange(month)) && isSaidYear(year)
  return isSaid ? english(["0", "0", "0", date, month, weekday, year]).slice(midnight.length) : undefined
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)

/** A sentence that says exactly what an expression means, or `undefined`. `H` must have been replaced. */
export const describe = (fields: Fields): string | undefined => {
  const date = plain(fields.dayOfMonth.text)
  const weekday = numbered(plain(fields.dayOfWeek.text), weekdays)
  const month = numbered(plain(fields.month.text), months)
  const time = timeOfDay(plain(fields.second.text), plain(fields.minute.text), plain(fields.hour.text))
  const on = days(date, month, weekday, fields.year.text)
  if (time === undefined || on === undefined) return undefined
  const daily = isAll(date) && isAll(weekday) && /^At \d\d:/.test(time) ? " every day" : ""
  return lowerFirst(time) + daily + on
}

/** On which days, from the day fields alone. */
export const describeDays = ({ dayOfMonth, dayOfWeek, month }: Fields): string | undefined => {
  const date = plain(dayOfMonth.text)
  const weekday = numbered(plain(dayOfWeek.text), weekdays)
  return days(date, numbered(plain(month.text), months), weekday, "*")?.replace(/^, /, "")
}
