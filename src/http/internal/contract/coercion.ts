/**
 * Clients of the original send text where a number or a boolean is meant. This finds out which JSON a parameter takes,
 * and converts a value to what was meant.
 */
import * as SchemaAST from "effect/SchemaAST"

/** The kinds of JSON that a parameter takes: `string` is any text, `texts` only certain ones. */
export interface Kinds {
  readonly string: boolean
  readonly texts: boolean
  readonly number: boolean
  readonly integer: boolean
  readonly boolean: boolean
  readonly null: boolean
}

const nothing: Kinds = { string: false, texts: false, number: false, integer: false, boolean: false, null: false }

const either = (a: Kinds, b: Kinds): Kinds => ({
  string: a.string || b.string,
  texts: a.texts || b.texts,
  number: a.number || b.number,
  integer: a.integer || b.integer,
  boolean: a.boolean || b.boolean,
  null: a.null || b.null
})

const isInteger = (ast: SchemaAST.AST): boolean =>
  ast.checks?.some((check) => /int/i.test(String(check.annotations?.expected))) ?? false

const ofLiteral = (literal: SchemaAST.LiteralValue): Kinds => ({
  ...nothing,
  [typeof literal === "string" ? "texts" : typeof literal]: true
})

/** The kinds of the encoded side of a schema. */
export const kindsOf = (ast: SchemaAST.AST): Kinds => {
  if (SchemaAST.isString(ast) || SchemaAST.isTemplateLiteral(ast)) return { ...nothing, string: true }
  if (SchemaAST.isNumber(ast)) return { ...nothing, number: true, integer: isInteger(ast) }
  if (SchemaAST.isBoolean(ast)) return { ...nothing, boolean: true }
  if (SchemaAST.isNull(ast)) return { ...nothing, null: true }
  if (SchemaAST.isLiteral(ast)) return ofLiteral(ast.literal)
  if (SchemaAST.isUnion(ast)) return ast.types.map(kindsOf).reduce(either, nothing)
  if (SchemaAST.isUnknown(ast) || SchemaAST.isAny(ast)) return { ...nothing, string: true, null: true }
  return nothing
}

const numeric = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i

const number = (text: string): number | string => {
  if (numeric.test(text)) return Number(text)
  // the JSON codec of numbers encodes them like this
  if (/^\s*nan\s*$/i.test(text)) return "NaN"
  const infinite = /^\s*([+-]?)inf(inity)?\s*$/i.exec(text)
  return infinite === null ? text : `${infinite[1] === "-" ? "-" : ""}Infinity`
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** What the text of a query means. Only `true`, `1` and `yes` are true. */
export const fromQuery = (kinds: Kinds, text: string): unknown => {
  if (kinds.string) return text
  if (kinds.number) return number(text)
  if (kinds.boolean) return ["true", "1", "yes"].includes(text.toLowerCase())
  if (kinds.texts) return text
  return parsed(text)
}

const truths: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  yes: true,
  y: true,
  on: true,
  1: true,
  false: false,
  f: false,
  no: false,
  n: false,
  off: false,
  0: false
}

const truth = (value: string | number): unknown => {
  const key = String(value).toLowerCase()
  return Object.hasOwn(truths, key) ? truths[key] : value
}

/** What a value of a JSON body means. */
export const fromJson = (kinds: Kinds, value: unknown): unknown => {
  if (typeof value === "string" && !kinds.string) {
    if (kinds.number) return number(value)
    if (kinds.boolean) return truth(value)
  }
  if (typeof value === "number" && !kinds.number) {
    if (kinds.boolean) return truth(value)
    if (kinds.string) return String(value)
  }
  return value
}
