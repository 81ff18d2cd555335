/**
 * A queue in an array: both ends cost the same however long it is, and what was taken is let go of.
 */

/** First in, first out. */
export interface Fifo<A> {
  items: Array<A | undefined>
  head: number
}

/** An empty queue. */
export const make = <A>(): Fifo<A> => ({ items: [], head: 0 })

/** How many there are. */
export const size = <A>(self: Fifo<A>): number => self.items.length - self.head

/** Adds one at the end. */
export const push = <A>(self: Fifo<A>, item: A): void => void self.items.push(item)

/** The first one. */
export const first = <A>(self: Fifo<A>): A | undefined => self.items[self.head]

/** Takes the first one. */
export const shift = <A>(self: Fifo<A>): A | undefined => {
  if (self.head >= self.items.length) return undefined
  const item = self.items[self.head]
  self.items[self.head++] = undefined
  if (self.head > 8 && self.head * 2 > self.items.length) {
    self.items = self.items.slice(self.head)
    self.head = 0
  }
  return item
}

/** A page of them, newest first. */
export const newest = <A>(self: Fifo<A>, offset: number, limit: number): Array<A> => {
  const page: Array<A> = []
  for (let i = self.items.length - 1 - offset; i >= self.head && page.length < limit; i--) page.push(self.items[i] as A)
  return page
}

/** Adds one behind those that are not later, which are mostly all. */
export const insert = <A>(self: Fifo<A>, item: A, isLater: (a: A, b: A) => boolean): void => {
  let at = self.items.length
  while (at > self.head && isLater(self.items[at - 1] as A, item)) at--
  if (at === self.items.length) self.items.push(item)
  else self.items.splice(at, 0, item)
}

/** Takes one out, wherever it is; whether it was there. */
export const remove = <A>(self: Fifo<A>, item: A): boolean => {
  const at = self.items.indexOf(item, self.head)
  if (at >= 0) self.items.splice(at, 1)
  return at >= 0
}
