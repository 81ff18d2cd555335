/**
 * A rate limiter: a token bucket per key, which is full at first and refills with time.
 */

/**
 * Takes one from the bucket of a key. Returns `undefined` if there was one, and otherwise after how many milliseconds
 * to try again.
 */
export type Limiter = (key: string, now: number) => number | undefined

interface Bucket {
  left: number
  at: number
}

/** How many buckets are kept; the least recently used goes first. */
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
