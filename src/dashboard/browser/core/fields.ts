/**
 * Turns the JSON Schema of a payload into the fields of a form. What no field can show is entered as JSON, so that
 * every payload can be entered. Pure functions.
 */

/**
 * The part of JSON Schema that forms use.
 *
 * @category models
 * @since 0.1.0
 */
export interface JsonSchema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
  readonly definitions?: Readonly<Record<string, JsonSchema>>
  readonly type?: string | ReadonlyArray<string>
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: ReadonlyArray<unknown>
  readonly const?: unknown
  readonly anyOf?: ReadonlyArray<JsonSchema>
  readonly oneOf?: ReadonlyArray<JsonSchema>
  readonly allOf?: ReadonlyArray<JsonSchema>
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: ReadonlyArray<string>
  readonly items?: JsonSchema
  readonly prefixItems?: ReadonlyArray<JsonSchema>
  readonly additionalProperties?: JsonSchema | boolean
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly format?: string
}

/**
 * What a field takes.
 *
 * @category models
 * @since 0.1.0
 */
export type Kind =
  | { readonly is: "text"; readonly minLength?: number; readonly maxLength?: number; readonly pattern?: string }
  | { readonly is: "number"; readonly whole: boolean; readonly min?: number; readonly max?: number }
  | { readonly is: "boolean" }
  | { readonly is: "choice"; readonly values: ReadonlyArray<unknown> }
  | { readonly is: "object"; readonly fields: ReadonlyArray<Field> }
  | { readonly is: "list"; readonly item: Field }
  | { readonly is: "json" }

/**
 * One field of a form. A `nullable` one may be left empty, and is then `null` if it is required.
 *
 * @category models
 * @since 0.1.0
 */
export interface Field {
  readonly name: string
  readonly title: string
  readonly hint: string
  readonly required: boolean
  readonly nullable: boolean
  readonly kind: Kind
  readonly initial: unknown
}

/** `sourcePath` and `source_path` as `Source path`. */
const titleOf = (name: string): string => {
  const words = name.replaceAll(/[_-]+/g, " ").replaceAll(/([a-z\d])([A-Z])/g, "$1 $2").trim()
  return words === "" ? name : words[0]!.toUpperCase() + words.slice(1).toLowerCase()
}

const resolve = (schema: JsonSchema, root: JsonSchema, depth = 0): JsonSchema => {
  if (depth > 20) return {}
  if (schema.$ref !== undefined) {
    const name = decodeURIComponent(schema.$ref.split("/").pop()!).replaceAll("~1", "/").replaceAll("~0", "~")
    const { $ref: _, ...rest } = schema
    return resolve({ ...(root.$defs?.[name] ?? root.definitions?.[name]), ...rest }, root, depth + 1)
  }
  if (schema.allOf === undefined) return schema
  const { allOf, ...rest } = schema
  return Object.assign({}, rest, ...allOf.map((part) => resolve(part, root, depth + 1))) as JsonSchema
}

/** Schemas of numbers list those that JSON cannot represent, such as `NaN`, beside the number itself. */
const isOddNumber = ({ enum: values }: JsonSchema) =>
  values !== undefined && values.every((value) => value === "Infinity" || value === "-Infinity" || value === "NaN")

const isNull = ({ const: value, enum: values, type }: JsonSchema) =>
  type === "null" || value === null || (values !== undefined && values.length === 1 && values[0] === null)

interface Plain {
  readonly schema: JsonSchema
  readonly nullable: boolean
}

/** Removes `null` and odd numbers from a union, and unwraps it if a single member is left. */
const plain = (given: JsonSchema, root: JsonSchema): Plain => {
  const schema = resolve(given, root)
  if (Array.isArray(schema.type)) return plain({ ...schema, ...union(schema, schema.type) }, root)
  const members = (schema.anyOf ?? schema.oneOf)?.map((member) => resolve(member, root))
  if (members === undefined) return { schema, nullable: isNull(schema) }
  const { anyOf: _, oneOf: __, ...rest } = schema
  const left = members.filter((member) => !isNull(member) && !isOddNumber(member))
  const nullable = members.some(isNull)
  if (left.length !== 1) return { schema: { ...rest, anyOf: left }, nullable }
  const inner = plain(left[0]!, root)
  return { schema: { ...inner.schema, ...rest }, nullable: nullable || inner.nullable }
}

const union = ({ type: _, ...schema }: JsonSchema, types: ReadonlyArray<string>): JsonSchema => ({
  anyOf: types.map((type) => ({ ...schema, type })),
  type: undefined as never
})

const constants = (schema: JsonSchema): ReadonlyArray<unknown> | undefined => {
  if (schema.enum !== undefined) return schema.enum
  if (schema.const !== undefined) return [schema.const]
  const values = schema.anyOf?.map(constants)
  return values === undefined || values.includes(undefined) ? undefined : values.flatMap((value) => value!)
}

const optional = <Value>(key: string, value: Value | undefined): Readonly<Record<string, Value>> =>
  value === undefined ? {} : { [key]: value }

const numberKind = (schema: JsonSchema): Kind => {
  const whole = schema.type === "integer"
  const step = whole ? 1 : Number.EPSILON
  const min = schema.minimum ?? (schema.exclusiveMinimum === undefined ? undefined : schema.exclusiveMinimum + step)
  const max = schema.maximum ?? (schema.exclusiveMaximum === undefined ? undefined : schema.exclusiveMaximum - step)
  const isLimit = (value: number | undefined) => value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER
  return {
    is: "number",
    whole,
    ...optional("min", isLimit(min) ? min : undefined),
    ...optional("max", isLimit(max) ? max : undefined)
  }
}

const textKind = ({ maxLength, minLength, pattern }: JsonSchema): Kind => ({
  is: "text",
  ...optional("minLength", minLength),
  ...optional("maxLength", maxLength),
  ...optional("pattern", pattern)
})

const kindOf = (schema: JsonSchema, root: JsonSchema, depth: number): Kind => {
  const values = constants(schema)
  if (values !== undefined) return { is: "choice", values }
  if (depth > 6) return { is: "json" }
  switch (schema.type) {
    case "string":
      return textKind(schema)
    case "number":
    case "integer":
      return numberKind(schema)
    case "boolean":
      return { is: "boolean" }
    case "array":
      return schema.items === undefined || schema.prefixItems !== undefined
        ? { is: "json" }
        : { is: "list", item: fieldOf("", schema.items, true, root, depth + 1) }
    case "object":
      return schema.properties === undefined
        ? { is: "json" }
        : { is: "object", fields: fieldsIn(schema, root, depth + 1) }
    default:
      return { is: "json" }
  }
}

const fieldOf = (name: string, given: JsonSchema, required: boolean, root: JsonSchema, depth: number): Field => {
  const { nullable, schema } = plain(given, root)
  return {
    name,
    title: schema.title ?? titleOf(name),
    hint: schema.description ?? "",
    required,
    nullable,
    kind: kindOf(schema, root, depth),
    initial: schema.default
  }
}

const fieldsIn = (schema: JsonSchema, root: JsonSchema, depth: number): ReadonlyArray<Field> =>
  Object.entries(schema.properties ?? {}).map(([name, property]) =>
    fieldOf(name, property, schema.required?.includes(name) ?? false, root, depth)
  )

/**
 * The fields of a payload.
 *
 * @category fields
 * @since 0.1.0
 */
export const fieldsOf = (schema: JsonSchema): ReadonlyArray<Field> => fieldsIn(plain(schema, schema).schema, schema, 0)

/**
 * The initial value of a field: its default, or nothing. If there is only one choice, it is made.
 *
 * @category fields
 * @since 0.1.0
 */
export const initialOf = ({ initial, kind, nullable, required }: Field): unknown => {
  if (initial !== undefined) return initial
  if (!required) return undefined
  if (nullable) return null
  switch (kind.is) {
    case "boolean":
      return false
    case "list":
      return []
    case "object":
      return initialObject(kind.fields)
    case "choice":
      return kind.values[0]
    default:
      return undefined
  }
}

/**
 * The initial values of the fields of an object.
 *
 * @category fields
 * @since 0.1.0
 */
export const initialObject = (fields: ReadonlyArray<Field>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    fields.map((field) => [field.name, initialOf(field)] as const).filter(([, value]) => value !== undefined)
  )

/**
 * Where a value is in a payload.
 *
 * @category models
 * @since 0.1.0
 */
export type Path = ReadonlyArray<string | number>

/**
 * A payload with another value at a path; `undefined` removes the key.
 *
 * @category values
 * @since 0.1.0
 */
export const setIn = (target: unknown, path: Path, value: unknown): unknown => {
  const [key, ...rest] = path
  if (key === undefined) return value
  if (typeof key === "number") {
    const list = Array.isArray(target) ? [...target] : []
    if (rest.length === 0 && value === undefined) list.splice(key, 1)
    else list[key] = setIn(list[key], rest, value)
    return list
  }
  const record: Record<string, unknown> = { ...(target as object | undefined) }
  const next = setIn(record[key], rest, value)
  if (next === undefined) delete record[key]
  else record[key] = next
  return record
}

/**
 * The value at a path of a payload.
 *
 * @category values
 * @since 0.1.0
 */
export const getIn = (target: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[key] : undefined,
    target
  )
