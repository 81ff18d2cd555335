/**
 * JSON that every reader takes. A text of a user may have half of a surrogate pair, as one does that was cut in the middle
 * of an emoji. `JSON.stringify` writes that as an escape such as `\ud83c`, for which `jq`, for one, refuses the document.
 */
import * as HttpBody from "effect/http/HttpBody"
import * as HttpServerResponse from "effect/http/HttpServerResponse"

/** An escape of a backslash, after which `ud83c` are letters, or of half a surrogate pair. */
const escapes = /\\(?:\\|ud[89a-f][0-9a-f]{2})/g

/** JSON as `JSON.stringify` writes it, with the replacement character in place of halves of surrogate pairs. */
export const json = (text: string): string =>
  text.includes("\\ud") ? text.replaceAll(escapes, (escape) => escape === "\\\\" ? escape : "\uFFFD") : text

/** A response whose body, if it is JSON, every reader takes. */
export const response = (given: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse => {
  const { body } = given
  if (body._tag !== "Uint8Array" || body.text === undefined || !body.contentType.startsWith("application/json")) {
    return given
  }
  const text = json(body.text)
  return text === body.text ? given : HttpServerResponse.setBody(given, HttpBody.text(text, body.contentType))
}
