/**
 * JSON and texts in a form that both databases can store.
 *
 * Postgres allows neither NUL nor half a surrogate pair in a text, and drivers of SQLite cut a text at a NUL. Such a
 * character is stored as `\u001a` (the control character "substitute") and its four hexadecimal digits, and so is
 * `\u001a` itself.
 */

const mark = "\u001a"

/** One escape sequence of a JSON text: one that cannot be stored (captured), or any other. */
const unkeepable = /\\(?:u(0000|001a|d[89a-f][0-9a-f]{2})|.)/g
const kept = /\\(?:u001a(0000|001a|d[89a-f][0-9a-f]{2})|.)/g
const hasUnkeepable = /\\u(?:0000|001a|d)/
// oxlint-disable-next-line no-control-regex -- these are the characters that a database may not store
const needsCare = /[\0\u001a\ud800-\udfff]/

/** A value as JSON text. Whole surrogate pairs are not escaped in it, so any escaped surrogate is half a pair. */
export const toJson = (value: unknown): string => {
  const json = JSON.stringify(value) ?? "null"
  return hasUnkeepable.test(json)
    ? json.replace(unkeepable, (all, code: string | undefined) => code === undefined ? all : `\\u001a${code}`)
    : json
}

/** The value of a JSON text. */
export const fromJson = (json: string): unknown =>
  JSON.parse(
    json.includes("\\u001a")
      ? json.replace(kept, (all, code: string | undefined) => code === undefined ? all : `\\u${code}`)
      : json
  )

/** A text as a parameter. */
export const toText = (text: string): string => needsCare.test(text) ? JSON.parse(toJson(text)) : text

/** The text of a column. */
export const fromText = (text: string): string =>
  text.includes(mark)
    ? text.replaceAll(
      // oxlint-disable-next-line no-control-regex -- the mark is a control character, since texts hardly have any
      /\u001a(0000|001a|d[89a-f][0-9a-f]{2})/g,
      (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16))
    )
    : text
