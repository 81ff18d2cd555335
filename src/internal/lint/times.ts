/**
 * Arithmetic on lists of occurrences, in epoch milliseconds.
 */

/** The times between neighbours. */
export const gaps = (times: ReadonlyArray<number>): ReadonlyArray<number> =>
  times.slice(1).map((at, i) => at - times[i]!)

interface Herd {
  readonly at: number
  readonly index: number
  readonly others: number
}

/** Who starts together with `crowd` others or more, each with the fullest second of its own. */
export const herds = (times: ReadonlyArray<ReadonlyArray<number>>, crowd: number): ReadonlyArray<Herd> => {
  const starts = new Map<number, number>()
  for (const at of times.flat()) starts.set(at, (starts.get(at) ?? 0) + 1)
  return times.flatMap((own, index) => {
    const others = (at: number) => starts.get(at)! - 1
    const [first, ...rest] = own
    if (first === undefined) return []
    const at = rest.reduce((fullest, one) => others(one) > others(fullest) ? one : fullest, first)
    return others(at) >= crowd ? [{ at, index, others: others(at) }] : []
  })
}
