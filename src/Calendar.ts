/**
 * Parts of time: business hours, holidays, windows. `Recurrence.within` keeps a recurrence inside a calendar,
 * `Recurrence.except` keeps it out.
 *
 * Calendars are immutable, serialisable values that compose, and equal ones are one object in memory. They are meant to
 * be written in code: a constructor throws `InvalidRecurrence` or `NeverFires` for arguments that make no sense. Read
 * untrusted input with the `Calendar` schema, which fails instead. Time zones are IANA names or fixed offsets, and UTC
 * by default.
 */
import type * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as model from "./internal/recurrence/calendarModel.ts"
import type { All, Any, Dates, Days, Easter, Hours, Not, NthDay, Period } from "./internal/recurrence/calendarModel.ts"
import * as calendars from "./internal/recurrence/calendars.ts"
import { codecOf } from "./internal/recurrence/codec.ts"
import { decodeCalendar } from "./internal/recurrence/decode.ts"
import * as description from "./internal/recurrence/describe.ts"
import { encodeCalendar } from "./internal/recurrence/encode.ts"
import * as encoded from "./internal/recurrence/encoded.ts"
import type { EncodedCalendar } from "./internal/recurrence/encoded.ts"
import { isInRange } from "./internal/recurrence/time.ts"

export type {
  /**
   * What is in all of the members.
   *
   * @category models
   * @since 0.1.0
   */
  All,
  /**
   * What is in at least one of the members.
   *
   * @category models
   * @since 0.1.0
   */
  Any,
  /**
   * Local days given as `YYYY-MM-DD`, in order.
   *
   * @category models
   * @since 0.1.0
   */
  Dates,
  /**
   * Local days picked by the day fields of cron: day of month, month, day of week.
   *
   * @category models
   * @since 0.1.0
   */
  Days,
  /**
   * The local day that is `offset` days after Easter Sunday (Gregorian), every year.
   *
   * @category models
   * @since 0.1.0
   */
  Easter,
  /**
   * From one local time of day (`HH:MM`) to another, across midnight if the second is not after the first.
   *
   * @category models
   * @since 0.1.0
   */
  Hours,
  /**
   * What is not in a calendar.
   *
   * @category models
   * @since 0.1.0
   */
  Not,
  /**
   * Of each month's local days that overlap a calendar, the nth (from the end if negative).
   *
   * @category models
   * @since 0.1.0
   */
  NthDay,
  /**
   * From one instant (included) to another (excluded).
   *
   * @category models
   * @since 0.1.0
   */
  Period
} from "./internal/recurrence/calendarModel.ts"

export type {
  /**
   * The JSON of a calendar; instants are ISO 8601 in UTC.
   *
   * @category models
   * @since 0.1.0
   */
  EncodedCalendar as Encoded
} from "./internal/recurrence/encoded.ts"

/**
 * A part of time: plain values, told apart by `_tag`.
 *
 * @category models
 * @since 0.1.0
 */
export type Calendar = Days | Dates | Easter | Hours | Period | NthDay | All | Any | Not

/**
 * Whether a value is a calendar.
 *
 * @category guards
 * @since 0.1.0
 */
export const isCalendar = (value: unknown): value is Calendar => model.calendars.has(value)

/**
 * Schema of calendars. They are encoded as JSON, which decodes to the same value.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Calendar: Schema.Codec<Calendar, EncodedCalendar> = codecOf(encoded.Calendar, {
  expected: "Calendar",
  is: isCalendar,
  encode: encodeCalendar,
  decode: decodeCalendar
})

/**
 * The time zone in which a calendar's days and times of day are read (default UTC).
 *
 * @category options
 * @since 0.1.0
 */
export interface Zoned {
  readonly timezone?: string | undefined
}

const utc = "UTC"

/**
 * The local days that the day fields of cron pick: day of month, month, day of week.
 *
 * **Example** (Holidays by rule)
 *
 * ```ts
 * import { Calendar } from "brinjal"
 *
 * const christmas = Calendar.days("24-26 12 *", { timezone: "Europe/Berlin" })
 * const thanksgiving = Calendar.days("* 11 THU#4", { timezone: "America/New_York" })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const days = (dayFields: string, options: Zoned = {}): Calendar =>
  Result.getOrThrow(calendars.days(dayFields, options.timezone ?? utc))

/**
 * Local days given as `YYYY-MM-DD`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const dates = (dates: Iterable<string>, options: Zoned = {}): Calendar =>
  Result.getOrThrow(calendars.dates(dates, options.timezone ?? utc))

/**
 * The local day that is `offset` days after Easter Sunday of the western churches: -2 is Good Friday, 1 Easter Monday,
 * 39 Ascension Day, 50 Whit Monday.
 *
 * @category constructors
 * @since 0.1.0
 */
export const easter = (offset: number, options: Zoned = {}): Calendar =>
  Result.getOrThrow(calendars.easter(offset, options.timezone ?? utc))

/**
 * From one local time of day (included) to another (excluded), each `HH:MM`; across midnight if the second is the
 * earlier one.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hours = (from: string, to: string, options: Zoned = {}): Calendar =>
  Result.getOrThrow(calendars.hours(from, to, options.timezone ?? utc))

/**
 * From one instant (included) to another (excluded). A text is ISO 8601, in UTC unless it has an offset.
 *
 * **Gotchas**
 *
 * Throws `InvalidRecurrence` for what is not an instant, and for one that comes before the other.
 *
 * @category constructors
 * @since 0.1.0
 */
export const period = (from: DateTime.DateTime.Input, to: DateTime.DateTime.Input): Calendar =>
  Result.getOrThrow(calendars.period(from, to))

/**
 * Of the local days of each month that overlap a calendar, the nth; counted from the end if `nth` is negative.
 *
 * @category constructors
 * @since 0.1.0
 */
export const nthDay = (calendar: Calendar, options: Zoned & { readonly nth: number }): Calendar =>
  Result.getOrThrow(calendars.nthDay(calendar, options.nth, options.timezone ?? utc))

/**
 * The time that is in all of the calendars; all time if there are none.
 *
 * @category combining
 * @since 0.1.0
 */
export const all = (...members: ReadonlyArray<Calendar>): Calendar => Result.getOrThrow(calendars.all(members))

/**
 * The time that is in at least one of the calendars; none if there are no calendars.
 *
 * @category combining
 * @since 0.1.0
 */
export const any = (...members: ReadonlyArray<Calendar>): Calendar => Result.getOrThrow(calendars.any(members))

/**
 * The time that is not in a calendar.
 *
 * @category combining
 * @since 0.1.0
 */
export const not = (self: Calendar): Calendar => Result.getOrThrow(calendars.not(self))

/**
 * Which days are business days: `days` are weekdays as in cron (default `MON-FRI`), minus the `holidays`.
 *
 * @category options
 * @since 0.1.0
 */
export interface BusinessDays extends Zoned {
  readonly days?: string | undefined
  readonly holidays?: Calendar | undefined
}

/**
 * Business days, as whole local days.
 *
 * @category constructors
 * @since 0.1.0
 */
export const businessDays = ({ days: weekdays = "MON-FRI", holidays, timezone }: BusinessDays = {}): Calendar => {
  const open = days(`* * ${weekdays}`, { timezone })
  return holidays === undefined ? open : all(open, not(holidays))
}

/**
 * The hours from `from` to `to` on business days.
 *
 * **Example** (An office in London)
 *
 * ```ts
 * import { Calendar } from "brinjal"
 *
 * const office = Calendar.businessHours({ from: "09:00", to: "17:30", timezone: "Europe/London" })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const businessHours = (
  options: BusinessDays & { readonly from: string; readonly to: string }
): Calendar => all(businessDays(options), hours(options.from, options.to, options))

/**
 * The last business day of each month.
 *
 * @category constructors
 * @since 0.1.0
 */
export const lastBusinessDay = (options: BusinessDays = {}): Calendar =>
  nthDay(businessDays(options), { nth: -1, timezone: options.timezone })

/**
 * Whether an instant is in a calendar.
 *
 * @category checking
 * @since 0.1.0
 */
export const contains = (self: Calendar, { epochMilliseconds }: DateTime.DateTime): boolean =>
  isInRange(epochMilliseconds) && model.calendars.compiledOf(self).spans(epochMilliseconds).isInside

/**
 * A calendar in English.
 *
 * @category describing
 * @since 0.1.0
 */
export const describe: (self: Calendar) => string = description.describeCalendar
