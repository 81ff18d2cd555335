/**
 * How the wall clock of a zone runs through real time, under each reading of its changes.
 *
 * A piece says which wall-clock times happen and when: in step with real time, or all at one instant. Days without a
 * change are one piece. Where the clock is set forward or back, the reading decides which pieces there are.
 */
import * as time from "./time.ts"
import type { Block, Change, Zone } from "./zone.ts"

/** The wall-clock times from `from` (included) to `until` (excluded). `from` happens at the instant `at`. */
export interface Piece {
  readonly from: number
  readonly until: number
  readonly at: number
  /** 1: the clock runs. 0: all times happen at once, as the clock jumps over them. */
  readonly pace: 0 | 1
}

/**
 * How changes of the clock are read.
 *
 * - `literal`: what the clock shows, each time it shows it.
 * - `once`: what the clock shows, the first time it shows it.
 * - `collapse`: like `once`, and times that are jumped over happen at the jump; changes of more than three hours are
 *   corrections of the clock, and are read literally.
 * - `shift`: like `once`, and times that are jumped over happen later by the length of the jump.
 */
export type Reading = "literal" | "once" | "collapse" | "shift"

/** The days (UTC, counted from 1970-01-01) from `from` (included) to `until` (excluded), in pieces. */
export interface Section {
  readonly from: number
  readonly until: number
  readonly pieces: ReadonlyArray<Piece>
}

/** The section that contains a day: many days without a change, a day on which the clock changes, or the day after. */
export type Timeline = (day: number) => Section

const stretch = (from: number, until: number, offset: number): Piece => ({
  from: from + offset,
  until: until + offset,
  at: from,
  pace: 1
})

const jump = ({ after, at, before }: Change): Piece => ({ from: at + before, until: at + after, at, pace: 0 })

const correction = 3 * time.hour

const isRead = (reading: Reading, { after, before }: Change): boolean =>
  reading !== "literal" && (reading !== "collapse" || Math.abs(after - before) <= correction)

/** Until when, after a change, the clock shows again what it has shown before. */
const endOfRepeat = (change: Change | undefined, reading: Reading): number =>
  change === undefined || !isRead(reading, change) ? -Infinity : change.at + change.before - change.after

/** The change on a day: after its start, up to and including its end. */
const changeOn = ({ change }: Block, day: number): Change | undefined =>
  change !== undefined && Math.ceil(change.at / time.day) - 1 === day ? change : undefined

const offsetAt = ({ change, offset }: Block, instant: number): number =>
  change !== undefined && instant >= change.at ? change.after : offset

/** The pieces of a day, if the offset may change on it or on the day before. */
const piecesOf = (zone: Zone, reading: Reading, day: number): ReadonlyArray<Piece> => {
  const start = day * time.day
  const end = start + time.day
  const block = zone.blockOf(day)
  const yesterday = changeOn(zone.blockOf(day - 1), day - 1)
  const today = changeOn(block, day)
  const change = today?.at ?? end
  const pieces = [
    stretch(Math.max(start, endOfRepeat(yesterday, reading)), change, offsetAt(block, start)),
    stretch(Math.max(change, endOfRepeat(today, reading)), end, offsetAt(block, end))
  ]
  for (const one of [yesterday, today]) {
    if (one === undefined || one.after < one.before || !isRead(reading, one)) continue
    const closed = one.at + one.after - one.before
    if (reading === "collapse" && one.at >= start && one.at < end) pieces.push(jump(one))
    if (reading === "shift") pieces.push(stretch(Math.max(one.at, start), Math.min(closed, end), one.before))
  }
  return pieces.filter(({ from, until }) => from < until)
}

const quiet = ({ from, offset, until }: Block): Section => ({
  from,
  until,
  pieces: [stretch(from * time.day, until * time.day, offset)]
})

/** Whether no change in a block, or on the day before it, affects it. */
const isQuiet = (zone: Zone, { change, from }: Block): boolean =>
  change === undefined && changeOn(zone.blockOf(from - 1), from - 1) === undefined

/** How many sections a timeline remembers before its memory is cleared. */
const remembered = 4_096

const ofNamed = (zone: Zone, reading: Reading): Timeline => {
  const blocks = new WeakMap<Block, Section>()
  const days = new Map<number, Section>()
  const ofDay = (day: number): Section => {
    const known = days.get(day)
    if (known !== undefined) return known
    if (days.size >= remembered) days.clear()
    const section = { from: day, until: day + 1, pieces: piecesOf(zone, reading, day) }
    days.set(day, section)
    return section
  }
  return (day) => {
    const block = zone.blockOf(day)
    const known = blocks.get(block)
    if (known !== undefined) return known
    if (!isQuiet(zone, block)) return ofDay(day)
    const section = quiet(block)
    blocks.set(block, section)
    return section
  }
}

const ofFixed = (offset: number): Timeline => {
  const section: Section = {
    from: Math.floor(time.earliest / time.day),
    until: Math.ceil(time.latest / time.day),
    pieces: [stretch(time.earliest, time.latest + 1, offset)]
  }
  return () => section
}

const timelines = new WeakMap<Zone, Map<Reading, Timeline>>()

/** The timeline of a zone under a reading; one object for each. */
export const timeline = (zone: Zone, reading: Reading): Timeline => {
  let known = timelines.get(zone)
  if (known === undefined) timelines.set(zone, known = new Map())
  let found = known.get(reading)
  if (found === undefined) {
    found = zone.fixed === undefined ? ofNamed(zone, reading) : ofFixed(zone.fixed)
    known.set(reading, found)
  }
  return found
}
