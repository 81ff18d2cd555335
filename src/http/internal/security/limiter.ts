/**
 * How often somebody may do something: a bucket for each, that is full at first and fills again with time.
 */

/** Asks for one. `undefined` is yes, a number is after how many milliseconds to ask again. */
export type Limiter = (key: string, now: number) => number | undefined

interface Bucket {
  left: number
  at: number
}

/** How many buckets are kept: the one that was used longest ago goes first. */
const capacity = 10_000

/** Allows `perSecond` for each key, and `burst` at once. */
export const make = (perSecond: number, burst: number): Limiter => {
  const buckets = new Map<string, Bucket>()
  return (key, now) => {
    const bucket = buckets.get(key) ?? { left: burst, at: now }
    const left = Math.min(burst, bucket.left + Math.max(0, now - bucket.at) * perSecond / 1_000)
    buckets.delete(key)
    if (buckets.size >= capacity) buckets.delete(buckets.keys().next().value!)
    buckets.set(key, { left: left < 1 ? left : left - 1, at: now })
    return left < 1 ? Math.ceil((1 - left) * 1_000 / perSecond) : undefined
  }
}
