/**
 * The manager's timer in virtual time: it sleeps in slices, and looks at the wall clock after each. A slice in which
 * nothing happens is not acted out; one in which the clock is stepped is, since only its end shows the step.
 */
import * as heap from "../heap.ts"
import { type Alarm, wall, type World } from "./world.ts"

/** As `Ticker.Slice`, in milliseconds. */
const slice = 30_000

const arm = (world: World): void => {
  const { timer } = world
  timer.isSet = timer.alarms.length > 0
  timer.setAt = world.now
  timer.wallWhenSet = wall(world)
  timer.steppedAt = undefined
}

/** What the wall clock shows when the current slice ends, as far as the timer knows. */
const endOfSlice = ({ now, timer }: World): number => {
  if (!timer.isSet) return Infinity
  const begun = timer.wallWhenSet + Math.floor((now - timer.setAt) / slice) * slice
  const first = timer.alarms[0]?.at ?? Infinity
  return Math.min(begun + slice, Math.max(first, begun))
}

/** Sets an alarm, or moves it. */
export const set = (world: World, alarm: Alarm, at: number): void => {
  const { alarms } = world.timer
  const until = endOfSlice(world)
  heap.remove(alarms, alarm)
  alarm.at = at
  heap.push(alarms, alarm)
  if (at < until) arm(world)
}

/** Takes an alarm away. */
export const clear = (world: World, alarm: Alarm): void => heap.remove(world.timer.alarms, alarm)

/** Takes all alarms away: the process is down. */
export const stop = ({ timer }: World): void => {
  for (const alarm of timer.alarms) alarm.index = -1
  timer.alarms.length = 0
  timer.isSet = false
}

/** The clock is stepped. */
export const step = (world: World, by: number): void => {
  world.offset += by
  world.timer.steppedAt ??= world.now
}

/** When the timer rings next, in true time. */
export const next = ({ timer }: World): number => {
  const first = timer.alarms[0]
  if (first === undefined) return Infinity
  const due = timer.setAt + Math.max(0, first.at - timer.wallWhenSet)
  if (timer.steppedAt === undefined) return due
  const slices = Math.max(1, Math.ceil((timer.steppedAt - timer.setAt) / slice))
  return Math.min(due, timer.setAt + slices * slice)
}

/** Rings whatever is due by the wall clock. */
export const ring = (world: World): void => {
  const { alarms } = world.timer
  const due: Array<Alarm> = []
  for (let first = alarms[0]; first !== undefined && first.at <= wall(world); first = alarms[0]) {
    heap.remove(alarms, first)
    due.push(first)
  }
  arm(world)
  for (const alarm of due) alarm.ring()
}
