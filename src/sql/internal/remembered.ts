/**
 * A function of an object that is asked again and again for the same few objects.
 */

/** The same function, which works a value out once per object. */
export const remembered = <A extends object, B>(f: (object: A) => B): (object: A) => B => {
  const values = new WeakMap<A, B>()
  return (object) => {
    let value = values.get(object)
    if (value === undefined) values.set(object, value = f(object))
    return value
  }
}
