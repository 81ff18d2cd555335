/**
 * A part of a list, with bounds that every store understands.
 */

/** Nothing comes before the first one, and no store counts further than this. */
const whole = (count: number): number => count > 0 ? Math.min(Math.floor(count), Number.MAX_SAFE_INTEGER) : 0

/** Where to begin, and how many to give, as whole numbers from 0 on; what is no number is 0. */
export const bounds = (offset: number, limit: number) => ({ offset: whole(offset), limit: whole(limit) })
