/**
 * The JSON conventions of `/v1`: keys in snake_case, instants as ISO 8601 in UTC, durations as whole milliseconds in
 * keys that end in `_ms`, absence as `null`. In TypeScript the values have their usual types.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { instantOption } from "../../../internal/recurrence/instant.ts"

/** The JSON key for a TypeScript key, as a type: `max_concurrent` for `maxConcurrent`. */
export type Snake<Key extends string> = Key extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${Snake<Tail>}`
  : Key

type SnakeKeys<Fields> = { readonly [Key in keyof Fields & string]: Snake<Key> }

/** The JSON keys of a struct. `names` are exceptions. */
export type Keys<Fields, Names> = Omit<SnakeKeys<Fields>, keyof Names> & Names

/** The JSON key for a TypeScript key. */
export const snake = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Gives a struct its JSON keys. */
export const keys =
  <const Names extends Record<string, string> = {}>(names?: Names) =>
  <Fields extends Schema.Struct.Fields>(
    struct: Schema.Struct<Fields>
  ): Schema.encodeKeys<Schema.Struct<Fields>, Keys<Fields, Names>> => {
    const mapping = Object.fromEntries(Object.keys(struct.fields).map((key) => [key, names?.[key] ?? snake(key)]))
    // the compiler cannot compute `snake`; `Keys` states its result in types
    return Schema.encodeKeys(mapping)(struct) as never
  }

/**
 * A field, and what the document says of it. It is said twice: some values lose in the document what is said of their key,
 * and numbers of a query lose what is said of themselves.
 */
export const field = <S extends Schema.Top>(schema: S, description: string): S["Rebuild"]["Rebuild"] =>
  schema.pipe(Schema.annotateEncoded({ description }), Schema.annotateKey({ description }))

/** The same for one that may be left out. */
export const optional = <S extends Schema.Top>(schema: S, description: string) =>
  Schema.optionalKey(schema.pipe(Schema.annotateEncoded({ description }))).pipe(Schema.annotateKey({ description }))

/** An instant, as ISO 8601 in UTC. */
export const Instant = Schema.DateTimeUtcFromString

/** An offset is mostly written with a colon, but not by all who write ISO 8601. */
const withColon = (text: string) => text.replace(/(T.+[+-]\d\d)(\d\d)$/, "$1:$2")

const readInstant = (text: string) => instantOption(withColon(text))

/** What is none is found in the text, before keys are renamed, so that it is reported under the key of the JSON. */
const InstantText = Schema.String.check(
  Schema.makeFilter((text) => Option.isSome(readInstant(text)), {
    expected: "an ISO 8601 date and time such as 2026-01-31T09:00:00Z",
    toJsonSchema: () => ({ format: "date-time" })
  })
)

/** An instant in a request, as ISO 8601 and as nothing else. Any offset is taken, and none is UTC. */
export const GivenInstant = InstantText.pipe(Schema.decodeTo(
  Schema.DateTimeUtc,
  SchemaTransformation.transform({
    decode: (text) => Option.getOrThrow(readInstant(text)),
    encode: (instant: DateTime.Utc) => DateTime.formatIso(instant)
  })
))

/** A finite duration, as milliseconds. */
export const Millis = Schema.Finite.pipe(Schema.decodeTo(Schema.Duration, SchemaTransformation.durationFromMillis))

/** The longest delay, in milliseconds: about 30,000 years, so that what it leads to is still an instant. */
const longestDelay = 1_000_000_000_000_000

/** How long something is put off, as whole milliseconds. */
export const Delay = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: longestDelay })).pipe(
  Schema.decodeTo(Schema.Duration, SchemaTransformation.durationFromMillis)
)

/** A whole number above 0. */
export const Count = Schema.Int.check(Schema.isGreaterThan(0))

/** A text of at most `length` characters. */
export const Text = (length: number) => Schema.String.check(Schema.isMaxLength(length))

/** A text that is not empty, of at most `length` characters. */
export const SomeText = (length: number) => Text(length).check(Schema.isMinLength(1))

/** An id that fits in the path of a URL: clients resolve the segments `.` and `..`, and half a surrogate has no bytes. */
export const Id = SomeText(200).check(
  Schema.makeFilter((id) => !/^\.{1,2}$|\p{Surrogate}/u.test(id) || "a text that the path of a URL can have")
)

/** `Option` in TypeScript, `null` in JSON if absent. */
export const Nullable = Schema.OptionFromNullOr

/** The size of a page. */
export const Limit = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000 }))

/** A cron expression. */
export const CronExpression = Text(1_000)

/** What is said of it. */
export const cronDescription = "5 fields, 6 (seconds first) or 7 (year last), or a nickname such as `@daily`."

/** The DST policy of a cron expression. */
export const dst = optional(
  Schema.Literals(["vixie", "ocps", "shift", "literal"]),
  "What happens to times that the clock jumps over or shows twice. Default `vixie`, as the cron daemon does."
)
