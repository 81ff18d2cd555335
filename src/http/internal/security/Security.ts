/**
 * The rules by which a server admits requests, made once from its options and from the address that it listens at.
 */
import * as ByteSize from "effect/ByteSize"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { UnsafeServer } from "../../TaskApiError.ts"
import * as limiter from "./limiter.ts"
import type { Limits, SecurityOptions } from "./options.ts"
import { isLocalServer } from "./origins.ts"
import * as tokens from "./tokens.ts"

/** Service that holds the rules. */
export class Security extends Context.Service<Security, {
  readonly tokens: ReadonlyArray<tokens.Known>
  /** Whether only this machine may make requests: there are no tokens, and `insecure` is not set. */
  readonly localOnly: boolean
  readonly allowedHosts: ReadonlySet<string>
  readonly origins: ReadonlySet<string>
  readonly bodySize: ByteSize.ByteSize
  readonly bodyTime: Duration.Duration
  readonly headerSize: number
  readonly streams: number
  /** Limits the requests of an address. */
  readonly request: limiter.Limiter
  /** Limits the wrong tokens of an address. */
  readonly guess: limiter.Limiter
}>()("brinjal/http/internal/security/Security") {}

const unsafe = (reason: string) => Effect.fail(new UnsafeServer({ reason }))

/** Fails if a token is too short. */
const checkTokens = (known: ReadonlyArray<tokens.Known>): Effect.Effect<void, UnsafeServer> => {
  const short = known.find(({ bytes }) => bytes.length < tokens.shortest)
  return short === undefined
    ? Effect.void
    : unsafe(`The token "${short.name}" has fewer than ${tokens.shortest} characters and could be guessed.`)
}

/** Fails if an open server can be reached from other machines. Its address may not be known. */
const checkAddress = (open: boolean): Effect.Effect<void, UnsafeServer> =>
  Effect.flatMap(Effect.serviceOption(HttpServer.HttpServer), (server) => {
    if (!open || Option.isNone(server) || isLocalServer(server.value.address)) return Effect.void
    return unsafe(
      `The server listens at ${
        HttpServer.formatAddress(server.value.address)
      }, where others can reach it, and everybody ` +
        `could do anything. Give it tokens, or listen on 127.0.0.1, or say insecure: true if something else protects it.`
    )
  })

const unlimited: limiter.Limiter = () => undefined

const requests = ({ requestsPerSecond }: Limits, localOnly: boolean): limiter.Limiter => {
  const perSecond = requestsPerSecond ?? (localOnly ? Infinity : 100)
  return perSecond === Infinity ? unlimited : limiter.make(perSecond, perSecond * 5)
}

const byteSize = (input: ByteSize.Input | undefined, otherwise: ByteSize.ByteSize): ByteSize.ByteSize =>
  input === undefined ? otherwise : ByteSize.fromInputUnsafe(input)

const make = Effect.fnUntraced(function*(options: SecurityOptions) {
  const limits = options.limits ?? {}
  const known = tokens.known(options.tokens ?? [])
  const localOnly = known.length === 0 && options.insecure !== true
  yield* checkTokens(known)
  yield* checkAddress(localOnly)
  return Security.of({
    tokens: known,
    localOnly,
    allowedHosts: new Set(options.allowedHosts?.map((host) => host.toLowerCase())),
    origins: new Set(options.origins?.map((origin) => origin.toLowerCase().replace(/\/$/, ""))),
    bodySize: byteSize(limits.bodySize, ByteSize.mebibytes(1)),
    bodyTime: Duration.fromInputUnsafe(limits.bodyTime ?? "10 seconds"),
    headerSize: ByteSize.toNumberUnsafe(byteSize(limits.headerSize, ByteSize.kibibytes(16))),
    streams: limits.streams ?? 1_000,
    request: requests(limits, localOnly),
    guess: limiter.make(1 / 6, 10)
  })
})

/** Layer of the rules. */
export const layer = (options: SecurityOptions): Layer.Layer<Security, UnsafeServer> =>
  Layer.effect(Security, make(options))
