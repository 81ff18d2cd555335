/**
 * Spans of calendars that follow a wall clock: local days, and local times of day.
 */
import type { LocalDays } from "./localDays.ts"
import type { Piece, Timeline } from "./pieces.ts"
import type { Span, Spans } from "./spans.ts"
import * as time from "./time.ts"

const endOf = (piece: Piece) => piece.at + piece.until - piece.from

/** The piece of a literal timeline that contains an instant in range: there is exactly one. */
const pieceAt = (timeline: Timeline, instant: number): Piece =>
  timeline(Math.floor(instant / time.day)).pieces.find((piece) => instant >= piece.at && instant < endOf(piece))!

/** The span of the wall-clock times from `from` (included) to `until` (excluded), within a piece. */
const clip = (isInside: boolean, piece: Piece, from: number, until: number): Span => ({
  isInside,
  from: piece.at + Math.max(from - piece.from, 0),
  until: Math.min(piece.at + until - piece.from, endOf(piece))
})

/**
 * The local days of a set. A span outside of it reaches to the earliest instant at which any clock of the world could
 * show the next day of the set; shorter if the clock could be set back to the day before.
 */
export const ofDays = (timeline: Timeline, days: LocalDays): Spans => (instant) => {
  const piece = pieceAt(timeline, instant)
  const day = Math.floor((piece.from + instant - piece.at) / time.day)
  const span = clip(days.has(day), piece, day * time.day, (day + 1) * time.day)
  if (span.isInside) return span
  const next = days.next(day - 1)
  const prev = days.prev(day + 1)
  return {
    isInside: false,
    from: prev === undefined ? -Infinity : prev < day ? Math.min(span.from, (prev + 2) * time.day) : span.from,
    until: next === undefined ? Infinity : next > day ? Math.max(span.until, (next - 1) * time.day) : span.until
  }
}

/** From one time of day to another, across midnight if the first is later. */
export const ofHours = (timeline: Timeline, from: number, to: number): Spans => {
  const [early, late] = from < to ? [from, to] : [to, from]
  return (instant) => {
    const piece = pieceAt(timeline, instant)
    const wall = piece.from + instant - piece.at
    const midnight = Math.floor(wall / time.day) * time.day
    const tod = wall - midnight
    if (tod < early) return clip(from > to, piece, midnight, midnight + early)
    if (tod < late) return clip(from < to, piece, midnight + early, midnight + late)
    return clip(from > to, piece, midnight + late, midnight + time.day)
  }
}

/** Whether any part of a local day is in a calendar. */
export const touches = (timeline: Timeline, spans: Spans) => (day: number): boolean =>
  [day - 1, day, day + 1].some((utcDay) =>
    timeline(utcDay).pieces.some((piece) => {
      const { from, until } = clip(true, piece, day * time.day, (day + 1) * time.day)
      for (let at = from; at < until;) {
        const span = spans(at)
        if (span.isInside) return true
        at = span.until
      }
      return false
    })
  )
