/**
 * The Gregorian calendar as arithmetic on days since 1970-01-01. Months are counted from year 0, so that the month
 * after December is January of the next year without a special case.
 */

/** Days from 0000-03-01 to 1970-01-01. Years start in March here, so that a leap day is the last day of its year. */
const shift = 719_468

/** Days before each month, in a year that starts in March. */
const daysBefore = (monthFromMarch: number) => Math.floor((153 * monthFromMarch + 2) / 5)

/** The first day of a month. `month` is 12 times the year plus 0 to 11. */
export const startOfMonth = (month: number): number => {
  const fromMarch = month - 2
  const year = Math.floor(fromMarch / 12)
  const leapDays = Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400)
  return 365 * year + leapDays + daysBefore(fromMarch - 12 * year) - shift
}

/** The month that a day is in. */
export const monthOf = (day: number): number => {
  const days = day + shift
  const century = Math.floor((4 * days + 3) / 146_097)
  const inCentury = days - Math.floor((146_097 * century) / 4)
  const year = Math.floor((4 * inCentury + 3) / 1_461)
  const inYear = inCentury - Math.floor((1_461 * year) / 4)
  return 12 * (100 * century + year) + Math.floor((5 * inYear + 2) / 153) + 2
}

/** The weekday of a day; Sunday is 0. */
export const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7

/** The day of a date, or none if there is no such date. `month` is 1 to 12. */
export const dayOf = (year: number, month: number, date: number): number | undefined => {
  const start = startOfMonth(12 * year + month - 1)
  const next = startOfMonth(12 * year + month)
  return month >= 1 && month <= 12 && date >= 1 && start + date <= next ? start + date - 1 : undefined
}
