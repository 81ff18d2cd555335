/**
 * Alarms in the order in which they ring; those of one instant mostly ring in the order in which they were set.
 *
 * Alarms for the same instant are mostly set right after one another. Such a herd forms a ring behind its first alarm,
 * which alone is in the heap, so that each of the others costs the same however many there are.
 */
import * as heap from "./heap.ts"

/** An alarm. Its neighbours are those in the same ring, if there are any. */
export interface Entry<E> extends heap.Entry {
  before: E | undefined
  after: E | undefined
}

/** The fields of an alarm that is not set. */
export const unset = { at: 0, index: -1, before: undefined, after: undefined } as const

/** All alarms that are set. `newest` is the first one of the ring that was last added to. */
export interface Alarms<E> {
  readonly entries: Array<E>
  newest: E | undefined
}

/** No alarms. */
export const make = <E>(): Alarms<E> => ({ entries: [], newest: undefined })

/** The index of an alarm in a ring but not in the heap: larger than any heap. -1 is that of one that is not set. */
const behind = 0x3fff_ffff

/** Whether an alarm is set. */
export const isSet = ({ index }: heap.Entry): boolean => index >= 0

/** The alarm that rings first. */
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

/** Leaves the ring, and returns the next alarm in it. */
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
