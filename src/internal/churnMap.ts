/**
 * A map whose entries come and go all the time. V8 links every table that a `Map` has outgrown to the next one, so that
 * an old table, though unused, keeps alive whatever its successors hold until the next major collection. Starting
 * afresh with a new `Map` now and then cuts that chain.
 */

/** How many entries may leave before a fresh start, in addition to as many as are present. */
const slack = 1_024

/** Entries by key, in order of insertion. */
export class ChurnMap<A> {
  #entries = new Map<string, A>()
  #left = 0

  get size(): number {
    return this.#entries.size
  }
  get(key: string): A | undefined {
    return this.#entries.get(key)
  }
  has(key: string): boolean {
    return this.#entries.has(key)
  }
  set(key: string, value: A): void {
    this.#entries.set(key, value)
  }
  delete(key: string): boolean {
    if (!this.#entries.delete(key)) return false
    if (++this.#left > slack + this.#entries.size) this.#startAfresh()
    return true
  }
  #startAfresh(): void {
    const entries = new Map<string, A>()
    this.#entries.forEach((value, key) => entries.set(key, value))
    this.#entries = entries
    this.#left = 0
  }
  keys(): Iterable<string> {
    return this.#entries.keys()
  }
  values(): Iterable<A> {
    return this.#entries.values()
  }
}
