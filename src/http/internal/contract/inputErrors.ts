/**
 * The middleware that answers input that cannot be decoded with 422, and what is wrong where.
 */
import * as Effect from "effect/Effect"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import { InputErrors } from "./group.ts"
import * as mistakes from "./mistakes.ts"

const places = { Params: "path", Headers: "header", Query: "query", Payload: "body" } as const

/** Layer of the middleware. */
export const layer = HttpApiMiddleware.layerSchemaErrorTransform(InputErrors, (error) => {
  if (error.kind === "Body" || error.kind === "ResponseHeaders") return Effect.fail(error)
  return Effect.fail(mistakes.fail(...mistakes.fromSchema(error.cause, [places[error.kind]])))
})
