/**
 * The errors of `/v1` as JSON: `{ "error": "<tag>", "message": "<sentence>", ...fields }`, each with its status. A
 * client that is derived from the definition gets instances of the error classes.
 */
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as TaskError from "../../../TaskError.ts"
import * as TaskApiError from "../../TaskApiError.ts"
import { snake } from "./wire.ts"

/** The JSON of an error. */
export interface ErrorJson<Tag extends string> {
  readonly error: Tag
  readonly message: string
  readonly [field: string]: unknown
}

/** What is used of an error class here. */
type ErrorClass<Self> = (new(fields: any) => Self) & {
  readonly fields: Schema.Struct.Fields
  readonly identifier: string
}

/** A cause may contain what strangers must not see. */
const isPublic = (field: string) => field !== "_tag" && field !== "cause"

/** What a client is given for a cause, which stays with the server. */
const causeOf = ({ fields }: ErrorClass<unknown>) => "cause" in fields ? { cause: "The log of the server has it." } : {}

const pick = (names: ReadonlyArray<readonly [string, string]>, from: any) =>
  Object.fromEntries(names.flatMap(([source, target]) => from[source] === undefined ? [] : [[target, from[source]]]))

/** The JSON form of an error class, with its status. */
const wire = <const Tag extends string, Self extends { readonly _tag: Tag; readonly message: string }>(
  error: ErrorClass<Self>,
  status: number
): Schema.Codec<Self, ErrorJson<Tag>> => {
  const tag = error.identifier
  const names = Object.keys(error.fields).filter(isPublic).map((name) => [name, snake(name)] as const)
  const json = Schema.Struct({
    error: Schema.Literal(tag),
    message: Schema.String,
    ...Object.fromEntries(names.map(([name, key]) => [key, Schema.toEncoded(error.fields[name]!)]))
  })
  const self = Schema.declare((value): value is Self => value instanceof error, { expected: tag })
  // the fields of an error class are known only at run time, so the compiler sees `unknown` here
  const transformation = SchemaTransformation.transform<any, any>({
    decode: (fields) => new error({ ...pick(names.map(([name, key]) => [key, name]), fields), ...causeOf(error) }),
    encode: (self) => ({ error: tag, message: self.message, ...pick(names, self) })
  })
  return json.pipe(
    Schema.decodeTo(self, transformation),
    HttpApiSchema.status(status)
  ).annotate({ identifier: tag }) as never
}

export const TaskNotFound = wire(TaskError.TaskNotFound, 404)
export const TaskNotFinished = wire(TaskError.TaskNotFinished, 409)
export const RecurringTaskNotFound = wire(TaskError.RecurringTaskNotFound, 404)
export const RecurringTaskExists = wire(TaskError.RecurringTaskExists, 409)
export const RecurringTaskBusy = wire(TaskError.RecurringTaskBusy, 409)
export const VersionMismatch = wire(TaskApiError.VersionMismatch, 409)
export const ValidationFailed = wire(TaskApiError.ValidationFailed, 422)
export const IdempotencyKeyReused = wire(TaskError.IdempotencyKeyReused, 422)
export const InvalidTemplate = wire(TaskError.InvalidTemplate, 422)
export const InvalidTaskType = wire(TaskError.InvalidTaskType, 422)
const TaskNotRegistered = wire(TaskError.TaskNotRegistered, 422)
const TaskPoolNotFound = wire(TaskError.TaskPoolNotFound, 422)
const TaskTooLarge = wire(TaskError.TaskTooLarge, 413)
export const TaskManagerStopped = wire(TaskError.TaskManagerStopped, 503)
export const TasksPartlyDone = wire(TaskError.TasksPartlyDone, 503)
export const TaskStoreError = wire(TaskError.TaskStoreError, 503)
export const TooMany = wire(TaskApiError.TooMany, 429)

/** Why a caller is refused: it is unknown, its role does not suffice, or it tried too often. */
export const denied = [wire(TaskApiError.Unauthorized, 401), wire(TaskApiError.RoleRequired, 403), TooMany] as const

/** Why a task cannot be queued. */
export const enqueue = [TaskNotRegistered, TaskPoolNotFound, TaskTooLarge, TaskManagerStopped, TaskStoreError] as const

/** Why a recurring task cannot be changed. */
export const change = [RecurringTaskNotFound, TaskManagerStopped, TaskStoreError] as const

/** Why the specification of a recurring task is refused. */
export const specification = [
  wire(TaskError.InvalidRecurrence, 422),
  wire(TaskError.InvalidRecurringTask, 422),
  wire(TaskError.NeverFires, 422)
] as const

const refusal = <const Tag extends string, Self extends { readonly _tag: Tag; readonly message: string }>(
  error: ErrorClass<Self>,
  status: number
) => ({ codec: wire(error, status), status })

/** Why a request is refused before it reaches an endpoint, with the status of the answer. */
export const refusals = {
  Refused: refusal(TaskApiError.Refused, 403),
  HeadersTooLarge: refusal(TaskApiError.HeadersTooLarge, 431),
  BodyTooLarge: refusal(TaskApiError.BodyTooLarge, 413),
  BodyTooSlow: refusal(TaskApiError.BodyTooSlow, 408),
  NotJson: refusal(TaskApiError.NotJson, 415),
  TooMany: { codec: TooMany, status: 429 },
  Unauthorized: refusal(TaskApiError.Unauthorized, 401),
  RoleRequired: refusal(TaskApiError.RoleRequired, 403)
} as const
