/**
 * Interned values: equal values are one object, which is kept together with what was computed from it.
 *
 * A pool holds its values weakly, so that a value that is no longer used is collected, and its entry with it.
 */

/** A pool of interned values. */
export interface Pool<Value extends object, Compiled> {
  /** The live value with this key. */
  readonly get: (key: string) => Value | undefined
  /** Adds a value under a key that no live value has. */
  readonly add: (key: string, value: Value, compiled: Compiled) => void
  /** Whether an object is a value of this pool. */
  readonly has: (value: unknown) => value is Value
  /** A number that no other value of this pool ever has. */
  readonly idOf: (value: Value) => number
  /** What was computed when the value was made. */
  readonly compiledOf: (value: Value) => Compiled
}

/** An empty pool. */
export const make = <Value extends object, Compiled>(): Pool<Value, Compiled> => {
  const alive = new Map<string, WeakRef<Value>>()
  const facts = new WeakMap<object, { readonly id: number; readonly compiled: Compiled }>()
  const collected = new FinalizationRegistry<string>((key) => {
    if (alive.get(key)?.deref() === undefined) alive.delete(key)
  })
  let made = 0
  return {
    get: (key) => alive.get(key)?.deref(),
    add: (key, value, compiled) => {
      facts.set(value, { id: made++, compiled })
      alive.set(key, new WeakRef(value))
      collected.register(value, key)
    },
    has: (value): value is Value => typeof value === "object" && value !== null && facts.has(value),
    idOf: (value) => facts.get(value)!.id,
    compiledOf: (value) => facts.get(value)!.compiled
  }
}
