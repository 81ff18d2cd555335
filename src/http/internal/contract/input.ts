/**
 * Reads a request: the last value of each key in its query, and the object in its body.
 */
import * as Effect from "effect/Effect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type { InvalidInput } from "./errors.ts"
import * as mistakes from "./mistakes.ts"
import type { Input } from "./parameters.ts"

/** The query by key. If a key is repeated, its last value counts. */
const queryOf = (parameters: Readonly<Record<string, string | Array<string>>>): ReadonlyMap<string, string> => {
  const query = new Map<string, string>()
  for (const [key, value] of Object.entries(parameters)) {
    const last = Array.isArray(value) ? value.at(-1) : value
    if (last !== undefined) query.set(key, last)
  }
  return query
}

const isJson = (contentType: string | undefined): boolean =>
  contentType === undefined || /^application\/([^;\s]+\+)?json\s*(;|$)/i.test(contentType.trim())

const tooLarge = HttpServerResponse.jsonUnsafe({ detail: "Request Entity Too Large" }, {
  status: 413,
  headers: { connection: "close" }
})

const unreadable = HttpServerResponse.jsonUnsafe({ detail: "The body could not be read" }, { status: 400 })

const isEmpty = ({ headers }: HttpServerRequest.HttpServerRequest): boolean =>
  headers["content-length"] === "0" ||
  (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined)

const text = (request: HttpServerRequest.HttpServerRequest) =>
  isEmpty(request) ? Effect.succeed("") : Effect.catch(request.text, ({ reason }) =>
    // a defect that is a response is sent as it is
    Effect.die(reason._tag === "RequestParseError" && reason.reason === "BodyTooLarge" ? tooLarge : unreadable))

const positionOf = (error: unknown): number => {
  const position = /position (\d+)/.exec(String(error))?.[1]
  return position === undefined ? 0 : Number(position)
}

/** `null` counts as no body, like an empty one. */
const parse = (body: string, contentType: string | undefined): Effect.Effect<unknown, InvalidInput> => {
  if (body === "") return Effect.undefined
  if (!isJson(contentType)) return Effect.fail(mistakes.fail(mistakes.noObject))
  try {
    return Effect.succeed(JSON.parse(body) ?? undefined)
  } catch (error) {
    return Effect.fail(mistakes.fail(mistakes.noJson(positionOf(error))))
  }
}

/** The JSON of the body; `undefined` if there is none or it is `null`. */
const json: Effect.Effect<unknown, InvalidInput, HttpServerRequest.HttpServerRequest> = Effect.flatMap(
  HttpServerRequest.HttpServerRequest,
  (request) => Effect.flatMap(text(request), (body) => parse(body, request.headers["content-type"]))
)

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The criteria of a search, as an object. An empty list counts as no criteria. */
export const criteria: Effect.Effect<
  Readonly<Record<string, unknown>>,
  InvalidInput,
  HttpServerRequest.HttpServerRequest
> = Effect.flatMap(json, (value) => {
  if (value === undefined) return Effect.fail(mistakes.fail(mistakes.missing("body")))
  if (isObject(value)) return Effect.succeed({ ...value })
  if (Array.isArray(value) && value.length === 0) return Effect.succeed({})
  return Effect.fail(mistakes.fail(mistakes.noObject))
})

const body = Effect.flatMap(json, (value): Effect.Effect<ReadonlyMap<string, unknown>, InvalidInput> => {
  if (value === undefined) return Effect.succeed(new Map())
  return isObject(value)
    ? Effect.succeed(new Map(Object.entries(value)))
    : Effect.fail(mistakes.fail(mistakes.noObject))
})

/** The body and the query. */
export const read: Effect.Effect<
  Input,
  InvalidInput,
  HttpServerRequest.HttpServerRequest | HttpServerRequest.ParsedSearchParams
> = Effect.zipWith(body, HttpServerRequest.ParsedSearchParams, (body, parameters) => ({
  body,
  query: queryOf(parameters)
}))
