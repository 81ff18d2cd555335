/**
 * Alarms in the order in which they ring, and those of one instant mostly in the order in which they were set.
 *
 * A herd that is due at the same time is mostly set right after one another: it stands in a ring behind its first one, which
 * alone has a place in the heap, so that each of the others costs the same however many there are.
 */
import * as heap from "./heap.ts"

/** An alarm; its neighbours are those that stand in a ring with it, if there are any. */
export interface Entry<E> extends heap.Entry {
  before: E | undefined
  after: E | undefined
}

/** What an alarm begins with. */
export const unset = { at: 0, index: -1, before: undefined, after: undefined } as const

/** All that are set. `newest` is the first one of the ring that one joined last. */
export interface Alarms<E> {
  readonly entries: Array<E>
  newest: E | undefined
}

/** No alarms. */
export const make = <E>(): Alarms<E> => ({ entries: [], newest: undefined })

/** The place of one that stands behind another one: no heap is as large. -1 is that of one that is not set. */
const behind = 0x3fff_ffff

/** Whether an alarm is set. */
export const isSet = ({ index }: heap.Entry): boolean => index >= 0

/** The one that rings first. */
export const first = <E>({ entries }: Alarms<E>): E | undefined => entries[0]

/** Sets an alarm, or moves it if it is set for another time. */
export const set = <E extends Entry<E>>(alarms: Alarms<E>, alarm: E, at: number): void => {
  if (isSet(alarm) && alarm.at === at) return
  remove(alarms, alarm)
  alarm.at = at
  const { newest } = alarms
  if (newest !== undefined && newest.at === at) return join(newest, alarm)
  heap.push(alarms.entries, alarm)
  alarms.newest = alarm
}

const join = <E extends Entry<E>>(first: E, alarm: E): void => {
  const last = first.before ?? first
  alarm.index = behind
  alarm.before = last
  alarm.after = first
  last.after = alarm
  first.before = alarm
}

/** Takes an alarm away. Does nothing if it is not set. */
export const remove = <E extends Entry<E>>(alarms: Alarms<E>, alarm: E): void => {
  if (!isSet(alarm)) return
  const next = leave(alarm)
  if (alarms.newest === alarm) alarms.newest = next
  if (alarm.index === behind) alarm.index = -1
  else if (next === undefined) heap.remove(alarms.entries, alarm)
  else heap.replace(alarms.entries, alarm, next)
}

/** Leaves the ring, and gives the one behind it. */
const leave = <E extends Entry<E>>(alarm: E): E | undefined => {
  const { after, before } = alarm
  if (before === undefined || after === undefined) return undefined
  alarm.before = alarm.after = undefined
  if (before === after) {
    after.before = after.after = undefined
  } else {
    before.after = after
    after.before = before
  }
  return after
}
