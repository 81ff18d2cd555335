/**
 * The event streams that are open. They are ended when the server is about to stop, so that it need not wait for their
 * readers.
 *
 * A server waits for its requests before it releases what they depend on, so the streams have to be ended by a layer
 * that is released before the server. `TaskApiServer.serve` adds one.
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

/** How long a reader may take to read the end of its stream. */
const readerTimeout = "1 second"

/** Service that knows the open streams of a server. */
export class OpenStreams extends Context.Service<OpenStreams, {
  /** Returns the stream, but ended when the server is about to stop. Call it in the request that the stream answers. */
  readonly join: <A, E, R>(stream: Stream.Stream<A, E, R>) => Stream.Stream<A, E, R>
  /** How many streams are open. */
  readonly size: () => number
  /** Ends all streams, and interrupts the requests whose readers do not read. */
  readonly end: Effect.Effect<void>
}>()("brinjal/http/internal/OpenStreams") {}

/** Makes the service. */
const make = Effect.sync(() => {
  const ending = Deferred.makeUnsafe<void>()
  const requests = new Set<Fiber.Fiber<unknown, unknown>>()
  const ended = Effect.whileLoop({
    while: () => requests.size > 0,
    body: () => Fiber.await([...requests][0]!),
    step: () => {}
  })
  return OpenStreams.of({
    join: (stream) =>
      Stream.unwrap(Effect.withFiber((fiber) => {
        requests.add(fiber)
        return Effect.succeed(
          stream.pipe(
            Stream.interruptWhen(Deferred.await(ending)),
            Stream.ensuring(Effect.sync(() => requests.delete(fiber)))
          )
        )
      })),
    size: () => requests.size,
    end: Deferred.succeed(ending, undefined).pipe(
      Effect.andThen(Effect.timeoutOption(ended, readerTimeout)),
      Effect.andThen(Effect.suspend(() => Fiber.interruptAll(requests)))
    )
  })
})

/** Layer of the service. */
export const layer: Layer.Layer<OpenStreams> = Layer.effect(OpenStreams, make)

/** The service of the server, or a new one if nothing ends streams when the server stops. */
export const orOwn: Effect.Effect<typeof OpenStreams.Service> = Effect.flatMap(
  Effect.serviceOption(OpenStreams),
  Option.match({ onNone: () => make, onSome: Effect.succeed })
)

/** Layer that ends the streams when it is released, which must be before the server is. */
export const layerEnding: Layer.Layer<never, never, OpenStreams> = Layer.effectDiscard(
  Effect.flatMap(OpenStreams, (streams) => Effect.addFinalizer(() => streams.end))
)
