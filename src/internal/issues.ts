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

/** A key that there is not is mostly a misspelled one: those that there are help. */
const leafHook: SchemaIssue.LeafHook = (issue) => {
  if (issue._tag !== "UnexpectedKey" || issue.ast._tag !== "Objects") return SchemaIssue.defaultLeafHook(issue)
  return `there is no such key; there are ${issue.ast.propertySignatures.map(({ name }) => String(name)).join(", ")}`
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
