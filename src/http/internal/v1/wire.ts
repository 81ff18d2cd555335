/**
 * How values look in the JSON of `/v1`: keys in snake_case, instants as ISO 8601 in UTC, durations as whole milliseconds in
 * keys that end in `_ms`, absence as `null`. In TypeScript they are what they are elsewhere.
 */
import * as Schema from "effect/Schema"

/** A key of TypeScript as a key of JSON: `maxConcurrent` is `max_concurrent`. */
export type Snake<Key extends string> = Key extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${Snake<Tail>}`
  : Key

type SnakeKeys<Fields> = { readonly [Key in keyof Fields & string]: Snake<Key> }

/** The keys of a struct as JSON has them; `names` are those that are called differently there. */
export type Keys<Fields, Names> = Omit<SnakeKeys<Fields>, keyof Names> & Names

/** The key of JSON for a key of TypeScript. */
export const snake = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Gives a struct its keys in JSON. */
export const keys =
  <const Names extends Record<string, string> = {}>(names?: Names) =>
  <Fields extends Schema.Struct.Fields>(
    struct: Schema.Struct<Fields>
  ): Schema.encodeKeys<Schema.Struct<Fields>, Keys<Fields, Names>> => {
    const mapping = Object.fromEntries(Object.keys(struct.fields).map((key) => [key, names?.[key] ?? snake(key)]))
    // the compiler cannot compute what `snake` does; `Keys` says it in types
    return Schema.encodeKeys(mapping)(struct) as never
  }

/** An instant, as ISO 8601 in UTC. */
export const Instant = Schema.DateTimeUtcFromString

/** A duration, as milliseconds. */
export const Millis = Schema.DurationFromMillis.pipe(
  Schema.check(Schema.makeFilter((duration) => duration.value._tag === "Millis" || "a finite number of milliseconds"))
)

/** A number above 0 in JSON. */
export const Count = Schema.Int.check(Schema.isGreaterThan(0))

/** A text that is not longer than `length`. */
export const Text = (length: number) => Schema.String.check(Schema.isMaxLength(length))

/** The same, which says something. */
export const SomeText = (length: number) => Text(length).check(Schema.isMinLength(1))

/** An id that the path of a URL can have: clients resolve the segments `.` and `..`, and half a surrogate has no bytes. */
export const Id = SomeText(200).check(
  Schema.makeFilter((id) => !/^\.{1,2}$|\p{Surrogate}/u.test(id) || "a text that the path of a URL can have")
)

/** Absent in TypeScript, `null` in JSON. */
export const Nullable = Schema.OptionFromNullOr

/** How many items a page has, if not told: `limit`, at most 1,000. */
export const Limit = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000 }))
