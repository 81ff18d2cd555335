/**
 * Typed definitions of tasks.
 *
 * A definition names a unit of work and has schemas for its payload, success and error. `toLayer` attaches its program
 * as a Layer; `template` makes a fully configured instance as plain data, which can be cloned, stored and sent.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { CurrentTask, type Update } from "./CurrentTask.ts"
import * as registration from "./internal/registration.ts"
import * as templates from "./internal/templates.ts"
import type { AnyTask } from "./internal/templates.ts"
import type { InvalidTemplate, TaskTimedOut } from "./TaskError.ts"
import type { TemplateRecord } from "./TaskRecord.ts"
import type { OnAbandoned, TaskRegistry } from "./TaskRegistry.ts"

export {
  /**
   * The service that exists only while a task runs.
   *
   * @category services
   * @since 0.1.0
   */
  CurrentTask,
  /**
   * Fields of a task that its handler may change while it runs.
   *
   * @category models
   * @since 0.1.0
   */
  type Update
} from "./CurrentTask.ts"

const TypeId = "~brinjal/Task"

/**
 * Reports how the running task is getting on, and never fails. The fields are merged into those that it has. Call it as
 * often as you like: at most 20 changes of progress are published per second, and the last one always is.
 *
 * @category accessors
 * @since 0.1.0
 */
export const update = (update: Update): Effect.Effect<void, never, CurrentTask> =>
  CurrentTask.use((task) => task.update(update))

/**
 * Proof, in the types, that a handler of the task is provided. It has no value at run time.
 *
 * @category utility types
 * @since 0.1.0
 */
export interface Handler<Tag extends string> {
  readonly _: unique symbol
  readonly _tag: Tag
}

/**
 * The proof that a task, or each of several, can run. None for a task that is not known at compile time, such as one
 * that a registry has found by its name.
 *
 * @category utility types
 * @since 0.1.0
 */
export type HandlerOf<T extends Any> = T extends Any ? string extends T["_tag"] ? never : Handler<T["_tag"]> : never

/** No proof can be given of services that are not known at compile time. */
type Known<R> = unknown extends R ? never : R

/**
 * The services that decoding the result of a task requires. None for a task that is not known at compile time: if its
 * schemas require services, that they are missing is a defect.
 *
 * @category utility types
 * @since 0.1.0
 */
export type ResultServices<T extends Any> =
  | Known<T["successSchema"]["DecodingServices"]>
  | Known<T["errorSchema"]["DecodingServices"]>

/**
 * A task of any type.
 *
 * @category models
 * @since 0.1.0
 */
export interface Any {
  readonly [TypeId]: typeof TypeId
  readonly _tag: string
  readonly payloadSchema: Schema.Top
  readonly successSchema: Schema.Top
  readonly errorSchema: Schema.Top
}

/**
 * The success type of a task.
 *
 * @category utility types
 * @since 0.1.0
 */
export type Success<T extends Any> = T["successSchema"]["Type"]

/**
 * The error type of a task.
 *
 * @category utility types
 * @since 0.1.0
 */
export type Error<T extends Any> = T["errorSchema"]["Type"]

/**
 * A fully configured instance as data: the encoded payload, and how it is shown. It is frozen, so that clones share
 * nothing that can change.
 *
 * @category models
 * @since 0.1.0
 */
export interface Template<out T extends Any = Any> extends TemplateRecord {
  readonly task: T
}

/**
 * How an instance is shown, and when it is its turn.
 *
 * @category models
 * @since 0.1.0
 */
export interface TemplateOptions {
  /** A short name. Default that of the definition. */
  readonly heading?: string | undefined
  /** A line or more about it. Default that of the definition. */
  readonly body?: string | undefined
  /** The address of a picture. Default that of the definition. */
  readonly img?: string | undefined
  /** Its place in the queue of its pool: a finite number, the highest starts first. Default 0. */
  readonly priority?: number | undefined
}

/**
 * What `template` takes: the payload, which may be left out if no field is required, and options. A payload whose
 * schema requires services to encode it cannot be given, since a template is made without any.
 *
 * @category utility types
 * @since 0.1.0
 */
export type TemplateArguments<Payload extends Schema.Top> = [Known<Payload["EncodingServices"]>] extends [never]
  ? {} extends Payload["~type.make.in"] ? [payload?: Payload["~type.make.in"], options?: TemplateOptions]
  : [payload: Payload["~type.make.in"], options?: TemplateOptions]
  : [payload: "The schema of this payload requires services to encode it. Transform the field in the handler instead."]

/**
 * The typed definition of a task.
 *
 * @category models
 * @since 0.1.0
 */
export interface Task<
  Tag extends string,
  Payload extends Schema.Top,
  Success extends Schema.Top,
  Error extends Schema.Top
> extends Any {
  new(_: never): {}
  readonly _tag: Tag
  readonly payloadSchema: Payload
  readonly successSchema: Success
  readonly errorSchema: Error

  /**
   * Makes a template. The payload is validated and encoded at once: throws `InvalidTemplate` if it does not fit. It may
   * be left out if no field is required. A payload whose schema requires services to encode it does not compile, and
   * one that is encoded asynchronously is an `InvalidTemplate`: transform such a field in the handler.
   */
  readonly template: (...args: TemplateArguments<Payload>) => Template<this>

  /**
   * Makes a template from data that is not trusted: fails with `InvalidTemplate` instead of throwing.
   */
  readonly templateEffect: (
    payload: unknown,
    options?: TemplateOptions
  ) => Effect.Effect<Template<this>, InvalidTemplate>

  /**
   * Attaches the program of the task. The layer requires what the program requires, except for `CurrentTask` and
   * `Scope`, which each instance gets for itself.
   */
  readonly toLayer: <R>(
    handler: (payload: Payload["Type"]) => Effect.Effect<Success["Type"], Error["Type"], R>
  ) => Layer.Layer<
    Handler<Tag>,
    never,
    | TaskRegistry
    | Exclude<R, CurrentTask | Scope.Scope>
    | Payload["DecodingServices"]
    | Success["EncodingServices"]
    | Error["EncodingServices"]
  >

  /**
   * Layer for a process that only enqueues the task: it promises that another process runs it. The task is known here
   * for as long as the layer lives: an HTTP API or a dashboard of this process creates it like one with a handler.
   *
   * **Gotchas**
   *
   * A manager in memory has no other process, and refuses such a task with `TaskNotRegistered`. To test the process,
   * give it a handler that succeeds, such as `Backup.toLayer(() => Effect.succeed({ files: 0, bytes: 0 }))`, or a
   * database, with `Testing.layerOver`: there the task stays queued.
   */
  readonly handledElsewhere: Layer.Layer<Handler<Tag>, never, TaskRegistry | Payload["DecodingServices"]>
}

/**
 * Options of a definition.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<Fields extends Schema.Struct.Fields, Success extends Schema.Top, Error extends Schema.Top> {
  /**
   * What the task takes: fields, as those of `Schema.Struct`; of a struct or class that exists, its `fields`. Default
   * none.
   */
  readonly payload?: Fields | undefined
  /** What the task returns. Default `Schema.Void`. */
  readonly success?: Success | undefined
  /**
   * What the task fails with; several errors are a `Schema.Union`. Default `Schema.Never`. An error that does not fit,
   * such as 1.5 for `Schema.Int`, is not stored as an error but as a defect, which says so: whoever waits in another
   * process, or later, gets that.
   */
  readonly error?: Error | undefined
  /**
   * The named pool that instances run in: `single` (1 at a time), `multiple` (10), `default` (3), or one from
   * `TaskManager.configure`. The limit holds for all tasks of the pool and all processes together. Default `default`.
   */
  readonly semaphore?: string | undefined
  /**
   * Limits how many tasks with the same `key` are active at the same time, over all processes: those that run, wait in
   * their pool, or wait for their next attempt. Default limit 1, so that they run one after another, in order. The
   * others are in nobody's way: tasks with other keys go past them. Without a key (`undefined`), a task is not limited.
   *
   * **Details**
   *
   * A key has at most 200 characters. Tasks of other definitions have other keys. A task keeps the key and the limit
   * with which it was queued, and so does the template of a stored recurring task until it is updated: after a deploy
   * that changes the key, tasks with the old key and those with the new one do not wait for each other. One that a
   * task with the same key runs with `TaskManager.run`, or that a task of that one runs, is part of it: it counts as
   * active, but does not wait.
   *
   * **Gotchas**
   *
   * A task that waits with `awaitTask` for one with the same key, which it has queued itself, may wait for ever. So may
   * two tasks with different keys each of which runs one with the key of the other.
   *
   * **Example** (One at a time for each customer)
   *
   * ```ts
   * class Sync extends Task.make("Sync", {
   *   payload: { customer: Schema.String },
   *   concurrency: { key: ({ customer }) => customer }
   * }) {}
   * ```
   */
  readonly concurrency?: {
    readonly key: (payload: Schema.Struct<Fields>["Type"]) => string | undefined
    readonly limit?: number | undefined
  } | undefined
  /**
   * A schedule over the typed error, alone or with a predicate: which failures are tried again, and when. So are
   * attempts that timed out. Default none: the first failure is the last.
   *
   * If the store outlives the process, the schedule goes on in whatever process has the task, however often it stops or
   * dies. Attempts that were interrupted or abandoned do not count, and `retryTask` begins anew.
   *
   * **Details**
   *
   * The store keeps how many retries the schedule has allowed, and when the task first failed. Another process steps the
   * schedule of its own definition so many times before it asks for the next delay: with the error that it has, at the
   * instant of the first failure and then as if attempts took no time. So limits of retries (`upTo`, `recurs`) and of
   * time since the first failure (`upTo`, `during`), and delays that grow (`exponential`, `fibonacci`), go on where they
   * were. What depends on earlier errors, or on when exactly they came, may differ, random delays are drawn again, and
   * an Effect in the schedule (`tap`) runs again for each of those steps.
   */
  readonly retry?:
    | Schedule.Schedule<unknown, Error["Type"] | TaskTimedOut>
    | {
      readonly schedule: Schedule.Schedule<unknown, Error["Type"] | TaskTimedOut>
      readonly while?: ((error: Error["Type"] | TaskTimedOut) => boolean) | undefined
    }
    | undefined
  /**
   * What happens to a task whose process died or stopped before it ended, if the store outlives the process. `retry`
   * (the default) runs it again as its next attempt. If that happens again and again, it may be the task that ends the
   * processes, and after 100 retries it fails: `{ retries }` is another limit, or `Infinity` for none. `fail` ends it
   * at once: as failed if the process died, as cancelled if it stopped. Neither concerns a task that only waits for its
   * next attempt: it waits on in the store.
   */
  readonly onAbandoned?: OnAbandoned | undefined
  /** Limit of one attempt. Default none. */
  readonly timeout?: Duration.Input | undefined
  /**
   * Limit of all attempts and the waits between them, while the task stays in one process: another one that takes it
   * over grants it the same time again. Default none.
   */
  readonly totalTimeout?: Duration.Input | undefined
  /** A short name that instances are shown with, unless their template says otherwise. */
  readonly heading?: string | undefined
  /** A line or more that instances are shown with, unless their template says otherwise. */
  readonly body?: string | undefined
  /** The address of a picture that instances are shown with, unless their template says otherwise. */
  readonly img?: string | undefined
}

/**
 * A definition without its types, as a registry returns it: enough to describe a task and to make templates from data.
 *
 * @category models
 * @since 0.1.0
 */
export interface Definition extends Any {
  readonly payloadSchema: Schema.Struct<Schema.Struct.Fields>
  readonly options: Pick<Options<{}, Schema.Void, Schema.Never>, "semaphore" | "heading" | "body" | "img">
  readonly templateEffect: (
    payload: unknown,
    options?: TemplateOptions
  ) => Effect.Effect<Template, InvalidTemplate>
}

const Proto = {
  [TypeId]: TypeId,
  template(this: AnyTask, payload: unknown, options?: TemplateOptions) {
    return templates.make(this, payload, options)
  },
  templateEffect(this: AnyTask, payload: unknown, options?: TemplateOptions) {
    return Effect.try({
      try: () => this.template(payload as never, options),
      catch: (error) => error as InvalidTemplate
    })
  },
  toLayer(this: AnyTask, handler: (payload: any) => Effect.Effect<unknown, unknown, any>) {
    return registration.handled(this, handler)
  }
}

/**
 * Defines a task. Throws a `RangeError` for a name that is empty, and for a limit that cannot be meant, such as a timeout of
 * `NaN`.
 *
 * **Example** (A task with a typed error)
 *
 * ```ts
 * class Greet extends Task.make("Greet", {
 *   payload: { name: Schema.String },
 *   success: Schema.String,
 *   error: NameUnknown
 * }) {}
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <
  const Tag extends string,
  Fields extends Schema.Struct.Fields = {},
  Success extends Schema.Top = Schema.Void,
  Error extends Schema.Top = Schema.Never
>(tag: Tag, options?: Options<Fields, Success, Error>): Task<Tag, Schema.Struct<Fields>, Success, Error> => {
  class Definition {}
  registration.checkName(tag)
  // a limit that cannot be meant fails here, where it is written, and not when its handler is registered
  registration.limits(tag, options ?? {})
  registration.checkConcurrency(tag, options ?? {})
  const task = Object.assign(Definition, Proto, {
    _tag: tag,
    options: options ?? {},
    payloadSchema: Schema.Struct(options?.payload ?? {}),
    successSchema: options?.success ?? Schema.Void,
    errorSchema: options?.error ?? Schema.Never
  }) as any
  return Object.assign(task, { handledElsewhere: registration.handledElsewhere(task) })
}
