/**
 * Live events: numbered when they are published, kept for each reader in a sliding buffer.
 *
 * A reader that falls behind loses the oldest events and is told which; it never slows a task or another reader. While
 * nobody reads, an event is a number and nothing else.
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
  /** Publishes the event that `make` gives for the next sequence number. `make` is not called when nobody reads. */
  readonly publish: (make: (sequence: number) => TaskEvent) => void
  /** Whether anybody reads. */
  readonly hasReaders: () => boolean
  /** The number of the last event. */
  readonly sequence: () => number
  /** The events of `snapshot` first, then everything that was published after it was taken, without a hole. */
  readonly stream: <E>(
    snapshot: (sequence: number) => Effect.Effect<ReadonlyArray<TaskEvent>, E>
  ) => Stream.Stream<TaskEvent, E>
  /** Ends all streams after their last event. */
  readonly end: Effect.Effect<void>
}>()("brinjal/TaskEvents") {}

const sequenceOf = (event: TaskEvent) => event._tag === "Gap" ? event.to : event.sequence

/** Drops what the snapshot knows already, and puts a `Gap` where numbers are missing. */
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
  // `undefined` is the end
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
      // only the effect makes room when the buffer is full, and then without waiting
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
