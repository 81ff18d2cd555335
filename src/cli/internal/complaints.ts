/**
 * Sentences for what goes wrong with a server: it is not there, says nothing, or refuses what it is asked to do.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { HttpClientError } from "effect/http/HttpClientError"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { ValidationFailed } from "../../http/TaskApiError.ts"
import * as issues from "../../internal/issues.ts"
import { fail } from "./failure.ts"
import * as format from "./format.ts"
import { Silence } from "./Patience.ts"

/** An answer is not what this version expects. */
class AnswerNotUnderstood extends Data.TaggedError("AnswerNotUnderstood")<{ readonly cause: unknown }> {}

/** Tells an answer that cannot be read from a request that cannot be made: both are errors of a schema. */
export const ofAnswer = (error: unknown): unknown =>
  Schema.isSchemaError(error) ? new AnswerNotUnderstood({ cause: error }) : error

const Refusal = Schema.Struct({ error: Schema.String, message: Schema.String })

type Refusal = typeof Refusal.Type

const decodeRefusal = Schema.decodeUnknownOption(Schema.fromJsonString(Refusal))

/** The sentence for an answer that this API does not give. */
const strange = (url: string, status: number): string => {
  if (status === 404) {
    return `There is no Brinjal API at ${url}. Check the path of --url: it is the --prefix of the server.`
  }
  if (status === 401) {
    return `The server at ${url} asks for a login that is not Brinjal's. If it takes a user and a password, write ` +
      "http://USER:PASSWORD@... for --url or BRINJAL_URL; if it takes a bearer token, give that with --token."
  }
  return `The server at ${url} answered with status ${status}, which Brinjal does not.`
}

/** The sentence for a server that says nothing. What it was asked to change, it may still change. */
const silent = (url: string, { limit }: Silence, isChange: boolean): string =>
  `The server at ${url} takes connections but has said nothing for ${format.duration(limit)}. ` +
  "It may hang: look at its log, or start it again. Or it is no Brinjal: say where that is with --url or BRINJAL_URL." +
  (isChange ? " What it was asked to do may still happen." : "")

/** Whether the connection was lost in the middle of an answer, for which `fetch` has a TypeError. */
const isCut = (error: unknown): boolean => {
  if (!Predicate.isTagged(error, "HttpClientError")) return false
  const { reason } = error as HttpClientError
  return reason._tag === "DecodeError" && reason.cause instanceof TypeError
}

/** Whether a server that has answered before may be back soon: it is gone, or it or what is in front of it says so. */
export const isAway = (error: unknown): boolean => {
  if (error instanceof Silence || isCut(error)) return true
  if (Predicate.isTagged(error, "TaskManagerStopped") || Predicate.isTagged(error, "TaskStoreError")) return true
  if (!Predicate.isTagged(error, "HttpClientError")) return false
  const { reason, response } = error as HttpClientError
  return response === undefined ? reason._tag === "TransportError" : [502, 503, 504].includes(response.status)
}

/** What programs are told: that a server is silent, where that made the client fail. */
const behind = (error: unknown): unknown =>
  Predicate.isTagged(error, "HttpClientError") && (error as HttpClientError).cause instanceof Silence
    ? (error as HttpClientError).cause
    : error

/** What the server says about a request that it refuses, whatever the endpoint: that it is too large, say. */
const refusal = (response: HttpClientResponse | undefined): Effect.Effect<Option.Option<Refusal>> =>
  response === undefined || response.status === 401 // which is somebody else's, since ours is declared
    ? Effect.succeedNone
    : Effect.map(Effect.orElseSucceed(response.text, () => ""), decodeRefusal)

const unanswered = ({ cause, reason, request, response }: HttpClientError, url: string): string => {
  if (cause instanceof Silence) return silent(url, cause, request.method !== "GET")
  if (response !== undefined) return strange(url, response.status)
  return reason._tag === "TransportError"
    ? `No server answers at ${url}. Start one with brinjal serve, or say where it is with --url or BRINJAL_URL.`
    : `The request to ${url} failed: ${reason.message}`
}

const invalid = (what: string): string => `The server does not take this. ${what}`

const unauthorized = ({ token, url }: Asked): string => {
  const given = Option.filter(Option.map(token, Redacted.value), (text) => text !== "")
  if (Option.isNone(given)) return `The server at ${url} requires a token: give it with --token or BRINJAL_TOKEN.`
  return `The server at ${url} does not accept the token that was given with --token or BRINJAL_TOKEN. ` +
    (/^(read|operate|admin):/.test(given.value)
      ? "Write it without its role."
      : "Check it: the server does not know it.")
}

/** The server that was asked, and how. */
interface Asked {
  /** Where it is, without a login. */
  readonly url: string
  readonly token: Option.Option<Redacted.Redacted<string>>
}

const explained = (error: unknown, asked: Asked): string => {
  const { url } = asked
  if (error instanceof Silence) return silent(url, error, false)
  if (isCut(error)) return `The connection to ${url} was lost in the middle of an answer. Try again.`
  if (Predicate.isTagged(error, "HttpClientError")) return unanswered(error as HttpClientError, url)
  if (Schema.isSchemaError(error)) return invalid(issues.placed(error.issue).map(issues.sentence).join("\n"))
  if (Predicate.isTagged(error, "ValidationFailed")) return invalid((error as ValidationFailed).message)
  if (error instanceof AnswerNotUnderstood) {
    return `The server at ${url} answered what this version does not understand. Is it another version?`
  }
  if (Predicate.isTagged(error, "Unauthorized")) return unauthorized(asked)
  return error instanceof Error ? error.message : String(error)
}

/** Fails with a sentence for a failure of the client. */
export const explain = Effect.fnUntraced(function*(error: unknown, asked: Asked) {
  const response = Predicate.isTagged(error, "HttpClientError") ? (error as HttpClientError).response : undefined
  const refused = yield* refusal(response)
  return yield* Option.match(refused, {
    onNone: () => fail(explained(error, asked), behind(error)),
    onSome: (refusal) => fail(refusal.message, { ...refusal, _tag: refusal.error })
  })
})
