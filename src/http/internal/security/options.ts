/**
 * How a server is protected: its options, and their defaults.
 */
import type * as ByteSize from "effect/ByteSize"
import type * as Duration from "effect/Duration"
import type * as Redacted from "effect/Redacted"
import type { Role } from "../../TaskApiError.ts"

/**
 * A secret that a caller may send, and what it allows.
 *
 * @category models
 * @since 0.1.0
 */
export interface Token {
  /** At least 16 characters. It appears in no log. */
  readonly token: string | Redacted.Redacted
  readonly role: Role
  /** Identifies the caller, to itself and in logs. */
  readonly name?: string | undefined
}

/**
 * Limits of a request, and of an address.
 *
 * @category models
 * @since 0.1.0
 */
export interface Limits {
  /** How large a body may be. Default 1 MiB. */
  readonly bodySize?: ByteSize.Input | undefined
  /** How long a body may take to arrive. Default 10 seconds. */
  readonly bodyTime?: Duration.Input | undefined
  /** How large all headers and the address may be together. Default 16 KiB. */
  readonly headerSize?: ByteSize.Input | undefined
  /** How many event streams may be open at the same time. Default 1000. */
  readonly streams?: number | undefined
  /**
   * How many requests an address may make per second on average; a burst may have five times as many. Default 100, or no
   * limit without tokens, on this machine.
   */
  readonly requestsPerSecond?: number | undefined
}

/**
 * Who may make requests, from where, and how many.
 *
 * @category models
 * @since 0.1.0
 */
export interface SecurityOptions {
  /** Without any, everybody on this machine may do everything, and nobody else anything. */
  readonly tokens?: ReadonlyArray<Token> | undefined
  /**
   * Everybody who reaches the server may do everything. Only for servers that something else protects. Default `false`.
   */
  readonly insecure?: boolean | undefined
  /** Host names under which browsers may reach a server without tokens, besides `localhost` and its addresses. */
  readonly allowedHosts?: ReadonlyArray<string> | undefined
  /** Origins, such as `https://tasks.example.com`, whose pages may make requests (CORS). The server's own always may. */
  readonly origins?: ReadonlyArray<string> | undefined
  /** How large requests may be, and how many of them there may be. */
  readonly limits?: Limits | undefined
}
