/**
 * A naive reading of cron: it looks at what the clock on the wall shows, minute by minute, and knows nothing of offsets.
 * Changes of the clock are what it sees when the clock jumps.
 */
import type * as Recurrence from "../../src/Recurrence.ts"

const minute = 60_000
const hour = 60 * minute

/** A reader of the wall clock of a zone: milliseconds since 1970-01-01T00:00 on that clock. */
export const reader = (timezone: string): (instant: number) => number => {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit"
  })
  return (instant) => {
    const [month, day, year, hours, minutes] = format.format(instant).split(/\D+/).map(Number)
    return Date.UTC(year!, month! - 1, day, hours, minutes)
  }
}

/** A stretch of time: what the clock shows at each minute of it. */
export interface Stretch {
  readonly from: number
  readonly walls: ReadonlyArray<number>
}

export const stretch = (timezone: string, from: number, until: number): Stretch => {
  const read = reader(timezone)
  return { from, walls: Array.from({ length: (until - from) / minute }, (_, index) => read(from + index * minute)) }
}

/** The middles of the hours in which the offset of a zone changes. */
export const changes = (timezone: string, from: number, until: number): Array<number> => {
  const read = reader(timezone)
  const offset = (instant: number) => read(instant) - instant
  const found: Array<number> = []
  for (let at = from; at < until; at += 24 * hour) {
    if (offset(at) === offset(at + 24 * hour)) continue
    let low = at
    while (offset(low) === offset(low + hour)) low += hour
    found.push(low)
  }
  return found
}

const values = (text: string, min: number, max: number): Set<number> => {
  const found = new Set<number>()
  for (const item of text.split(",")) {
    const [range = "", step = "1"] = item.split("/")
    const [from, to] = range === "*" ? [min, max] : range.split("-").map(Number)
    for (let value = from!; value <= (to ?? from!); value += Number(step)) found.add(value)
  }
  return found
}

/** Whether the clock shows a time of a 5-field expression. */
const matcher = (expression: string): (wall: number) => boolean => {
  const [minutes = "", hours = "", dates = "", months = "", weekdays = ""] = expression.split(" ")
  const sets = [
    values(minutes, 0, 59),
    values(hours, 0, 23),
    values(dates, 1, 31),
    values(months, 1, 12),
    values(weekdays, 0, 6)
  ] as const
  const isAnd = dates.startsWith("*") || weekdays.startsWith("*")
  const isDay = remembering((day) => {
    const date = new Date(day * 24 * hour)
    const isDate = sets[2].has(date.getUTCDate())
    const isWeekday = sets[4].has(date.getUTCDay())
    return sets[3].has(date.getUTCMonth() + 1) && (isAnd ? isDate && isWeekday : isDate || isWeekday)
  })
  return (wall) =>
    sets[0].has((wall / minute) % 60) && sets[1].has(Math.floor(wall / hour) % 24) &&
    isDay(Math.floor(wall / 24 / hour))
}

const remembering = <A>(f: (key: number) => A) => {
  const known = new Map<number, A>()
  return (key: number): A => {
    if (!known.has(key)) known.set(key, f(key))
    return known.get(key)!
  }
}

/** Every instant of a stretch at which an expression is due, in order. */
export const due = (expression: string, dst: Recurrence.DstPolicy, { from, walls }: Stretch): Array<number> => {
  const matches = matcher(expression)
  const followsRealTime = expression.split(" ").slice(0, 2).some((field) => field.startsWith("*"))
  const isLiteral = dst === "literal" || (dst === "vixie" && followsRealTime)
  const found = new Set<number>()
  let shown = -Infinity // the latest time that the clock has shown
  for (const [index, wall] of walls.entries()) {
    const instant = from + index * minute
    const previous = walls[index - 1] ?? wall - minute
    const jump = wall - previous - minute
    if (dst === "vixie" && Math.abs(jump) > 3 * hour) shown = -Infinity
    else if (jump > 0 && !isLiteral) {
      for (let skipped = previous + minute; skipped < wall; skipped += minute) {
        if (!matches(skipped)) continue
        if (dst === "vixie") found.add(instant)
        if (dst === "shift") found.add(instant + skipped - previous - minute)
      }
    }
    if (matches(wall) && (isLiteral || wall > shown)) found.add(instant)
    shown = Math.max(shown, wall)
  }
  return [...found].filter((instant) => instant < from + walls.length * minute).sort((a, b) => a - b)
}
