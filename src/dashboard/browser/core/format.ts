/**
 * Times, durations and numbers as people read them, in the language and the zone of the browser. Relies on `Intl` only.
 */

const units: ReadonlyArray<readonly [name: string, millis: number]> = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000]
]

/**
 * A duration in its two largest units: `3d 4h`, `1m 05s`, `0.42s`.
 *
 * @category formatting
 * @since 0.1.0
 */
export const duration = (millis: number): string => {
  const total = Math.max(0, millis)
  if (total < 1_000) return `${Math.round(total)}ms`
  if (total < 10_000) return `${(Math.floor(total / 100) / 10).toFixed(1)}s`
  const at = units.findIndex(([, size]) => total >= size)
  const [name, size] = units[at]!
  const next = units[at + 1]
  const whole = `${Math.floor(total / size)}${name}`
  return next === undefined
    ? whole
    : `${whole} ${String(Math.floor(total % size / next[1])).padStart(2, "0")}${next[0]}`
}

/**
 * A duration in whole seconds, for what counts up or down once a second.
 *
 * @category formatting
 * @since 0.1.0
 */
export const countdown = (millis: number): string => {
  const seconds = Math.max(0, Math.round(millis / 1_000)) * 1_000
  return seconds < 10_000 ? `${seconds / 1_000}s` : duration(seconds)
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
 * An instant in full, with the zone.
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
 * A time near `now`: only the time of day if it is on the same day, else with the day.
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
 * A time in a zone of its own: what the clock on the wall says there.
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
 * The zone of the browser.
 *
 * @category formatting
 * @since 0.1.0
 */
export const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone
