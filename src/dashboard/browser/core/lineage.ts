/**
 * Which task has started which: the tasks as families, and of each the sum of what is below it. It is kept with every
 * change, at a cost that does not grow with the number of tasks, and does not mind in which order tasks arrive. Pure
 * data and functions, without a browser; used by the state.
 */
import { isEnded, isForLater } from "./status.ts"
import type { Status, Task } from "./wire.ts"

/**
 * How many tasks are in which state. `later` counts those among the queued ones that were queued for later; `gone` those
 * that were done and have since been removed, as it happens when more have ended than are kept.
 *
 * @category models
 * @since 0.1.0
 */
export type Tally = Readonly<Record<Status | "later" | "gone", number>>

const none: Tally = { queued: 0, running: 0, done: 0, failed: 0, cancelled: 0, later: 0, gone: 0 }

const keys = Object.keys(none) as ReadonlyArray<keyof Tally>

/**
 * How many tasks there are in all.
 *
 * @category counting
 * @since 0.1.0
 */
export const total = ({ cancelled, done, failed, gone, queued, running }: Tally): number =>
  queued + running + done + failed + cancelled + gone

/**
 * A task in its family. `task` is absent as long as only children are known, or once it has been removed. `children` are
 * all that have it as their parent, `up` is the one that it belongs below, and `below` sums up everything that belongs
 * below it, at any depth: it is the same object until that changes. `ended` is when the last of these has ended.
 *
 * @category models
 * @since 0.1.0
 */
export interface Kin {
  readonly id: string
  readonly children: Map<string, Kin>
  task: Task | undefined
  up: Kin | undefined
  below: Tally
  ended: string
}

/** A family has so many generations at most; what is deeper begins one of its own, so that no change has far to go. */
const generations = 8

/** Whether a task was queued for later, and has not started. */
const isLater = (task: Task): boolean => isForLater(task, -Infinity)

const own = (task: Task | undefined): Tally =>
  task === undefined ? none : { ...none, [task.status]: 1, later: isLater(task) ? 1 : 0 }

const combined = (left: Tally, sign: 1 | -1, right: Tally): Tally => {
  const sum: Record<keyof Tally, number> = { ...left }
  for (const key of keys) sum[key] += sign * right[key]
  return sum
}

const whole = ({ below, task }: Kin): Tally => combined(below, 1, own(task))

/** Changes the sums from one kin upwards. */
const change = (from: Kin | undefined, sign: 1 | -1, by: Tally, ended = ""): void => {
  for (let kin = from; kin !== undefined; kin = kin.up) {
    kin.below = combined(kin.below, sign, by)
    if (ended > kin.ended) kin.ended = ended
  }
}

/** Whether there is no place below a parent: it is as deep as a family may be, or below the child itself. */
const isFull = (parent: Kin, child: Kin): boolean => {
  let depth = 1
  for (let kin: Kin | undefined = parent; kin !== undefined; kin = kin.up) {
    if (kin === child || ++depth > generations) return true
  }
  return false
}

/**
 * Whether a task is the next in a series, in which each queues the one after it and ends, and not a part of its parent:
 * it is the only child, of the same type, and has outlived it.
 */
const isNext = (task: Task, before: Task, siblings: number): boolean =>
  siblings === 1 && task.task_type === before.task_type && isEnded(before) &&
  !(isEnded(task) && (task.completed_at ?? "") <= (before.completed_at ?? ""))

/**
 * All families.
 *
 * @category models
 * @since 0.1.0
 */
export class Lineage {
  private readonly all = new Map<string, Kin>()

  /** A task in its family, or what is known of a parent that is not there. */
  get(id: string): Kin | undefined {
    return this.all.get(id)
  }

  /** A new task, or one that has changed. */
  set(task: Task): void {
    const kin = this.at(task.task_id)
    const before = kin.task
    kin.task = task
    if (before === undefined) return this.enter(kin, task)
    if (before.status === task.status && isLater(before) === isLater(task)) return
    change(kin.up, -1, own(before))
    change(kin.up, 1, own(task), task.completed_at ?? "")
    if (kin.children.size === 1) this.place(first(kin))
    this.place(kin)
  }

  /** A task that is no longer kept. Its children stay together. */
  remove(id: string): void {
    const kin = this.all.get(id)
    if (kin?.task === undefined) return
    const { parent_id, status } = kin.task
    const above = kin.up
    this.move(kin, undefined)
    change(above, 1, { ...none, gone: kin.below.gone + (status === "done" ? 1 : 0) })
    kin.task = undefined
    if (parent_id !== null) this.leave(kin, this.at(parent_id))
    for (const child of kin.children.values()) this.place(child)
    this.tidy(kin)
  }

  private at(id: string): Kin {
    const known = this.all.get(id)
    if (known !== undefined) return known
    const kin: Kin = { id, children: new Map(), task: undefined, up: undefined, below: none, ended: "" }
    this.all.set(id, kin)
    return kin
  }

  private enter(kin: Kin, { parent_id }: Task): void {
    for (const child of kin.children.values()) this.place(child)
    if (parent_id === null) return
    const parent = this.at(parent_id)
    parent.children.set(kin.id, kin)
    // the first of several has its place now
    if (parent.children.size === 2) this.place(first(parent))
    this.place(kin)
  }

  private leave(kin: Kin, parent: Kin): void {
    parent.children.delete(kin.id)
    if (parent.children.size === 1) this.place(first(parent))
    this.tidy(parent)
  }

  private tidy(kin: Kin): void {
    if (kin.task === undefined && kin.children.size === 0) this.all.delete(kin.id)
  }

  /** Puts a task where it belongs now. */
  private place(kin: Kin): void {
    const up = this.placeOf(kin)
    if (up !== kin.up) this.move(kin, up)
  }

  /**
   * What a task belongs below. An unknown parent holds several children together, but none that was made for a time of
   * its own: that may be an instance of a recurring task that was removed.
   */
  private placeOf(kin: Kin): Kin | undefined {
    const { task } = kin
    if (task === undefined || task.parent_id === null) return undefined
    const parent = this.at(task.parent_id)
    if (parent.task === undefined) return task.scheduled_at === null && parent.children.size > 1 ? parent : undefined
    return isNext(task, parent.task, parent.children.size) || isFull(parent, kin) ? undefined : parent
  }

  private move(kin: Kin, up: Kin | undefined): void {
    const all = whole(kin)
    change(kin.up, -1, all)
    kin.up = up
    const ended = kin.task?.completed_at ?? ""
    change(up, 1, all, ended > kin.ended ? ended : kin.ended)
  }
}

const first = ({ children }: Kin): Kin => children.values().next().value!
