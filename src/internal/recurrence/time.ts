/**
 * Units of time in milliseconds, and the range in which recurrences have occurrences: the years 1 to 9999 (UTC), in
 * epoch milliseconds.
 */

export const second = 1_000
export const minute = 60_000
export const hour = 3_600_000
export const day = 86_400_000

/** 0001-01-01T00:00:00.000Z. */
export const earliest = -62_135_596_800_000

/** 9999-12-31T23:59:59.999Z. */
export const latest = 253_402_300_799_999

/** Whether an instant is in that range. */
export const isInRange = (instant: number): boolean => instant >= earliest && instant <= latest
