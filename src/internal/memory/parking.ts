/**
 * Concurrency keys in memory: how many tasks with a key are active, and which are parked until there are fewer.
 */
import { isFinal } from "../../TaskInfo.ts"
import type { TaskRecord } from "../../TaskRecord.ts"
import * as queue from "../queue.ts"

/** Something that has a task. */
export interface Holder {
  readonly task: TaskRecord
}

/** A task in line. It may have gone in another way: then it is passed over. */
interface Parked extends queue.Node {
  readonly holder: Holder
}

/** The tasks with a key: the number of those that are active, and those that are parked and do not sleep. */
interface Line {
  active: number
  readonly parked: queue.Queue<Parked>
}

/** The lines of all keys that have any such tasks. */
export type Lines = Map<string, Line>

/** Whether a task counts against the limit of its key. */
const isActive = ({ parked, status }: TaskRecord): boolean => !parked && !isFinal(status)

/** Whether a task is in line, and not asleep. */
const isInLine = ({ parked, retryAt }: TaskRecord): boolean => parked && retryAt === null

const lineOf = (lines: Lines, key: string): Line => {
  let line = lines.get(key)
  if (line === undefined) lines.set(key, line = { active: 0, parked: queue.make() })
  return line
}

const isYounger = ({ holder: a }: Parked, { holder: b }: Parked): boolean =>
  a.task.createdAt > b.task.createdAt || (a.task.createdAt === b.task.createdAt && a.task.taskId > b.task.taskId)

const enter = ({ parked }: Line, holder: Holder): void =>
  queue.insert(
    parked,
    { holder, priority: holder.task.priority, previous: undefined, next: undefined, line: undefined },
    isYounger
  )

/** A task was added, changed or removed: it is now as its holder has it, unless it has gone. */
export const follow = (lines: Lines, before: TaskRecord | undefined, holder: Holder, isGone = false): void => {
  const { concurrency } = holder.task
  if (concurrency === null) return
  const line = lineOf(lines, concurrency.key)
  const is = isGone ? undefined : holder.task
  line.active += Number(is !== undefined && isActive(is)) - Number(before !== undefined && isActive(before))
  const wasInLine = before !== undefined && isInLine(before)
  if (is !== undefined && isInLine(is) && !wasInLine) enter(line, holder)
  tidy(lines, concurrency.key, line)
}

const tidy = (lines: Lines, key: string, { active, parked }: Line): void => {
  if (active === 0 && parked.size === 0) lines.delete(key)
}

/** The first that is still in the line of a key. `isHere` tells whether a holder still has its task. */
const firstOf = <A extends Holder>(lines: Lines, key: string, isHere: (holder: A) => boolean): Parked | undefined => {
  const line = lineOf(lines, key)
  let [first] = queue.first(line.parked, 1)
  while (first !== undefined && !(isHere(first.holder as A) && isInLine(first.holder.task))) {
    queue.remove(line.parked, first)
    first = queue.first(line.parked, 1)[0]
  }
  tidy(lines, key, line)
  return first
}

/** Removes the first from the line of a key, if one more may be active. */
export const shift = <A extends Holder>(lines: Lines, key: string, isHere: (holder: A) => boolean): A | undefined => {
  const first = firstOf(lines, key, isHere)
  if (first === undefined) return undefined
  const { active, parked } = lineOf(lines, key)
  if (active >= first.holder.task.concurrency!.limit) return undefined
  queue.remove(parked, first)
  return first.holder as A
}

/** The keys after `after` for which somebody is in line, in their order. */
export const keys = <A extends Holder>(
  lines: Lines,
  after: string,
  limit: number,
  isHere: (holder: A) => boolean
): ReadonlyArray<string> =>
  [...lines.keys()].filter((key) => key > after && firstOf(lines, key, isHere) !== undefined).sort().slice(0, limit)
