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
  values(): Iterable<A> {
    return this.#entries.values()
  }
}

/**
 * The same where an entry mostly leaves before another one comes: the newest one waits outside of the table for that,
 * which would shrink and grow again each time.
 */
export class PassingMap<A> {
  readonly #others = new ChurnMap<A>()
  #key: string | undefined = undefined
  #newest: A | undefined = undefined

  get size(): number {
    return this.#others.size + (this.#key === undefined ? 0 : 1)
  }
  get(key: string): A | undefined {
    return key === this.#key ? this.#newest : this.#others.get(key)
  }
  has(key: string): boolean {
    return key === this.#key || this.#others.has(key)
  }
  set(key: string, value: A): void {
    if (key !== this.#key) this.#joinOthers()
    if (this.#others.size > 0 && this.#others.has(key)) return this.#others.set(key, value)
    this.#key = key
    this.#newest = value
  }
  delete(key: string): boolean {
    if (key !== this.#key) return this.#others.delete(key)
    this.#key = this.#newest = undefined
    return true
  }
  #joinOthers(): void {
    if (this.#key === undefined) return
    this.#others.set(this.#key, this.#newest!)
    this.#key = this.#newest = undefined
  }
  values(): Iterable<A> {
    this.#joinOthers()
    return this.#others.values()
  }
}
