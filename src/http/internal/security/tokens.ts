/**
 * Compares secrets in constant time.
 */
import * as Redacted from "effect/Redacted"
import type { Role } from "../../TaskApiError.ts"
import type { Token } from "./options.ts"

/** A token in the form in which it is compared. */
export interface Known {
  readonly bytes: Uint8Array
  readonly name: string
  readonly role: Role
}

/** The shortest token that is allowed, in bytes: a shorter one can be guessed. */
export const shortest = 16

const encoder = new TextEncoder()

/** Tokens in the form in which they are compared. */
export const known = (tokens: ReadonlyArray<Token>): ReadonlyArray<Known> =>
  tokens.map(({ name, role, token }) => ({
    bytes: encoder.encode(Redacted.isRedacted(token) ? String(Redacted.value(token)) : token),
    name: name ?? role,
    role
  }))

/** Whether two secrets are the same. The time it takes depends only on the length of the first. */
const isSame = (mine: Uint8Array, given: Uint8Array): boolean => {
  let difference = mine.length ^ given.length
  for (let i = 0; i < mine.length; i++) difference |= mine[i]! ^ (given[i] ?? 0)
  return difference === 0
}

/** The token that was given, if there is such a one. All are compared, whichever it is. */
export const find = (tokens: ReadonlyArray<Known>, given: string): Known | undefined => {
  const bytes = encoder.encode(given)
  let found: Known | undefined
  for (const token of tokens) if (isSame(token.bytes, bytes)) found = token
  return found
}
