/**
 * How a command fails: with a sentence on standard error, and exit code 1. The cause names the failure for programs.
 */
import { CliError } from "effect/cli"
import * as Effect from "effect/Effect"

/** Fails with a sentence that says what was wrong and what to do about it. */
export const fail = (message: string, cause: unknown = message): Effect.Effect<never, CliError.UserError> =>
  Effect.fail(new CliError.UserError({ cause, userMessage: message }))

/** Turns errors of the library, whose messages are written for people, into failures of a command. */
export const orFail = <A, R>(
  effect: Effect.Effect<A, { readonly message: string }, R>
): Effect.Effect<A, CliError.UserError, R> => Effect.catch(effect, (error) => fail(error.message, error))
