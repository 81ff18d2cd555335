/**
 * The timetable of a cron expression: the wall-clock times that it asks for, laid over the pieces of time of a zone.
 *
 * It goes section by section, and asks each piece for the first time that matches. It skips days (UTC) on which no wall
 * clock of the world shows a matching day: no offset reaches 16 hours, so on day `d` wall clocks show the days `d - 1`
 * to `d + 1`.
 */
import type { Piece, Timeline } from "./pieces.ts"
import * as time from "./time.ts"
import type { Count, Timetable } from "./timetable.ts"
import { count, first, last, type WallClock } from "./wallClock.ts"

/**
 * How many sections a search looks at. The first one with a matching day has an occurrence, unless all of its times are
 * jumped over. If that is so for 40 years (daylight saving time follows rules), the occurrence never comes.
 */
const sectionLimit = 200

const firstOf = (clock: WallClock, piece: Piece, instant: number): number | undefined => {
  const late = instant - piece.at
  if (piece.pace === 0) {
    return late <= 0 && first(clock, piece.from, piece.until) !== undefined ? piece.at : undefined
  }
  const found = first(clock, late > 0 ? piece.from + late : piece.from, piece.until)
  return found === undefined ? undefined : piece.at + found - piece.from
}

const lastOf = (clock: WallClock, piece: Piece, instant: number): number | undefined => {
  const passed = instant - piece.at + 1
  if (piece.pace === 0) {
    return passed > 0 && first(clock, piece.from, piece.until) !== undefined ? piece.at : undefined
  }
  const found = last(clock, piece.from, Math.min(piece.from + passed, piece.until))
  return found === undefined ? undefined : piece.at + found - piece.from
}

/** The first occurrence in any of the pieces, at or after an instant. */
const firstAmong = (clock: WallClock, pieces: ReadonlyArray<Piece>, instant: number): number | undefined => {
  if (pieces.length === 1) return firstOf(clock, pieces[0]!, instant)
  let best: number | undefined
  for (const piece of pieces) {
    const found = firstOf(clock, piece, instant)
    if (found !== undefined && (best === undefined || found < best)) best = found
  }
  return best
}

/** The last occurrence in any of the pieces, at or before an instant. */
const lastAmong = (clock: WallClock, pieces: ReadonlyArray<Piece>, instant: number): number | undefined => {
  if (pieces.length === 1) return lastOf(clock, pieces[0]!, instant)
  let best: number | undefined
  for (const piece of pieces) {
    const found = lastOf(clock, piece, instant)
    if (found !== undefined && (best === undefined || found > best)) best = found
  }
  return best
}

const inRange = (instant: number | undefined): number | undefined =>
  instant !== undefined && time.isInRange(instant) ? instant : undefined

const dayOf = (instant: number) => Math.floor(instant / time.day)

/**
 * Remembers two answers: many recurring tasks that are due at the same time all ask for that occurrence, and for the
 * one after it.
 */
const remembering = (next: (after: number) => number | undefined): (after: number) => number | undefined => {
  let last = { after: Number.NaN, at: undefined as number | undefined }
  let lastButOne = last
  return (after) => {
    if (after === last.after) return last.at
    if (after === lastButOne.after) return lastButOne.at
    lastButOne = last
    last = { after, at: next(after) }
    return last.at
  }
}

/** The timetable of a wall clock in a zone. */
export const make = (clock: WallClock, timeline: Timeline): Timetable => {
  const next = remembering((after) => {
    const instant = Math.max(Math.floor(after) + 1, time.earliest)
    if (!(instant <= time.latest)) return undefined
    let day = dayOf(instant)
    for (let tries = 0; tries < sectionLimit; tries++) {
      const { pieces, until } = timeline(day)
      const found = firstAmong(clock, pieces, instant)
      if (found !== undefined) return inRange(found)
      const match = clock.days.next(until - 1)
      if (match === undefined) return undefined
      day = Math.max(until, match - 1)
    }
    return undefined
  })

  const prev = (before: number): number | undefined => {
    const instant = Math.min(Math.ceil(before) - 1, time.latest)
    if (!(instant >= time.earliest)) return undefined
    let day = dayOf(instant)
    for (let tries = 0; tries < sectionLimit; tries++) {
      const { from, pieces } = timeline(day)
      const found = lastAmong(clock, pieces, instant)
      if (found !== undefined) return inRange(found)
      const match = clock.days.prev(from)
      if (match === undefined) return undefined
      day = Math.min(from - 1, match + 1)
    }
    return undefined
  }

  return { next, prev, count: counter(clock, timeline, next) }
}

/** How many occurrences a piece has at or after `from` and before `until`. */
const countIn = (clock: WallClock, piece: Piece, from: number, until: number): number => {
  const begin = piece.from + Math.max(from - piece.at, 0)
  const end = Math.min(piece.from + until - piece.at, piece.until)
  return count(clock, begin, end)
}

/** Counts whole pieces where a section is one piece, and one by one elsewhere. */
const counter = (clock: WallClock, timeline: Timeline, next: Timetable["next"]): Timetable["count"] =>
(
  after,
  upTo,
  limit
): Count => {
  const end = Math.min(Math.floor(upTo), time.latest)
  let at = Math.max(Math.floor(after), time.earliest - 1)
  let total = 0
  for (let steps = 0; at < end; steps++) {
    if (steps >= limit) return { count: total, upTo: at }
    const section = timeline(dayOf(at + 1))
    const [piece, ...others] = section.pieces
    if (piece !== undefined && piece.pace === 1 && others.length === 0) {
      const until = Math.min(section.until * time.day, end + 1)
      total += countIn(clock, piece, at + 1, until)
      const match = clock.days.next(section.until - 1)
      at = match === undefined ? end : Math.max(until, (match - 1) * time.day) - 1
    } else {
      const following = next(at)
      if (following === undefined || following > end) return { count: total, upTo }
      total++
      at = following
    }
  }
  return { count: total, upTo }
}
