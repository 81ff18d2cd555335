/**
 * The pools that every manager has, in production and in simulations, unless it is configured otherwise.
 */

/** The limits by name. A task that names no pool is in `default`. */
export const defaultPools = { single: 1, multiple: 10, default: 3 } as const
