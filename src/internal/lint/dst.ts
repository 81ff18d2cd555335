/**
 * Where a cron expression meets a change of the clock, and what it does there.
 */
import * as Result from "effect/Result"
import * as leaves from "../recurrence/leaves.ts"
import type { Cron } from "../recurrence/model.ts"
import * as time from "../recurrence/time.ts"
import { timetable } from "../recurrence/timetable.ts"
import * as zone from "../recurrence/zone.ts"

/** A change that an expression meets: local times that do not exist (`gap`) or happen twice (`repeat`), and its runs. */
export interface Met {
  readonly at: number
  readonly kind: "gap" | "repeat"
  /** How far the clock is moved, in milliseconds. */
  readonly moved: number
  readonly runs: ReadonlyArray<number>
}

/** How many runs are named at most. */
const shown = 4

/** The first change within a year whose missing or repeated local times it asks for. */
export const firstMet = (cron: Cron, now: number): Met | undefined => {
  const wall = wallClock(cron)
  if (wall === undefined) return undefined
  for (const change of changes(cron.timezone, now)) {
    const { after, at, before } = change
    const from = at + Math.min(before, after)
    const moved = Math.abs(after - before)
    const asked = wall.next(from - 1)
    if (asked !== undefined && asked < from + moved) return met(cron, change)
  }
  return undefined
}

/** The expression on a clock that never changes: its instants are the local times that it asks for. */
const wallClock = ({ dst, expression, seed }: Cron) => {
  const cron = leaves.cron(expression, { timezone: "UTC", dst, seed: seed._tag === "Some" ? seed.value : undefined })
  return Result.isSuccess(cron) ? timetable(cron.success) : undefined
}

const changes = (timezone: string, now: number): ReadonlyArray<zone.Change> => {
  const found: Array<zone.Change> = []
  const rules = zone.get(timezone)
  if (rules === undefined || rules.fixed !== undefined) return found
  const end = Math.floor(now / time.day) + 366
  for (let day = Math.floor(now / time.day); day < end;) {
    const { change, until } = rules.blockOf(day)
    if (change !== undefined && change.at > now) found.push(change)
    day = until
  }
  return found
}

const met = (cron: Cron, { after, at, before }: zone.Change): Met => {
  const moved = Math.abs(after - before)
  const isGap = after > before
  const { next } = timetable(cron)
  const runs: Array<number> = []
  // a gap leaves one instant, a repeat lasts twice as long as the clock is moved
  const from = isGap ? at : at - moved
  const until = isGap ? at : at + moved - 1
  for (let run = next(from - 1); run !== undefined && run <= until && runs.length < shown; run = next(run)) {
    runs.push(run)
  }
  return { at, kind: isGap ? "gap" : "repeat", moved, runs }
}
