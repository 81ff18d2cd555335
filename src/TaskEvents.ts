/**
 * Live events: numbered when they are published, and kept for each reader in a sliding buffer.
 *
 * A reader that falls behind loses the oldest events and is told which; it never slows down a task or another reader.
 * While nobody reads, publishing only counts.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import { Gap, type TaskEvent } from "./TaskEvent.ts"

/**
 * How many events are kept for the slowest reader (default 16,384).
 *
 * @category references
 * @since 0.1.0
 */
export const Capacity = Context.Reference<number>("brinjal/TaskEvents/Capacity", { defaultValue: () => 16_384 })

/**
 * Service that numbers and delivers events.
 *
 * @category services
 * @since 0.1.0
 */
export class TaskEvents extends Context.Service<TaskEvents, {
  /** Publishes the event that `make` returns for the next sequence number. `make` is not called while nobody reads. */
  readonly publish: (make: (sequence: number) => TaskEvent) => void
  /** Whether anybody reads. */
  readonly hasReaders: () => boolean
  /** The number of the last event. */
  readonly sequence: () => number
  /** The events of `snapshot` first, then everything that was published after it was taken, with nothing missing. */
  readonly stream: <E>(
    snapshot: (sequence: number) => Effect.Effect<ReadonlyArray<TaskEvent>, E>
  ) => Stream.Stream<TaskEvent, E>
  /** Ends all streams after their last event. */
  readonly end: Effect.Effect<void>
}>()("brinjal/TaskEvents") {}

const sequenceOf = (event: TaskEvent) => event._tag === "Gap" ? event.to : event.sequence

/** Drops what the snapshot contains already, and puts a `Gap` where numbers are missing. */
const withGaps = (last: number, events: ReadonlyArray<TaskEvent>): readonly [number, ReadonlyArray<TaskEvent>] => {
  const out: Array<TaskEvent> = []
  for (const event of events) {
    const sequence = sequenceOf(event)
    if (sequence <= last) continue
    if (sequence > last + 1) out.push(new Gap({ from: last + 1, to: sequence - 1 }))
    out.push(event)
    last = sequence
  }
  return [last, out]
}

const make = Effect.gen(function*() {
  // `undefined` ends the streams
  const pubsub = yield* PubSub.sliding<TaskEvent | undefined>(yield* Capacity)
  const runSync = Effect.runSyncWith(yield* Effect.context<never>())
  let sequence = 0
  let readers = 0

  const subscribe = Effect.acquireRelease(
    Effect.tap(PubSub.subscribe(pubsub), () => Effect.sync(() => readers++)),
    () => Effect.sync(() => readers--)
  )

  return TaskEvents.of({
    publish: (make) => {
      sequence++
      if (readers === 0) return
      const event = make(sequence)
      // when the buffer is full, only the Effect drops the oldest event, and it does not suspend
      if (!PubSub.publishUnsafe(pubsub, event)) runSync(PubSub.publish(pubsub, event))
    },
    hasReaders: () => readers > 0,
    sequence: () => sequence,
    stream: (snapshot) =>
      Stream.unwrap(Effect.gen(function*() {
        const subscription = yield* subscribe
        const start = sequence
        const before = yield* snapshot(start)
        return Stream.fromIterable(before).pipe(
          Stream.concat(
            Stream.fromSubscription(subscription).pipe(
              Stream.takeWhile((event) => event !== undefined),
              Stream.mapAccumArray(() => start, withGaps)
            )
          )
        )
      })),
    end: Effect.sync(() => void PubSub.endUnsafe(pubsub, undefined))
  })
})

/**
 * Layer of a publisher within the process.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<TaskEvents> = Layer.effect(TaskEvents, make)
