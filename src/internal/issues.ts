/**
 * The issues that a schema finds in a value, place by place.
 */
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"

/** One issue: `path` leads to its place, and is empty for the value itself. */
export interface Placed {
  readonly path: ReadonlyArray<string | number>
  readonly message: string
}

/** The message for a key that is not among those that there are. */
export const unknownKey = (known: ReadonlyArray<string>): string =>
  known.length === 0 ? "Unknown key; no keys are known here" : `Unknown key; the known ones are ${known.join(", ")}`

/** An unknown key is mostly a misspelled one: the known ones help. */
const leafHook: SchemaIssue.LeafHook = (issue) => {
  if (issue._tag !== "UnexpectedKey" || issue.ast._tag !== "Objects") return SchemaIssue.defaultLeafHook(issue)
  return unknownKey(issue.ast.propertySignatures.map(({ name }) => String(name)))
}

const format = SchemaIssue.makeFormatterStandardSchemaV1({ leafHook })

const segment = (part: PropertyKey | { readonly key: PropertyKey }): string | number => {
  const key = typeof part === "object" ? part.key : part
  return typeof key === "number" ? key : String(key)
}

/** Splits an issue into places. */
export const placed = (issue: SchemaIssue.Issue): ReadonlyArray<Placed> =>
  format(issue).issues.map(({ message, path = [] }) => ({ path: path.map(segment), message }))

const issueIn = (error: unknown): SchemaIssue.Issue | undefined => {
  if (Schema.isSchemaError(error)) return error.issue
  // a constructor throws a generic error whose cause is the issue
  return error instanceof Error && SchemaIssue.isIssue(error.cause) ? error.cause : undefined
}

const messageOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

/** The issues in an error that a schema has failed with or thrown. */
export const within = (error: unknown): ReadonlyArray<Placed> => {
  const issue = issueIn(error)
  return issue === undefined ? [{ path: [], message: messageOf(error) }] : placed(issue)
}

/** An issue as a sentence. */
export const sentence = ({ message, path }: Placed): string =>
  path.length === 0 ? message : `${path.join(".")}: ${message}`
