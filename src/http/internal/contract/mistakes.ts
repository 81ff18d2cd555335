/**
 * What is wrong with an input, as the original says it: the place, a sentence, and the kind of mistake.
 */
import type * as Schema from "effect/Schema"
import * as issues from "../../../internal/issues.ts"
import type { Kinds } from "./coercion.ts"
import { InvalidInput, type Mistake } from "./errors.ts"

type Location = Mistake["loc"]

/** A required part is missing. */
export const missing = (...loc: Location): Mistake => ({ loc, msg: "field required", type: "value_error.missing" })

/** A part is not known. */
export const unknown = (...loc: Location): Mistake => ({
  loc,
  msg: "extra fields not permitted",
  type: "value_error.extra"
})

/** The body is JSON, but not an object. */
export const noObject: Mistake = { loc: ["body"], msg: "value is not a valid dict", type: "type_error.dict" }

/** The body is not JSON. */
export const noJson = (position: number): Mistake => ({
  loc: ["body", position],
  msg: "the body is not valid JSON",
  type: "value_error.jsondecode"
})

/** A value cannot be used, with our own sentence. */
export const wrong = (msg: string, ...loc: Location): Mistake => ({ loc, msg, type: "value_error" })

const typeOf = (kinds: Kinds | undefined, value: unknown): string => {
  if (kinds === undefined) return "value_error"
  if (value === null && !kinds.null) return "type_error.none.not_allowed"
  if (kinds.number && typeof value !== "number") return kinds.integer ? "type_error.integer" : "type_error.float"
  if (kinds.boolean && typeof value !== "boolean") return "type_error.bool"
  if (kinds.string && typeof value !== "string") return "type_error.str"
  return "value_error"
}

/** The mistakes that a schema found. `start` is the place of the decoded value in the input. */
export const fromSchema = (
  error: Schema.SchemaError,
  start: Location,
  kinds?: Kinds,
  value?: unknown
): ReadonlyArray<Mistake> =>
  issues.placed(error.issue).map(({ message, path }) =>
    message === "Missing key"
      ? missing(...start, ...path)
      : { loc: [...start, ...path], msg: message, type: typeOf(kinds, value) }
  )

/** The error that has all of the mistakes. */
export const fail = (...detail: ReadonlyArray<Mistake>) => new InvalidInput({ detail })
