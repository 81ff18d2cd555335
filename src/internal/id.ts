/**
 * UUID version 7 (RFC 9562): sorted by time of creation, also within a millisecond.
 */
import type * as Clock from "effect/Clock"
import type * as Random from "effect/Random"

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

/** Two hexadecimal bytes of a number below 2^16. */
const hex16 = (n: number) => hex[n >>> 8]! + hex[n & 255]!

/** Four random hexadecimal bytes. */
const hex32 = (random: typeof Random.Random.Service) => {
  const n = (random.nextDoubleUnsafe() * 0x1_0000_0000) >>> 0
  return hex16(n >>> 16) + hex16(n & 0xffff)
}

/**
 * A generator of ids that are strictly increasing. The 12 bits after the version count within a millisecond; when they
 * are used up, or the clock steps back, the time part runs ahead of the clock.
 */
export const generator = (clock: Clock.Clock, random: typeof Random.Random.Service): () => string => {
  let time = 0
  let count = 0
  let prefix = ""
  return () => {
    const now = clock.currentTimeMillisUnsafe()
    if (now > time || ++count > 0xfff) {
      time = Math.max(now, time + (count > 0xfff ? 1 : 0))
      count = 0
      const high = Math.floor(time / 0x1_0000)
      prefix = `${hex16(high >>> 16)}${hex16(high & 0xffff)}-${hex16(time % 0x1_0000)}-`
    }
    const variant = 0x8000 | (random.nextDoubleUnsafe() * 0x4000)
    return `${prefix}${hex16(0x7000 | count)}-${hex16(variant)}-${hex16(random.nextDoubleUnsafe() * 0x1_0000)}${
      hex32(random)
    }`
  }
}
