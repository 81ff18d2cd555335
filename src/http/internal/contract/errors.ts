/**
 * The errors of the contract: `{ "detail": ... }`, with a sentence or, for invalid input, a list of mistakes.
 */
import * as Schema from "effect/Schema"

/**
 * There is nothing with this id or name.
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
 * What is wrong with one part of the input: `loc` is its place ("body" or "query", then the name), `msg` says what is
 * wrong, and `type` names the kind of mistake.
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
 * The input is invalid.
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
 * The server cannot do it now: it is stopping, or its store does not answer.
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
