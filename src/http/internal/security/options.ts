/**
 * How a server is protected: its options, and their defaults.
 */
import type * as ByteSize from "effect/ByteSize"
import type * as Duration from "effect/Duration"
import type * as Redacted from "effect/Redacted"
import type { Role } from "../../TaskApiError.ts"

/**
 * A secret that a caller may send, at least 16 characters long, and what it allows. `name` identifies the caller, to
 * itself and in logs; the secret appears in neither.
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
 * Limits of a request, and of an address.
 *
 * - `bodySize` (1 MiB), `bodyTime` (10 seconds): how large a body may be, and how long it may take to arrive.
 * - `headerSize` (16 KiB): how large all headers and the address may be together.
 * - `streams` (1,000): how many event streams may be open at the same time.
 * - `requestsPerSecond` (100; without tokens, on this machine: no limit): how many requests an address may make per
 *   second on average. A burst may have five times as many.
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
 * Who may make requests, from where, and how many.
 *
 * - `tokens`: without any, everybody on this machine may do everything, and nobody else anything.
 * - `insecure` (false): everybody who reaches the server may do everything. Only for servers that something else
 *   protects.
 * - `allowedHosts`: host names under which browsers may reach a server without tokens, besides `localhost` and its
 *   addresses.
 * - `origins`: origins, such as `https://tasks.example.com`, whose pages may make requests (CORS). The server's own
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
