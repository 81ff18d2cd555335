/**
 * A binary min-heap of entries, ordered by `at` (epoch milliseconds). Entries know their index, so that removing any of
 * them takes logarithmic time.
 */

/** An entry: when it is due, and its index in the heap (-1 if it is not in one). */
export interface Entry {
  at: number
  index: number
}

const place = <E extends Entry>(entries: Array<E>, entry: E, index: number) => {
  entries[index] = entry
  entry.index = index
}

const siftUp = <E extends Entry>(entries: Array<E>, entry: E, start: number) => {
  let index = start
  while (index > 0) {
    const parent = entries[(index - 1) >> 1]!
    if (parent.at <= entry.at) break
    place(entries, parent, index)
    index = (index - 1) >> 1
  }
  place(entries, entry, index)
}

const siftDown = <E extends Entry>(entries: Array<E>, entry: E, start: number) => {
  let index = start
  for (let child = 2 * index + 1; child < entries.length; child = 2 * index + 1) {
    const right = entries[child + 1]
    if (right !== undefined && right.at < entries[child]!.at) child++
    if (entries[child]!.at >= entry.at) break
    place(entries, entries[child]!, index)
    index = child
  }
  place(entries, entry, index)
}

/** Adds an entry; `entry.at` must not change while it is in the heap. */
export const push = <E extends Entry>(entries: Array<E>, entry: E): void => {
  entries.push(entry)
  siftUp(entries, entry, entries.length - 1)
}

/** Removes an entry, wherever it is. Does nothing if it is not in the heap. */
export const remove = <E extends Entry>(entries: Array<E>, entry: E): void => {
  const index = entry.index
  if (index < 0) return
  entry.index = -1
  const last = entries.pop()!
  if (last === entry) return
  if (index > 0 && entries[(index - 1) >> 1]!.at > last.at) siftUp(entries, last, index)
  else siftDown(entries, last, index)
}

/** Puts another entry, which is due at the same time, in the place of an entry. */
export const replace = <E extends Entry>(entries: Array<E>, entry: E, by: E): void => {
  place(entries, by, entry.index)
  entry.index = -1
}
