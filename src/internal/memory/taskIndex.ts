/**
 * All tasks in memory, in the order of their insertion. Whoever has to do with a task mostly holds its entry, so that
 * few are ever looked up by their ids: they are indexed when the first one is, and come and go without an index until
 * then.
 */
import { ChurnMap } from "../churnMap.ts"
import type { Entry } from "./state.ts"

/** Where an entry is: its place among the recent ones, or one of these. */
type Place = number
const indexed: Place = -1
const gone: Place = -2

/** How many places among the recent ones may be empty, in addition to as many as are not. */
const slack = 1_024

/** Whether a task is there no more. */
export const isGone = ({ place }: Entry): boolean => place === gone

/** Entries by id. */
export class TaskIndex {
  readonly #indexed = new ChurnMap<Entry>()
  /** What was added after all that is indexed. A place is empty when its entry has gone. */
  readonly #recent: Array<Entry | undefined> = []
  #empty = 0

  add(entry: Entry): void {
    entry.place = this.#recent.push(entry) - 1
  }
  get(taskId: string): Entry | undefined {
    const newest = this.#recent[this.#recent.length - 1]
    if (newest !== undefined && newest.taskId === taskId) return newest
    this.#index()
    return this.#indexed.get(taskId)
  }
  values(): Iterable<Entry> {
    this.#index()
    return this.#indexed.values()
  }
  remove(entry: Entry): void {
    const { place, taskId } = entry
    entry.place = gone
    if (place === indexed) this.#indexed.delete(taskId)
    else if (place >= 0) this.#leave(place)
  }
  #leave(place: number): void {
    this.#recent[place] = undefined
    if (++this.#empty > slack + this.#recent.length / 2) this.#closeUp()
  }
  #closeUp(): void {
    let place = 0
    for (const entry of this.#recent) {
      if (entry === undefined) continue
      entry.place = place
      this.#recent[place++] = entry
    }
    this.#recent.length = place
    this.#empty = 0
  }
  #index(): void {
    if (this.#recent.length === 0) return
    for (const entry of this.#recent) {
      if (entry === undefined) continue
      entry.place = indexed
      this.#indexed.set(entry.taskId, entry)
    }
    this.#recent.length = 0
    this.#empty = 0
  }
}
