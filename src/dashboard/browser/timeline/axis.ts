/**
 * The ticks on the axis of the timeline: round times of a zone's clock, so that an hour that the zone skips or repeats
 * can be seen. Pure functions.
 */
import type { Recurring } from "../core/wire.ts"

/**
 * How much time is shown, and how it is divided; `every` is in minutes.
 *
 * @category models
 * @since 0.1.0
 */
export interface Range {
  readonly name: string
  readonly millis: number
  readonly every: number
}

const hour = 3_600_000

/**
 * The ranges to choose from.
 *
 * @category ranges
 * @since 0.1.0
 */
export const ranges: ReadonlyArray<Range> = [
  { name: "1 hour", millis: hour, every: 10 },
  { name: "6 hours", millis: 6 * hour, every: 60 },
  { name: "1 day", millis: 24 * hour, every: 180 },
  { name: "3 days", millis: 72 * hour, every: 720 },
  { name: "1 week", millis: 168 * hour, every: 1_440 }
]

/** How many runs of a typical recurring task should be visible. */
const runsToSee = 12

/** Roughly how far apart the runs of a recurring task are, judging by its dates. */
const gapOf = ({ created_at, last_run, next_run }: Recurring): number | undefined =>
  next_run === null ? undefined : Date.parse(next_run) - Date.parse(last_run ?? created_at)

/**
 * The range that shows a good number of runs of what is enabled: an hour for what runs every minute, a week for what
 * runs every night, and a day if nothing is due.
 *
 * @category ranges
 * @since 0.1.0
 */
export const rangeFor = (recurring: Iterable<Recurring>): Range => {
  const gaps = [...recurring].map(gapOf).filter((gap) => gap !== undefined).sort((left, right) => left - right)
  const middle = gaps[Math.floor((gaps.length - 1) / 2)]
  if (middle === undefined) return ranges[2]!
  return ranges.find(({ millis }) => millis >= middle * runsToSee) ?? ranges.at(-1)!
}

/**
 * A tick. `isDay` ones mark the start of a day.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tick {
  readonly at: number
  readonly label: string
  readonly isDay: boolean
}

const formats = new Map<string, Intl.DateTimeFormat>()

const format = (timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => {
  const key = `${timeZone} ${JSON.stringify(options)}`
  const known = formats.get(key)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat(options.hourCycle === undefined ? undefined : "en-GB", { ...options, timeZone })
  formats.set(key, made)
  return made
}

const minutesOfDay = (at: number, timezone: string): number => {
  const parts = format(timezone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).formatToParts(at)
  const value = (type: string) => Number(parts.find((part) => part.type === type)!.value)
  return value("hour") * 60 + value("minute")
}

const label = (at: number, timezone: string, isDay: boolean): string =>
  isDay
    ? format(timezone, { weekday: "short", day: "numeric", month: "short" }).format(at)
    : format(timezone, { hour: "2-digit", minute: "2-digit" }).format(at)

/**
 * The ticks between two instants.
 *
 * @category drawing
 * @since 0.1.0
 */
export const ticksOf = (from: number, to: number, every: number, timezone: string): ReadonlyArray<Tick> => {
  const step = Math.min(every, 30) * 60_000
  const ticks: Array<Tick> = []
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    const minutes = minutesOfDay(at, timezone)
    if (minutes % every === 0) ticks.push({ at, label: label(at, timezone, minutes === 0), isDay: minutes === 0 })
  }
  return ticks
}

/** The width of a label, with the space around it, in pixels. */
const labelWidth = ({ isDay }: Tick): number => isDay ? 84 : 50

/**
 * The ticks whose labels fit beside each other, days first. `place` is where an instant is, in pixels; the mark at
 * `present` takes room too.
 *
 * @category drawing
 * @since 0.1.0
 */
export const withRoom = (
  ticks: ReadonlyArray<Tick>,
  place: (at: number) => number,
  width: number,
  present: number
): ReadonlySet<Tick> => {
  const taken: Array<readonly [from: number, to: number]> = [[place(present) - 20, place(present) + 20]]
  const fitting = ticks.toSorted((left, right) => Number(right.isDay) - Number(left.isDay)).filter((tick) => {
    const half = labelWidth(tick) / 2
    const from = place(tick.at) - half
    const to = place(tick.at) + half
    if (from < 0 || to > width || taken.some(([start, end]) => from < end && start < to)) return false
    taken.push([from, to])
    return true
  })
  return new Set(fitting)
}
