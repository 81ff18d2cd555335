/**
 * Timetables made of timetables. Each defines the two primitives again; one that has to search spends the budget that
 * it is given.
 */
import { budget, countBySteps, defaultSteps, spend } from "./search.ts"
import type { Span, Spans } from "./spans.ts"
import type { Budget, Timetable } from "./timetable.ts"

/** A timetable from its primitives. */
const fromPrimitives = (
  next: (after: number, budget: Budget) => number | undefined,
  prev: (before: number, budget: Budget) => number | undefined
): Timetable => {
  const nextWithin: Timetable["next"] = (after, steps = budget()) => next(Math.floor(after), steps)
  return {
    next: nextWithin,
    prev: (before, steps = budget()) => prev(Math.ceil(before), steps),
    count: countBySteps(nextWithin)
  }
}

/** Whenever one of the members occurs. */
export const union = (members: ReadonlyArray<Timetable>): Timetable =>
  fromPrimitives(
    (after, steps) => {
      let earliest: number | undefined
      for (const member of members) {
        const at = member.next(after, steps)
        if (at !== undefined && (earliest === undefined || at < earliest)) earliest = at
      }
      return earliest
    },
    (before, steps) => {
      let latest: number | undefined
      for (const member of members) {
        const at = member.prev(before, steps)
        if (at !== undefined && (latest === undefined || at > latest)) latest = at
      }
      return latest
    }
  )

/**
 * Whenever all members occur at the same instant. Each is asked from the latest instant found so far, until all agree.
 */
export const intersect = (members: ReadonlyArray<Timetable>): Timetable => {
  const slowest = (from: number, steps: Budget): number | undefined => {
    let slowest = from
    for (const member of members) {
      const at = member.next(slowest - 1, steps)
      if (at === undefined) return undefined
      slowest = at
    }
    return slowest
  }
  const quickest = (from: number, steps: Budget): number | undefined => {
    let quickest = from
    for (const member of members) {
      const at = member.prev(quickest + 1, steps)
      if (at === undefined) return undefined
      quickest = at
    }
    return quickest
  }
  const settle = (
    start: number,
    steps: Budget,
    step: (from: number, steps: Budget) => number | undefined
  ): number | undefined => {
    let at = step(start, steps)
    while (at !== undefined && spend(steps)) {
      const again = step(at, steps)
      if (again === at) return at
      at = again
    }
    return undefined
  }
  return fromPrimitives(
    (after, steps) => settle(after + 1, steps, slowest),
    (before, steps) => settle(before - 1, steps, quickest)
  )
}

/** The occurrences of one at which the other does not occur. */
export const except = (self: Timetable, excluded: Timetable): Timetable => {
  const isExcluded = (at: number, steps: Budget) => excluded.next(at - 1, steps) === at
  return fromPrimitives(
    (after, steps) => {
      let at = self.next(after, steps)
      while (at !== undefined && isExcluded(at, steps)) at = spend(steps) ? self.next(at, steps) : undefined
      return at
    },
    (before, steps) => {
      let at = self.prev(before, steps)
      while (at !== undefined && isExcluded(at, steps)) at = spend(steps) ? self.prev(at, steps) : undefined
      return at
    }
  )
}

/** The occurrences inside a calendar. A stretch outside of it is skipped in one step. */
export const within = (self: Timetable, spans: Spans): Timetable =>
  fromPrimitives(
    (after, steps) => {
      let at = self.next(after, steps)
      while (at !== undefined) {
        const span: Span = spans(at)
        if (span.isInside) return at
        at = spend(steps) ? self.next(span.until - 1, steps) : undefined
      }
      return undefined
    },
    (before, steps) => {
      let at = self.prev(before, steps)
      while (at !== undefined) {
        const span: Span = spans(at)
        if (span.isInside) return at
        at = spend(steps) ? self.prev(span.from, steps) : undefined
      }
      return undefined
    }
  )

/** The occurrences at or after an instant. */
export const startAt = (self: Timetable, first: number): Timetable => ({
  next: (after, steps) => self.next(Math.max(after, first - 1), steps),
  prev: (before, steps) => {
    const at = self.prev(before, steps)
    return at !== undefined && at >= first ? at : undefined
  },
  count: (after, upTo, limit) => self.count(Math.max(after, first - 1), upTo, limit)
})

/** The occurrences at or before an instant. */
export const endAt = (self: Timetable, last: number): Timetable => ({
  next: (after, steps) => {
    const at = self.next(after, steps)
    return at !== undefined && at <= last ? at : undefined
  },
  prev: (before, steps) => self.prev(Math.min(before, last + 1), steps),
  count: (after, upTo, limit) => {
    const counted = self.count(after, Math.min(upTo, last), limit)
    return counted.upTo >= last ? { count: counted.count, upTo } : counted
  }
})

/** The largest limit. To find the last occurrence, all of them are counted once. */
export const largestLimit = 100_000

/** The first `count` occurrences. */
export const limit = (self: Timetable, count: number): Timetable => {
  let last: number | undefined
  const findLast = (): number => {
    let at = Number.NEGATIVE_INFINITY
    const steps = budget(defaultSteps + count)
    for (let left = count; left > 0; left--) {
      const following = self.next(at, steps)
      if (following === undefined) return Number.POSITIVE_INFINITY
      at = following
    }
    return at
  }
  const limited = () => endAt(self, last ??= findLast())
  return {
    next: (after, steps) => limited().next(after, steps),
    prev: (before, steps) => limited().prev(before, steps),
    count: (after, upTo, limit) => limited().count(after, upTo, limit)
  }
}
