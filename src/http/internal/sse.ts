/**
 * Server-sent events as the original sends them: a `data:` line of JSON and an empty line, and a comment after a while
 * without events.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as wellFormed from "./wellFormed.ts"

/** An event without a name. */
export const message = (data: unknown): string => `data: ${wellFormed.json(JSON.stringify(data))}\n\n`

const keepAlive: readonly [string] = [": keepalive\n\n"]

/** Sends a comment whenever no event has come for `idle`. */
export const withKeepAlive = (idle: Duration.Input) => <E, R>(events: Stream.Stream<string, E, R>) =>
  Stream.unwrap(Effect.gen(function*() {
    const scope = yield* Effect.scope
    const pull = yield* Stream.toPull(events)
    let pulling: Fiber.Fiber<Effect.Success<typeof pull>, Effect.Error<typeof pull>> | undefined
    // a slow pull goes on while the comment is sent
    const next = Effect.gen(function*() {
      pulling ??= yield* Effect.forkIn(pull, scope)
      const exit = yield* Effect.timeoutOption(Fiber.await(pulling), idle)
      if (Option.isNone(exit)) return keepAlive
      pulling = undefined
      return yield* exit.value
    })
    return Stream.fromPull(Effect.succeed(next))
  }))

/** A response that streams events. */
export const response = <E>(events: Stream.Stream<string, E>): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.stream(Stream.encodeText(events), {
    contentType: "text/event-stream; charset=utf-8",
    headers: { "cache-control": "no-store", "x-accel-buffering": "no" }
  })
