/**
 * A map for entries that come and go all the time. V8 links every table that a `Map` has outgrown to the one after it, so
 * that an old table, though nobody has it any more, keeps what lived with all later ones until the next major collection.
 * A fresh `Map` now and then cuts that chain.
 */

/** How many may leave before a fresh start, beside as many as are there. */
const slack = 1_024

/** Entries by key, in the order of their arrival. */
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
