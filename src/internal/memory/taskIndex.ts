/**
 * All tasks in memory, in the order of their insertion. Whoever has to do with a task mostly holds its entry, so that few
 * are ever looked up by their ids: they are indexed when the first one is, and come and go without an index until then.
 */
import { ChurnMap } from "../churnMap.ts"
import type { Entry } from "./state.ts"

/** How many removed entries may be left among the recent ones, in addition to as many as are present. */
const slack = 1_024

/** Entries by id. */
export class TaskIndex {
  readonly #indexed = new ChurnMap<Entry>()
  /** What was added after all that is indexed; some of it may be gone. */
  #recent: Array<Entry> = []
  #gone = 0

  add(entry: Entry): void {
    this.#recent.push(entry)
  }
  get(taskId: string): Entry | undefined {
    const newest = this.#recent[this.#recent.length - 1]
    if (newest !== undefined && newest.place === "recent" && newest.taskId === taskId) return newest
    this.#index()
    return this.#indexed.get(taskId)
  }
  values(): Iterable<Entry> {
    this.#index()
    return this.#indexed.values()
  }
  remove(entry: Entry): void {
    const { place } = entry
    entry.place = "gone"
    if (place === "indexed") this.#indexed.delete(entry.taskId)
    else if (place === "recent" && ++this.#gone > slack + this.#recent.length / 2) this.#tidyUp()
  }
  #index(): void {
    if (this.#recent.length === 0) return
    for (const entry of this.#recent) {
      if (entry.place === "gone") continue
      entry.place = "indexed"
      this.#indexed.set(entry.taskId, entry)
    }
    this.#recent = []
    this.#gone = 0
  }
  #tidyUp(): void {
    this.#recent = this.#recent.filter(({ place }) => place !== "gone")
    this.#gone = 0
  }
}
