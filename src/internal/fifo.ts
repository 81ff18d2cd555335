/**
 * A queue in a ring buffer: both ends cost the same however long it is, removed items are not kept alive, and a queue
 * of steady length allocates nothing.
 */

/** First in, first out. The length of the ring `items` is a power of two. */
export interface Fifo<A> {
  items: Array<A | undefined>
  head: number
  size: number
}

/** An empty queue. */
export const make = <A>(): Fifo<A> => ({ items: [], head: 0, size: 0 })

/** The number of items. */
export const size = <A>(self: Fifo<A>): number => self.size

/** The index in the ring of the item at this place in the queue. */
const at = <A>({ head, items }: Fifo<A>, place: number): number => (head + place) & (items.length - 1)

const least = 4

/** The new ring is allocated in one go: one that is filled step by step would have spare capacity. */
const resize = <A>(self: Fifo<A>, length: number): void => {
  // oxlint-disable-next-line unicorn/no-new-array -- `Array.from` takes several times as long, and many grow at once
  const items = new Array<A | undefined>(length).fill(undefined)
  for (let place = 0; place < self.size; place++) items[place] = self.items[at(self, place)]
  self.items = items
  self.head = 0
}

/** Adds an item at the end. */
export const push = <A>(self: Fifo<A>, item: A): void => {
  if (self.size === self.items.length) resize(self, Math.max(least, 2 * self.size))
  self.items[at(self, self.size++)] = item
}

/** The first item. */
export const first = <A>(self: Fifo<A>): A | undefined => self.size === 0 ? undefined : self.items[self.head]

/** Removes the first item and returns it. */
export const shift = <A>(self: Fifo<A>): A | undefined => {
  if (self.size === 0) return undefined
  const item = self.items[self.head]
  self.items[self.head] = undefined
  self.head = at(self, 1)
  self.size--
  if (self.size * 4 < self.items.length && self.items.length > least) resize(self, self.items.length / 2)
  return item
}

/** A page of items, newest first. */
export const newest = <A>(self: Fifo<A>, offset: number, limit: number): Array<A> => {
  const page: Array<A> = []
  for (let place = self.size - 1 - offset; place >= 0 && page.length < limit; place--) {
    page.push(self.items[at(self, place)] as A)
  }
  return page
}

/** Adds an item behind those that are not later than it, which are mostly all. */
export const insert = <A>(self: Fifo<A>, item: A, isLater: (a: A, b: A) => boolean): void => {
  push(self, item)
  for (let place = self.size - 1; place > 0; place--) {
    const before = self.items[at(self, place - 1)] as A
    if (!isLater(before, item)) return
    self.items[at(self, place)] = before
    self.items[at(self, place - 1)] = item
  }
}

/** Removes an item, wherever it is. Returns whether it was there. */
export const remove = <A>(self: Fifo<A>, item: A): boolean => {
  let place = 0
  while (place < self.size && self.items[at(self, place)] !== item) place++
  if (place === self.size) return false
  for (; place < self.size - 1; place++) self.items[at(self, place)] = self.items[at(self, place + 1)]
  self.items[at(self, --self.size)] = undefined
  return true
}
