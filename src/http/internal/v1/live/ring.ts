/**
 * The latest events as they are sent, numbered, for readers that each have their own position. Bounded in number and in
 * bytes: the oldest are dropped.
 */

/** The events with numbers from `first` up to, but not including, `next`. */
export interface Ring {
  readonly capacity: number
  readonly maxBytes: number
  readonly frames: Array<Uint8Array | undefined>
  /** The number of the oldest event that is kept, and of the next one to come. */
  first: number
  next: number
  bytes: number
  batch: Batch | undefined
}

/** Consecutive events as one piece, from `from` (included) to `until` (excluded). */
export interface Batch {
  readonly from: number
  readonly until: number
  readonly bytes: Uint8Array
}

/** An empty ring. Numbers start at 1. */
export const make = (capacity: number, maxBytes: number): Ring => ({
  capacity,
  maxBytes,
  frames: Array.from({ length: capacity }),
  first: 1,
  next: 1,
  bytes: 0,
  batch: undefined
})

const dropFirst = (ring: Ring): void => {
  const place = ring.first++ % ring.capacity
  ring.bytes -= ring.frames[place]!.length
  ring.frames[place] = undefined
}

/** Adds an event. */
export const push = (ring: Ring, frame: Uint8Array): void => {
  if (ring.next - ring.first === ring.capacity) dropFirst(ring)
  ring.frames[ring.next++ % ring.capacity] = frame
  ring.bytes += frame.length
  while (ring.bytes > ring.maxBytes && ring.next - ring.first > 1) dropFirst(ring)
}

/** Drops all events, and skips `lost` numbers. */
export const clear = (ring: Ring, lost: number): void => {
  while (ring.first < ring.next) dropFirst(ring)
  ring.first = ring.next += lost
}

const join = (ring: Ring, from: number, until: number): Uint8Array => {
  const frames = Array.from({ length: until - from }, (_, i) => ring.frames[(from + i) % ring.capacity]!)
  if (frames.length === 1) return frames[0]!
  const bytes = new Uint8Array(frames.reduce((size, frame) => size + frame.length, 0))
  let at = 0
  for (const frame of frames) {
    bytes.set(frame, at)
    at += frame.length
  }
  return bytes
}

const untilFull = (ring: Ring, from: number, size: number): number => {
  let until = from
  for (let bytes = 0; until < ring.next && (until === from || bytes < size); until++) {
    bytes += ring.frames[until % ring.capacity]!.length
  }
  return until
}

/**
 * About `size` bytes of events from a number on; `undefined` if there are none. Readers at the same position, as most
 * are, share one piece.
 */
export const read = (ring: Ring, from: number, size: number): Batch | undefined => {
  if (from >= ring.next) return undefined
  const until = untilFull(ring, from, size)
  if (ring.batch?.from !== from || ring.batch.until !== until) {
    ring.batch = { from, until, bytes: join(ring, from, until) }
  }
  return ring.batch
}
