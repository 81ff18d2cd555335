/**
 * Schemas of values that are encoded as JSON of one level at a time: `encoded.ts` has the schemas of that JSON.
 */
import * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaTransformation from "effect/SchemaTransformation"

/** What a value is, and how it becomes JSON and is made of it again. */
export interface Parts<Value, Encoded> {
  /** The name of the schema in messages. */
  readonly expected: string
  readonly is: (value: unknown) => value is Value
  readonly encode: (value: Value) => Encoded
  readonly decode: (json: Encoded) => Result.Result<Value, { readonly message: string }>
}

/**
 * The schema of values over the schema of their JSON. What cannot be decoded is an issue with the message of the error.
 */
export const codecOf = <Value, Encoded>(
  json: Schema.Codec<Encoded>,
  { decode, encode, expected, is }: Parts<Value, Encoded>
): Schema.Codec<Value, Encoded> =>
  json.pipe(
    Schema.decodeTo(
      Schema.declare(is, { expected }),
      SchemaTransformation.transformEffect<Value, Encoded>({
        decode: (json, options) =>
          Effect.mapError(
            Effect.fromResult(decode(json)),
            ({ message }) => new SchemaIssue.InvalidValue({ message }, json, options)
          ),
        encode: (value) => Effect.succeed(encode(value))
      })
    )
  )
