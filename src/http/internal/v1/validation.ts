/**
 * The middleware that reports what is malformed in a request, place by place.
 */
import * as Effect from "effect/Effect"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import type * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import type * as Schema from "effect/Schema"
import * as issues from "../../../internal/issues.ts"
import { type Issue, NotJson, ValidationFailed } from "../../TaskApiError.ts"
import { answer } from "../security/refusals.ts"
import { Validation } from "./api.ts"

/** The issues of a schema error, with their paths below a place. */
export const issuesOf = (error: Schema.SchemaError, below: ReadonlyArray<string>): ReadonlyArray<Issue> =>
  issues.placed(error.issue).map(({ message, path }) => ({ path: [...below, ...path], message }))

/** What is wrong with one key of a body. */
export const wrong = (key: string, message: string): ValidationFailed =>
  new ValidationFailed({ issues: [{ path: ["body", key], message }] })

/** A body is not called a payload, since it may have the `payload` of a task. */
const places = { Params: "params", Headers: "headers", Query: "query", Payload: "body" } as const

const malformed = HttpApiMiddleware.layerSchemaErrorTransform(
  Validation,
  (error) =>
    error.kind === "Body" || error.kind === "ResponseHeaders"
      ? Effect.fail(error)
      : Effect.fail(new ValidationFailed({ issues: issuesOf(error.cause, [places[error.kind]]) }))
)

/** The router answers a wrong content type with a line of text; this says it in JSON. */
const typed = (response: HttpServerResponse.HttpServerResponse) =>
  response.status === 415
    ? Effect.map(
      HttpServerRequest.HttpServerRequest,
      ({ headers }) => answer(new NotJson({ contentType: headers["content-type"] ?? "nothing" }))
    )
    : Effect.succeed(response)

/** Whether an endpoint takes no query. Those who watch a server may add what they like. */
const isWithoutQuery = ({ endpoint, group }: Parameters<typeof Validation.Service>[1]): boolean =>
  endpoint.query === undefined && group.identifier !== "system"

/** The keys of a query, where there are none. */
const noQuery = Effect.flatMap(HttpServerRequest.ParsedSearchParams, (query) => {
  const unknown = Object.keys(query).map((key) => ({ path: ["query", key], message: issues.unknownKey([]) }))
  return unknown.length === 0 ? Effect.void : Effect.fail(new ValidationFailed({ issues: unknown }))
})

/** Layer of the middleware. */
export const layer = Layer.effect(
  Validation,
  Effect.map(Validation, (transform) =>
    Validation.of((handler, options) => {
      const answered = Effect.flatMap(transform(handler, options), typed)
      return isWithoutQuery(options) ? Effect.andThen(noQuery, answered) : answered
    }))
).pipe(Layer.provide(malformed))
