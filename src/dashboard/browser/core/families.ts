/**
 * Which rows the list of tasks has: families and single tasks in the order in which they are read, and what is below one
 * of them. Pure functions of the state.
 */
import type { Kin } from "./lineage.ts"
import { type Filter, isFiltered, matches, type State } from "./state.ts"
import { isForLater } from "./status.ts"
import type { Task } from "./wire.ts"

/**
 * The rows of a list: what is there `now`, what has `ended`, and what starts `later`, which has a row of its own until
 * its time comes, whoever has queued it. `fitting` is how many tasks pass the filter.
 *
 * @category models
 * @since 0.1.0
 */
export interface Rows {
  readonly now: ReadonlyArray<Kin>
  readonly ended: ReadonlyArray<Kin>
  readonly later: ReadonlyArray<Task>
  readonly fitting: number
}

/**
 * The children that a family shows when it is unfolded, the oldest first, so that none moves while they run. A filter
 * that some of them pass hides the others. `later` of them are listed apart.
 *
 * @category models
 * @since 0.1.0
 */
export interface Children {
  readonly shown: ReadonlyArray<Kin>
  readonly hidden: number
  readonly later: number
}

const compare = (left: string, right: string): number => left < right ? -1 : left > right ? 1 : 0

/** The first to start comes first. */
const byStart = (left: Task, right: Task): number =>
  compare(left.scheduled_at ?? "", right.scheduled_at ?? "") || compare(left.task_id, right.task_id)

/** The oldest comes first. */
const byAge = (left: Kin, right: Kin): number =>
  compare(left.task?.created_at ?? "", right.task?.created_at ?? "") || compare(left.id, right.id)

/** The tasks right below another one. */
const childrenIn = (kin: Kin): ReadonlyArray<Kin> => [...kin.children.values()].filter(({ up }) => up === kin)

/** Whether the time of anything below has come, of what was queued for later. */
const isDue = (kin: Kin, at: number): boolean =>
  kin.below.later > 0 &&
  childrenIn(kin).some((child) => child.task?.status === "queued" && !isForLater(child.task, at) || isDue(child, at))

/** Whether anything below runs, or waits for its turn. */
const isBusy = (kin: Kin, at: number): boolean => {
  const { later, queued, running } = kin.below
  return running > 0 || queued > later || isDue(kin, at)
}

/** When it was queued. A parent that is not there was queued just before the first of its children. */
const queuedAt = ({ children, task }: Kin): string => (task ?? children.values().next().value?.task)?.created_at ?? ""

interface Place {
  readonly kin: Kin
  readonly rank: number
  readonly since: string
}

/**
 * What runs comes first, then what waits, then what has ended. A family keeps its place for as long as it is busy, unless
 * `single` says that each task counts for itself.
 */
const placeOf = (kin: Kin, at: number, single: boolean): Place => {
  const { ended, task } = kin
  if (!single && isBusy(kin, at) || task?.status === "running") return { kin, rank: 0, since: queuedAt(kin) }
  if (task?.status === "queued") return { kin, rank: 1, since: queuedAt(kin) }
  const own = task?.completed_at ?? queuedAt(kin)
  return { kin, rank: 2, since: single || ended < own ? own : ended }
}

/** Each newest first. */
const byPlace = (left: Place, right: Place): number =>
  left.rank - right.rank || compare(right.since, left.since) || compare(right.kin.id, left.kin.id)

/**
 * The rows for a filter at an instant, in epoch milliseconds. A task is folded below its parent if that passes the
 * filter too, and has a row of its own otherwise, as have all instances of recurring tasks.
 *
 * @category arranging
 * @since 0.1.0
 */
export const rowsOf = ({ lineage, recurring, tasks }: State, filter: Filter, at: number): Rows => {
  const filtered = isFiltered(filter)
  const fitting = filtered ? new Set([...tasks.values()].filter(matches(filter)).map(({ task_id }) => task_id)) : tasks
  const isRow = ({ id, task }: Kin) => task === undefined ? !filtered && !recurring.has(id) : fitting.has(id)
  const top = new Set<Kin>()
  const later: Array<Task> = []
  for (const id of fitting.keys()) {
    const kin = lineage.get(id)!
    if (isForLater(kin.task!, at)) later.push(kin.task!)
    else if (kin.up === undefined || !isRow(kin.up)) top.add(kin)
    else if (kin.up.task === undefined) top.add(kin.up)
  }
  const places = [...top].map((kin) => placeOf(kin, at, filter.status !== "")).sort(byPlace)
  const ended = places.findIndex(({ rank }) => rank === 2)
  const rows = places.map(({ kin }) => kin)
  return {
    now: ended < 0 ? rows : rows.slice(0, ended),
    ended: ended < 0 ? [] : rows.slice(ended),
    later: later.sort(byStart),
    fitting: fitting.size
  }
}

/**
 * What a family shows when it is unfolded.
 *
 * @category arranging
 * @since 0.1.0
 */
export const childrenOf = (kin: Kin, filter: Filter, at: number): Children => {
  const all = childrenIn(kin)
  const there = all.filter(({ task }) => task !== undefined && !isForLater(task, at)).sort(byAge)
  const fits = matches(filter)
  const fitting = isFiltered(filter) ? there.filter(({ task }) => task !== undefined && fits(task)) : there
  const shown = fitting.length === 0 ? there : fitting
  return { shown, hidden: there.length - shown.length, later: all.length - there.length }
}
