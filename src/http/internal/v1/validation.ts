/**
 * What is wrong with the form of a request, place by place.
 */
import * as Effect from "effect/Effect"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import type * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { type Issue, ValidationFailed } from "../../TaskApiError.ts"
import { Validation } from "./api.ts"

const format = SchemaIssue.makeFormatterStandardSchemaV1()

const segment = (part: PropertyKey | { readonly key: PropertyKey }): string | number => {
  const key = typeof part === "object" ? part.key : part
  return typeof key === "number" ? key : String(key)
}

/** The issues of a schema error, below a place. */
export const issuesOf = (error: Schema.SchemaError, below: ReadonlyArray<string>): ReadonlyArray<Issue> =>
  format(error.issue).issues.map(({ message, path = [] }) => ({ path: [...below, ...path.map(segment)], message }))

/** Layer of the middleware. */
export const layer = HttpApiMiddleware.layerSchemaErrorTransform(
  Validation,
  (error) =>
    error.kind === "Body" || error.kind === "ResponseHeaders"
      ? Effect.fail(error)
      : Effect.fail(new ValidationFailed({ issues: issuesOf(error.cause, [error.kind.toLowerCase()]) }))
)
