/**
 * How a server protects itself: what may be said about it, and what holds where nothing is said.
 */
import type * as ByteSize from "effect/ByteSize"
import type * as Duration from "effect/Duration"
import type * as Redacted from "effect/Redacted"
import type { Role } from "../../TaskApiError.ts"

/**
 * A secret that somebody who asks may show, at least 16 characters long, and what it allows him to do. `name` says who he
 * is, to himself and in logs; the secret is in neither.
 *
 * @category models
 * @since 0.1.0
 */
export interface Token {
  readonly token: string | Redacted.Redacted
  readonly role: Role
  readonly name?: string | undefined
}

/**
 * What one request, or one address, may take.
 *
 * - `bodySize` (1 MiB), `bodyTime` (10 seconds): how large a body may be, and how long it may take to come.
 * - `headerSize` (16 KiB): how large all headers together may be.
 * - `streams` (1,000): how many event streams may be open at the same time.
 * - `requestsPerSecond` (100; on loopback without tokens: no limit): how many requests an address may make in a second, for
 *   a while. Five times as many may come at once.
 *
 * @category models
 * @since 0.1.0
 */
export interface Limits {
  readonly bodySize?: ByteSize.Input | undefined
  readonly bodyTime?: Duration.Input | undefined
  readonly headerSize?: ByteSize.Input | undefined
  readonly streams?: number | undefined
  readonly requestsPerSecond?: number | undefined
}

/**
 * Who may ask, from where, and how much.
 *
 * - `tokens`: without any, everybody on this machine may do everything, and nobody else anything.
 * - `insecure` (false): everybody who reaches the server may do everything. Only for where something else protects it.
 * - `allowedHosts`: names under which browsers may reach a server without tokens, beside `localhost` and its addresses.
 * - `origins`: origins, such as `https://tasks.example.com`, whose pages may ask from browsers (CORS). The server's own
 *   pages always may.
 *
 * @category models
 * @since 0.1.0
 */
export interface SecurityOptions {
  readonly tokens?: ReadonlyArray<Token> | undefined
  readonly insecure?: boolean | undefined
  readonly allowedHosts?: ReadonlyArray<string> | undefined
  readonly origins?: ReadonlyArray<string> | undefined
  readonly limits?: Limits | undefined
}
