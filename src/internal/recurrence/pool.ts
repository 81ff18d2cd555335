/**
 * Values that exist once: equal values are one object, kept together with what was computed from it.
 *
 * A pool holds its values weakly, so that a value that nobody uses any more is collected, and its entry with it.
 */

export interface Pool<Value extends object, Compiled> {
  /** The value with this key, made if there is none alive. */
  readonly intern: (key: string, make: () => readonly [Value, Compiled]) => Value
  /** Whether an object is a value of this pool. */
  readonly has: (value: unknown) => value is Value
  /** A number that no other value of this pool has or will have. */
  readonly idOf: (value: Value) => number
  /** What was computed when the value was made. */
  readonly compiledOf: (value: Value) => Compiled
}

export const make = <Value extends object, Compiled>(): Pool<Value, Compiled> => {
  const alive = new Map<string, WeakRef<Value>>()
  const facts = new WeakMap<object, { readonly id: number; readonly compiled: Compiled }>()
  const collected = new FinalizationRegistry<string>((key) => {
    if (alive.get(key)?.deref() === undefined) alive.delete(key)
  })
  let made = 0
  return {
    intern: (key, make) => {
      const known = alive.get(key)?.deref()
      if (known !== undefined) return known
      const [value, compiled] = make()
      facts.set(value, { id: made++, compiled })
      alive.set(key, new WeakRef(value))
      collected.register(value, key)
      return value
    },
    has: (value): value is Value => typeof value === "object" && value !== null && facts.has(value),
    idOf: (value) => facts.get(value)!.id,
    compiledOf: (value) => facts.get(value)!.compiled
  }
}
