/**
 * Times, durations and numbers for people, in the language and the time zone of the browser. Relies on `Intl` only.
 */

const units: ReadonlyArray<readonly [name: string, millis: number]> = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000]
]

/**
 * A duration in its two largest units: `3d 4h`, `1m 05s`, `2h`, `4.2s`, `420ms`.
 *
 * @category formatting
 * @since 0.1.0
 */
export const duration = (millis: number): string => {
  const total = Math.max(0, millis)
  if (total < 1_000) return `${Math.round(total)}ms`
  if (total < 10_000) return `${(Math.floor(total / 100) / 10).toFixed(1)}s`
  const { rest, whole } = inUnits(total)
  return rest.startsWith("00") ? whole : `${whole} ${rest}`.trimEnd()
}

/** A duration of at least a second, in its largest unit and the next one. */
const inUnits = (millis: number): { readonly whole: string; readonly rest: string } => {
  const at = units.findIndex(([, size]) => millis >= size)
  const [name, size] = units[at]!
  const next = units[at + 1]
  const rest = next === undefined ? "" : `${String(Math.floor(millis % size / next[1])).padStart(2, "0")}${next[0]}`
  return { whole: `${Math.floor(millis / size)}${name}`, rest }
}

/**
 * A duration in whole seconds, for texts that change once a second.
 *
 * @category formatting
 * @since 0.1.0
 */
export const countdown = (millis: number): string => {
  const seconds = Math.max(0, Math.round(millis / 1_000)) * 1_000
  if (seconds < 10_000) return `${seconds / 1_000}s`
  const { rest, whole } = inUnits(seconds)
  return `${whole} ${rest}`.trimEnd()
}

/**
 * A duration in words that a screen reader says well: `2 minutes`.
 *
 * @category formatting
 * @since 0.1.0
 */
export const inWords = (millis: number): string => {
  const names = ["day", "hour", "minute", "second"]
  const at = units.findIndex(([, size]) => millis >= size)
  if (at < 0) return "less than a second"
  const count = Math.round(millis / units[at]![1])
  return `${count} ${names[at]}${count === 1 ? "" : "s"}`
}

const full = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short"
})

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" })
const clockOfDay = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" })
const day = new Intl.DateTimeFormat(undefined, { weekday: "short", month: "short", day: "numeric" })

/**
 * An instant in full, with the time zone.
 *
 * @category formatting
 * @since 0.1.0
 */
export const instant = (iso: string | number): string => full.format(new Date(iso))

/**
 * The time of day with seconds.
 *
 * @category formatting
 * @since 0.1.0
 */
export const timeOfDay = (millis: number): string => clock.format(millis)

const isSameDay = (left: Date, right: Date) => left.toDateString() === right.toDateString()

/**
 * A time near `now`: only the time of day if it is on the same day, and otherwise with the day.
 *
 * @category formatting
 * @since 0.1.0
 */
export const nearby = (iso: string | number, now: number): string => {
  const date = new Date(iso)
  const time = date.getSeconds() === 0 ? clockOfDay.format(date) : clock.format(date)
  return isSameDay(date, new Date(now)) ? time : `${day.format(date)}, ${time}`
}

/**
 * What the wall clock of a time zone shows.
 *
 * @category formatting
 * @since 0.1.0
 */
export const inZone = (iso: string | number, timezone: string): string => {
  const options = { dateStyle: "medium", timeStyle: "medium" } as const
  try {
    return new Intl.DateTimeFormat(undefined, { ...options, timeZone: timezone }).format(new Date(iso))
  } catch {
    return new Intl.DateTimeFormat(undefined, { ...options, timeZone: "UTC" }).format(new Date(iso)) + " UTC"
  }
}

/**
 * The time of day in a time zone, with the day if it differs from the local one: `02:00 in Tokyo`.
 *
 * @category formatting
 * @since 0.1.0
 */
export const thereAt = (iso: string, timezone: string): string => {
  const place = timezone.split("/").at(-1)!.replaceAll("_", " ")
  const date = new Date(iso)
  try {
    const there = new Intl.DateTimeFormat("en-CA", { dateStyle: "short", timeZone: timezone }).format(date)
    const here = new Intl.DateTimeFormat("en-CA", { dateStyle: "short" }).format(date)
    const options: Intl.DateTimeFormatOptions = {
      hour: "2-digit",
      minute: "2-digit",
      timeZone: timezone,
      ...(there === here ? {} : { weekday: "short" })
    }
    return `${new Intl.DateTimeFormat(undefined, options).format(date)} in ${place}`
  } catch {
    return timezone
  }
}

const grouped = new Intl.NumberFormat()

/**
 * A number with separators.
 *
 * @category formatting
 * @since 0.1.0
 */
export const count = (value: number): string => grouped.format(value)

/**
 * `1 run`, `2 runs`.
 *
 * @category formatting
 * @since 0.1.0
 */
export const plural = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? "" : "s"}`

/**
 * A value as indented JSON, for people.
 *
 * @category formatting
 * @since 0.1.0
 */
export const json = (value: unknown): string => JSON.stringify(value, undefined, 2) ?? ""

/**
 * The time zone of the browser.
 *
 * @category formatting
 * @since 0.1.0
 */
export const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone
