/**
 * Comparing secrets, in a time that says nothing about them.
 */
import * as Redacted from "effect/Redacted"
import type { Role } from "../../TaskApiError.ts"
import type { Token } from "./options.ts"

/** A token as it is compared. */
export interface Known {
  readonly bytes: Uint8Array
  readonly name: string
  readonly role: Role
}

/** How short a token may be: a shorter one can be guessed. */
export const shortest = 16

const encoder = new TextEncoder()

/** Tokens as they are compared. */
export const known = (tokens: ReadonlyArray<Token>): ReadonlyArray<Known> =>
  tokens.map(({ name, role, token }) => ({
    bytes: encoder.encode(Redacted.isRedacted(token) ? String(Redacted.value(token)) : token),
    name: name ?? role,
    role
  }))

/** Whether two are the same, in a time that depends on the length of the first one only. */
const isSame = (mine: Uint8Array, given: Uint8Array): boolean => {
  let difference = mine.length ^ given.length
  for (let i = 0; i < mine.length; i++) difference |= mine[i]! ^ (given[i] ?? 0)
  return difference === 0
}

/** The token that was given, if it is one. All are compared, whichever it is. */
export const find = (tokens: ReadonlyArray<Known>, given: string): Known | undefined => {
  const bytes = encoder.encode(given)
  let found: Known | undefined
  for (const token of tokens) if (isSame(token.bytes, bytes)) found = token
  return found
}
