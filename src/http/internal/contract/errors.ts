/**
 * The errors of the contract: `{ "detail": ... }`, a sentence or, for input that does not fit, one item per mistake.
 */
import * as Schema from "effect/Schema"

/**
 * There is nothing under this id or this name.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotFound extends Schema.Error<NotFound>("NotFound")(
  { detail: Schema.String },
  { httpApiStatus: 404 }
) {
  override get message() {
    return this.detail
  }
}

/**
 * What is wrong with one part of the input: `loc` is where ("body" or "query", then the name), `msg` says what, and `type`
 * names the kind of mistake.
 *
 * @category models
 * @since 0.1.0
 */
export const Mistake = Schema.Struct({
  loc: Schema.Array(Schema.Union([Schema.String, Schema.Int])),
  msg: Schema.String,
  type: Schema.String
}).annotate({ identifier: "ValidationError" })

/**
 * @category models
 * @since 0.1.0
 */
export type Mistake = typeof Mistake.Type

/**
 * The input does not fit.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidInput extends Schema.Error<InvalidInput>("HTTPValidationError")(
  { detail: Schema.Array(Mistake) },
  { httpApiStatus: 422 }
) {
  override get message() {
    return this.detail.map(({ loc, msg }) => `${loc.join(".")}: ${msg}`).join("; ")
  }
}

/**
 * The server cannot do it now: it is stopping, or its store is away.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unavailable extends Schema.Error<Unavailable>("Unavailable")(
  { detail: Schema.String },
  { httpApiStatus: 503 }
) {
  override get message() {
    return this.detail
  }
}
