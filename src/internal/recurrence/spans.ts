/**
 * A calendar as a function from an instant to a span around it that is entirely inside the calendar, or entirely
 * outside. The span may be shorter than it could be.
 */

/** The instants from `from` (included) to `until` (excluded). */
export interface Span {
  readonly isInside: boolean
  readonly from: number
  readonly until: number
}

/** The span around an instant. */
export type Spans = (instant: number) => Span

const always: Span = { isInside: true, from: -Infinity, until: Infinity }

const overlap = (isInside: boolean, one: Span, other: Span): Span => ({
  isInside,
  from: Math.max(one.from, other.from),
  until: Math.min(one.until, other.until)
})

/** Inside all of the members. */
export const all = (members: ReadonlyArray<Spans>): Spans => (instant) => {
  let found = always
  for (const member of members) {
    const span = member(instant)
    if (!span.isInside) return span
    found = overlap(true, found, span)
  }
  return found
}

/** Outside of the member. */
export const not = (member: Spans): Spans => (instant) => {
  const span = member(instant)
  return { ...span, isInside: !span.isInside }
}

/** Inside at least one of the members. */
export const any = (members: ReadonlyArray<Spans>): Spans => not(all(members.map(not)))

/** Inside from one instant (included) to another (excluded). */
export const period = (from: number, until: number): Spans => (instant) => {
  if (instant < from) return { isInside: false, from: -Infinity, until: from }
  return instant < until
    ? { isInside: true, from, until }
    : { isInside: false, from: until, until: Infinity }
}
