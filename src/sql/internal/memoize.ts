/**
 * Memoizes a function that is called again and again with the same few objects.
 */

/** The same function, which is computed once per object. */
export const memoize = <A extends object, B>(f: (object: A) => B): (object: A) => B => {
  const values = new WeakMap<A, B>()
  return (object) => {
    let value = values.get(object)
    if (value === undefined) values.set(object, value = f(object))
    return value
  }
}
