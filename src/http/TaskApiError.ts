/**
 * What can be wrong with a request itself, before the task manager is asked. Each error has its HTTP status.
 *
 * What the manager refuses is in `TaskError`. Both are sent as `{ "error": "<tag>", "message": "...", ...fields }`.
 */
import * as Schema from "effect/Schema"

/**
 * What a token allows: `read` to look, `operate` also to run tasks and to enable, disable and trigger recurring tasks,
 * `admin` also to change and remove.
 *
 * @category models
 * @since 0.1.0
 */
export const Role = Schema.Literals(["read", "operate", "admin"])

/**
 * @category models
 * @since 0.1.0
 */
export type Role = typeof Role.Type

/**
 * What is wrong in a request, and where: `path` begins with `params`, `query`, `headers` or `body`.
 *
 * @category models
 * @since 0.1.0
 */
export const Issue = Schema.Struct({
  path: Schema.Array(Schema.Union([Schema.String, Schema.Finite])),
  message: Schema.String
})

/**
 * @category models
 * @since 0.1.0
 */
export type Issue = typeof Issue.Type

/**
 * A request does not have the form that it should have.
 *
 * @category errors
 * @since 0.1.0
 */
export class ValidationFailed extends Schema.TaggedError<ValidationFailed>()("ValidationFailed", {
  issues: Schema.Array(Issue)
}) {
  override get message() {
    return this.issues.map(({ message, path }) => `${path.join(".")}: ${message}`).join("\n")
  }
}

/**
 * Somebody else has changed the recurring task since it was read. `expected` is the value of `If-Match`.
 *
 * @category errors
 * @since 0.1.0
 */
export class VersionMismatch extends Schema.TaggedError<VersionMismatch>()("VersionMismatch", {
  recurringId: Schema.String,
  expected: Schema.String,
  actual: Schema.String
}) {
  override get message() {
    return `The recurring task "${this.recurringId}" has version ${this.actual}, not ${this.expected}: ` +
      `read it again and repeat the change.`
  }
}

/**
 * The request has no token, or one that the server does not know: then `given` is true.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unauthorized extends Schema.TaggedError<Unauthorized>()("Unauthorized", {
  given: Schema.optionalKey(Schema.Boolean)
}) {
  override get message() {
    return this.given === true
      ? "The token is not accepted: it is none of those that the server knows."
      : "A valid token is required: send it as \"Authorization: Bearer <token>\"."
  }
}

/**
 * The token is valid, but does not allow this.
 *
 * @category errors
 * @since 0.1.0
 */
export class RoleRequired extends Schema.TaggedError<RoleRequired>()("RoleRequired", { required: Role, role: Role }) {
  override get message() {
    return `This needs a token with the role "${this.required}"; yours has the role "${this.role}".`
  }
}

/**
 * A request is refused because of where it comes from, or of the host that it asks for.
 *
 * @category errors
 * @since 0.1.0
 */
export class Refused extends Schema.TaggedError<Refused>()("Refused", { reason: Schema.String }) {
  override get message() {
    return this.reason
  }
}

/**
 * The headers and the address of a request are larger than `limit` bytes together.
 *
 * @category errors
 * @since 0.1.0
 */
export class HeadersTooLarge extends Schema.TaggedError<HeadersTooLarge>()("HeadersTooLarge", { limit: Schema.Int }) {
  override get message() {
    return `The headers and the address of a request may have at most ${this.limit} bytes.`
  }
}

/**
 * The body of a request is larger than `limit` bytes.
 *
 * @category errors
 * @since 0.1.0
 */
export class BodyTooLarge extends Schema.TaggedError<BodyTooLarge>()("BodyTooLarge", { limit: Schema.Int }) {
  override get message() {
    return `The body of a request may have at most ${this.limit} bytes.`
  }
}

/**
 * The body of a request did not arrive within `limitMs` milliseconds.
 *
 * @category errors
 * @since 0.1.0
 */
export class BodyTooSlow extends Schema.TaggedError<BodyTooSlow>()("BodyTooSlow", { limitMs: Schema.Finite }) {
  override get message() {
    return `The body of the request did not arrive within ${this.limitMs} ms.`
  }
}

/**
 * The body of a request is not JSON.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotJson extends Schema.TaggedError<NotJson>()("NotJson", { contentType: Schema.String }) {
  override get message() {
    return `A body has to be JSON, with the header "content-type: application/json", and not ${this.contentType}.`
  }
}

/**
 * An address makes more requests, or more event streams are open, than the limit allows: try again after `retryAfterMs`
 * milliseconds.
 *
 * @category errors
 * @since 0.1.0
 */
export class TooMany extends Schema.TaggedError<TooMany>()("TooMany", {
  what: Schema.Literals(["requests", "streams"]),
  retryAfterMs: Schema.Finite
}) {
  override get message() {
    return `There are too many ${this.what}: try again in ${Math.ceil(this.retryAfterMs / 1_000)} s.`
  }
}

/**
 * The server would let everybody do everything, or has a token that can be guessed. Starting it fails.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnsafeServer extends Schema.TaggedError<UnsafeServer>()("UnsafeServer", { reason: Schema.String }) {
  override get message() {
    return this.reason
  }
}
