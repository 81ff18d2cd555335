/**
 * The OpenAPI document of a running server: the API as it is defined, plus a route for every task type that is known
 * now.
 */
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import type * as TaskRegistry from "../../../TaskRegistry.ts"
import { TaskApi } from "../../TaskApi.ts"
import { ContractApi } from "../contract/api.ts"
import { InvalidInput, Unavailable } from "../contract/errors.ts"
import { displayNameOf, pathOf } from "../contract/names.ts"
import * as parameters from "../contract/parameters.ts"
import { Created } from "../contract/schemas.ts"
import { byRoute } from "../contract/taskRoutes.ts"
import { Authorization } from "../security/Authorization.ts"
import { V1Api } from "../v1/api.ts"

type Known = ReadonlyArray<Documented>

/** A task that has a route, and what it is called in the document: the name of a schema may not have any character. */
interface Documented {
  readonly route: string
  readonly defined: TaskRegistry.Defined
  readonly schema: string
  readonly operation: string
}

/** A name that is not taken, which is then. */
const unique = (taken: Set<string>, name: string): string => {
  let free = name
  for (let n = 2; taken.has(free); n++) free = `${name}${n}`
  taken.add(free)
  return free
}

const documented = (registry: typeof TaskRegistry.TaskRegistry.Service): ReadonlyArray<Documented> => {
  const taken = new Set<string>()
  const routes = new Map([...byRoute(registry)].map(([route, defined]) => [defined, route]))
  return registry.definitions().filter((defined) => routes.has(defined)).map((defined) => {
    const name = defined.taskType.replaceAll(/[^\w.-]/g, "_")
    return {
      route: routes.get(defined)!,
      defined,
      schema: unique(taken, `${name}Request`),
      operation: unique(taken, `create_${name.toLowerCase()}`)
    }
  })
}

const requestSchema = ({ defined, schema }: Documented) =>
  parameters.requestJson(defined.definition).annotate({ identifier: schema })

const body = (schema: string) => ({
  content: { "application/json": { schema: { $ref: `#/components/schemas/${schema}` } } }
})

const endpoint = (one: Documented): HttpApiEndpoint.Constraint => {
  const { defined: { definition, taskType }, operation, route, schema } = one
  const isRequired = parameters.described(definition).some(({ isRequired }) => isRequired)
  return HttpApiEndpoint.post(operation, pathOf(route), {
    payload: requestSchema(one),
    success: Created,
    error: [InvalidInput, Unavailable]
  }).middleware(Authorization).annotateMerge(OpenApi.annotations({
    identifier: operation,
    summary: `Create ${displayNameOf(taskType)}`,
    description:
      `Queues a task of the type ${taskType}. Parameters may also come in the query, which takes precedence.`,
    override: { requestBody: { ...body(schema), required: isRequired } }
  }))
}

/** A route for every task type that has one. */
const creating = (known: Known): HttpApiGroup.Constraint => {
  const group = HttpApiGroup.make("creating").annotateMerge(
    OpenApi.annotations({ title: "Creating tasks", description: "A route for every task type." })
  )
  const [first, ...others] = known.map(endpoint)
  return first === undefined ? group : group.add(first, ...others)
}

/** Unknown parameters are ignored when a task is created, so the document must not forbid them. */
const withOthers = (known: Known, spec: OpenApi.OpenAPISpec): OpenApi.OpenAPISpec => {
  for (const { schema } of known) {
    delete spec.components.schemas[schema]?.additionalProperties
  }
  return spec
}

const methods = ["get", "post", "patch", "delete"] as const

/** A schema of the document. */
interface Described {
  description?: string
  allOf?: ReadonlyArray<Described>
  readonly [key: string]: unknown
}

/** What is said of a key stands in an `allOf` of its own, where pages of documentation do not look for it. */
const lift = (value: unknown): void => {
  if (typeof value !== "object" || value === null) return
  Object.values(value).forEach(lift)
  const schema = value as Described
  const [only, ...others] = Array.isArray(schema.allOf) ? schema.allOf : []
  if (only?.description === undefined || others.length > 0 || Object.keys(only).length > 1) return
  schema.description = only.description
  delete schema.allOf
}

/** Pages show what a parameter says of itself, and not what its schema says. */
const liftParameters = ({ paths }: OpenApi.OpenAPISpec): void => {
  for (const item of Object.values(paths)) {
    for (const method of methods) {
      for (const parameter of item[method]?.parameters ?? []) {
        const { description, ...schema } = parameter.schema as Described
        if (description !== undefined) Object.assign(parameter, { description, schema })
      }
    }
  }
}

const withDescriptions = (spec: OpenApi.OpenAPISpec): OpenApi.OpenAPISpec => {
  lift(spec)
  liftParameters(spec)
  return spec
}

/** The document, with all paths under the prefix. */
const make = (known: Known, prefix: `/${string}` | ""): OpenApi.OpenAPISpec => {
  const api = HttpApi.make("brinjal")
    .annotateMerge(TaskApi.annotations)
    .add(creating(known))
    .addHttpApi(ContractApi)
    .addHttpApi(V1Api)
  const spec = prefix === "" ? OpenApi.fromApi(api) : OpenApi.fromApi(api.prefix(prefix))
  return withDescriptions(withOthers(known, spec))
}

const isSame = (a: Known, b: Known): boolean =>
  a.length === b.length && a.every(({ defined }, i) => defined.definition === b[i]!.defined.definition)

/** The document as text, which is made again only when the tasks that are known have changed. */
export const cached = (
  registry: typeof TaskRegistry.TaskRegistry.Service,
  prefix: `/${string}` | ""
): Effect.Effect<string> => {
  let made: { readonly of: Known; readonly text: string } | undefined
  return Effect.sync(() => {
    const known = documented(registry)
    if (made === undefined || !isSame(made.of, known)) made = { of: known, text: JSON.stringify(make(known, prefix)) }
    return made.text
  })
}
