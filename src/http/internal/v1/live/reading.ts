/**
 * What one reader of `/v1/events` gets: the present state or what it has missed, then every change, a gap where it was
 * too slow, and a heartbeat when nothing happens.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { TaskStoreError } from "../../../../TaskError.ts"
import * as frames from "./frames.ts"
import { type Hub, now, type Reader, serverTime, start } from "./hub.ts"
import * as ring from "./ring.ts"
import * as snapshot from "./snapshot.ts"

/** About how many bytes are written at once. */
const chunk = 65_536

type Chunk = readonly [Uint8Array, ...Array<Uint8Array>]

/** The number of the event that a reader continues with, or why that is not possible. */
const resumeAt = (hub: Hub, lastEventId: string): number | "Restarted" | "UnknownId" => {
  const [, epoch, number] = /^([0-9a-z]+)-(\d{1,15})$/.exec(lastEventId) ?? []
  if (epoch === undefined) return "UnknownId"
  if (epoch !== hub.epoch) return "Restarted"
  const next = Number(number) + 1
  return next > hub.ring.next ? "UnknownId" : next
}

/** Gives a reader the present state, after a gap if it has one. */
const anew = (hub: Hub, reader: Reader, gap: ReadonlyArray<Uint8Array>): Effect.Effect<void, TaskStoreError> =>
  Effect.map(snapshot.shared(hub), ({ frames, until }) => {
    reader.pending = [...gap, ...frames]
    reader.cursor = until
  })

const slow = (hub: Hub, reader: Reader) => anew(hub, reader, [frames.gap("SlowReader", hub.ring.first - reader.cursor)])

/** Determines where a reader begins. */
const begin = (hub: Hub, reader: Reader, lastEventId: string | undefined): Effect.Effect<void, TaskStoreError> => {
  if (lastEventId === undefined) return anew(hub, reader, [])
  const at = resumeAt(hub, lastEventId)
  if (typeof at === "string") return anew(hub, reader, [frames.gap(at, null)])
  reader.cursor = at
  // a reader that has missed nothing would otherwise get nothing until the next heartbeat
  if (at === hub.ring.next) reader.pending = [frames.heartbeat(serverTime(hub))]
  return at < hub.ring.first ? slow(hub, reader) : Effect.void
}

/** Waits until something happens, or for a heartbeat. */
const wait = (hub: Hub, reader: Reader): Effect.Effect<Uint8Array | undefined> =>
  Effect.callback<Uint8Array | undefined>((resume) => {
    const leave = () => {
      reader.resume = undefined
      hub.waiting.delete(reader)
    }
    reader.resume = (heartbeat) => {
      leave()
      resume(Effect.succeed(heartbeat))
    }
    hub.waiting.add(reader)
    return Effect.sync(leave)
  })

const read = (hub: Hub, reader: Reader): Effect.Effect<Chunk, TaskStoreError | Cause.Done> =>
  Effect.suspend((): Effect.Effect<Chunk, TaskStoreError | Cause.Done> => {
    reader.askedAt = now(hub)
    const [first, ...rest] = reader.pending
    if (first !== undefined) {
      reader.pending = rest
      return Effect.succeed([first])
    }
    if (hub.source === undefined) return Cause.done()
    if (reader.cursor < hub.ring.first) return Effect.andThen(slow(hub, reader), read(hub, reader))
    const batch = ring.read(hub.ring, reader.cursor, chunk)
    if (batch !== undefined) {
      reader.cursor = batch.until
      return Effect.succeed([batch.bytes])
    }
    return Effect.flatMap(
      wait(hub, reader),
      (heartbeat) => heartbeat === undefined ? read(hub, reader) : Effect.succeed([heartbeat])
    )
  })

/**
 * The bytes for a reader that begins anew, or after the last event that it got. Call it in the request that they
 * answer.
 */
export const open = Effect.fnUntraced(function*(
  hub: Hub,
  lastEventId: string | undefined
): Effect.fn.Return<Stream.Stream<Uint8Array>, TaskStoreError> {
  start(hub)
  const request = yield* Effect.withFiber((fiber) => Effect.succeed(fiber))
  const reader: Reader = { request, cursor: hub.ring.next, pending: [], askedAt: now(hub), resume: undefined }
  yield* begin(hub, reader, lastEventId)
  const bytes = Stream.fromPull(Effect.sync(() => {
    hub.readers.add(reader)
    return read(hub, reader)
  }))
  // a stream that fails is ended, and its reader connects again
  return bytes.pipe(
    Stream.catch(() => Stream.empty),
    Stream.ensuring(Effect.sync(() => hub.readers.delete(reader)))
  )
})
