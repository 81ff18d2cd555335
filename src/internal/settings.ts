/**
 * The settings of a manager, resolved from its configuration and validated: a value that makes no sense fails the layer
 * at once, and does not become a pool that starts nothing some time later.
 */
import type * as Duration from "effect/Duration"
import type { Configuration } from "../Configuration.ts"
import type { Retention } from "../TaskStore.ts"
import { defaultPools } from "./defaultPools.ts"
import * as sizes from "./sizes.ts"
import * as validate from "./validate.ts"

/** The configuration of a manager, resolved. Times are in milliseconds. */
export interface Settings {
  readonly pools: ReadonlyMap<string, number>
  readonly retention: Retention
  /** In bytes. */
  readonly maxValueSize: number
  readonly cancelGrace: number
  readonly shutdownGrace: number
  readonly lease: number
  /** What its starts have in common, escaped. */
  readonly name: string | undefined
}

const retention: Retention = { done: 10, failed: 100, cancelled: 100, outcomes: 100, children: 1_000 }

/** Without end, as a number that every database can count to. */
const everything = 2 ** 31 - 1

/** The settings that a configuration stands for. */
export const of = (given: Configuration, isDurable: boolean): Settings => ({
  pools: poolsOf({ ...defaultPools, ...given.pools }),
  retention: { ...retention, ...kept(given.retention ?? {}) },
  maxValueSize: sizeOf(given.maxValueSize ?? sizes.usual, isDurable),
  cancelGrace: validate.duration("cancelGrace", given.cancelGrace ?? "10 seconds"),
  shutdownGrace: validate.duration("shutdownGrace", given.shutdownGrace ?? "30 seconds"),
  lease: leaseOf(given.lease ?? "30 seconds"),
  name: given.name === undefined ? undefined : nameOf(given.name)
})

const poolsOf = (given: Readonly<Record<string, number>>): ReadonlyMap<string, number> =>
  new Map(Object.entries(given).map(([name, size]) => [name, validate.limit(`pools.${name}`, size)]))

const kept = (given: Partial<Retention>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, count]) =>
      count === undefined ? [] : [[name, Math.min(validate.limit(`retention.${name}`, count), everything)]]
    )
  )

const leaseOf = (given: Duration.Input): number => {
  const lease = validate.duration("lease", given)
  if (lease > 0 && lease < Infinity) return lease
  throw new RangeError(`The option "lease" is ${lease} milliseconds: give a finite duration above 0.`)
}

const sizeOf = (given: number, isDurable: boolean): number => {
  const size = validate.limit("maxValueSize", given)
  if (size <= sizes.most || !isDurable) return size
  throw new RangeError(
    `The option "maxValueSize" is ${size}: a store that outlives the process keeps values of at most ${sizes.most} bytes.`
  )
}

/** Stores find another start of the same process by what is before the last `/`, which no name may add to. */
const nameOf = (given: string): string => {
  if (given !== "") return given.replaceAll("%", "%25").replaceAll("/", "%2F")
  throw new RangeError(
    `The option "name" is empty: give each process a name of its own, or none, since processes with the same name take over ` +
      `each other's tasks.`
  )
}
