/**
 * UUID version 7 (RFC 9562): ids that sort by time of creation, even within a millisecond.
 */
import type * as Clock from "effect/Clock"
import type * as Random from "effect/Random"

const codesOf = (text: string) => Array.from(text, (character) => character.charCodeAt(0))

const digits = codesOf("0123456789abcdef")

/** Writes the lowest `length` hexadecimal digits of a number below 2^32. */
const write = (codes: Array<number>, at: number, length: number, n: number) => {
  for (let i = at + length - 1; i >= at; i--, n >>>= 4) codes[i] = digits[n & 15]!
}

/**
 * A generator of ids that are strictly increasing. The 12 bits after the version count within a millisecond; when they
 * are used up, or the clock steps back, the time part runs ahead of the clock.
 */
export const generator = (clock: Clock.Clock, random: typeof Random.Random.Service): (now?: number) => string => {
  let time = 0
  let count = 0
  // built from char codes in one go: V8 keeps a concatenation as a tree of its parts, five times as large
  const codes = codesOf("00000000-0000-7000-8000-000000000000")
  return (now = clock.currentTimeMillisUnsafe()) => {
    if (now > time || ++count > 0xfff) {
      time = Math.max(now, time + (count > 0xfff ? 1 : 0))
      count = 0
      const high = Math.floor(time / 0x1_0000)
      write(codes, 0, 8, high)
      write(codes, 9, 4, time % 0x1_0000)
    }
    const high = random.nextDoubleUnsafe() * 0x4000_0000
    write(codes, 15, 3, count)
    write(codes, 19, 4, 0x8000 | (high >>> 16))
    write(codes, 24, 4, high)
    write(codes, 28, 8, random.nextDoubleUnsafe() * 0x1_0000_0000)
    return String.fromCharCode.apply(undefined, codes)
  }
}
