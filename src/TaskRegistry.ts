/**
 * The tasks that this process knows, by task type: those that it has handlers for, and those that others handle.
 *
 * `Task.toLayer` registers here, and the manager looks here when an instance may run. `Task.handledElsewhere` defines
 * here what others run, so that an HTTP API, for example, can offer it too. Only encoded values cross this boundary, so
 * that nothing above it knows the types of a task.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Definition } from "./Task.ts"

/**
 * A task that this process knows, whether it has a handler for it or not. `definition` describes the task to those who
 * offer it to others, such as an HTTP API. They decode payloads in `context`, the services of the layer that made it
 * known.
 *
 * @category models
 * @since 0.1.0
 */
export interface Defined {
  readonly taskType: string
  readonly definition: Definition
  readonly context: Context.Context<any>
}

/**
 * A handler, with what the manager needs to run it. `program` takes the encoded payload. `encode` encodes its success;
 * its typed error is passed to the retry schedule as it is, and encoded with `encodeError` afterwards. `program` and
 * `encode` run in `context`, the services of the handler's layer, to which the manager adds `CurrentTask` and a `Scope`
 * for every instance.
 *
 * @category models
 * @since 0.1.0
 */
export interface Registration extends Defined {
  readonly retry: RetryPolicy | undefined
  /** How many processes may die while it runs, with another one running it again; 0 if it must not run again at all. */
  readonly maxAbandoned: number
  readonly timeout: Duration.Duration | undefined
  readonly totalTimeout: Duration.Duration | undefined
  readonly program: (payload: unknown) => Effect.Effect<unknown, unknown, any>
  readonly encode: (success: unknown) => Effect.Effect<unknown, never, any>
  readonly encodeError: (error: unknown) => Effect.Effect<unknown, unknown>
}

/**
 * What becomes of a task whose process died: it runs again as its next attempt, or fails with `TaskAbandoned`. `retry`
 * is `{ retries: 100 }`, after which it fails too: it may be what ends the processes, and would end one after the other.
 *
 * @category models
 * @since 0.1.0
 */
export type OnAbandoned = "retry" | "fail" | { readonly retries: number }

/**
 * When a failed attempt is followed by another one: as long as the schedule over the typed error goes on and the
 * predicate holds.
 *
 * @category models
 * @since 0.1.0
 */
export interface RetryPolicy {
  readonly schedule: Schedule.Schedule<unknown, any>
  readonly while: (error: any) => boolean
}

/**
 * Service that knows the handlers of this process, and the definitions of tasks that others handle.
 *
 * @category services
 * @since 0.1.0
 */
export class TaskRegistry extends Context.Service<TaskRegistry, {
  /** Adds a handler. Of several for a task type, the newest is used. */
  readonly register: (registration: Registration) => Effect.Effect<void>
  /**
   * Removes a handler, and waits until nothing runs with it any more. If it was the one in use, the newest of those
   * that remain for its task type takes its place.
   */
  readonly unregister: (registration: Registration) => Effect.Effect<void>
  /**
   * Calls a listener after every registration, and after a handler has gone while there is another one for its task
   * type. Call the returned function to stop listening.
   */
  readonly onRegister: (listener: (taskType: string) => void) => () => void
  /**
   * Calls a listener after a handler was removed; `unregister` waits for the Effect that it returns. Call the returned
   * function to stop listening.
   */
  readonly onUnregister: (listener: (registration: Registration) => Effect.Effect<void>) => () => void
  /** Looks a handler up without suspending. */
  readonly get: (taskType: string) => Registration | undefined
  /** The task types that can run here, in order of registration. */
  readonly taskTypes: () => ReadonlyArray<string>
  /** Makes a task known that another process handles, for as long as the scope is open. Nothing runs because of that. */
  readonly define: (defined: Defined) => Effect.Effect<void, never, Scope.Scope>
  /**
   * Looks up a task that is known here, without suspending: the handler in use, or else what was defined last for the
   * task type.
   */
  readonly definition: (taskType: string) => Defined | undefined
  /** All tasks that are known here: those that can run here, in order of registration, and then the others. */
  readonly definitions: () => ReadonlyArray<Defined>
}>()("brinjal/TaskRegistry") {}

/** What there is for each task type, of which the newest counts. */
const makeByType = <A extends Defined>() => {
  const all = new Map<string, Array<A>>()
  return {
    add: (one: A): void => {
      const others = all.get(one.taskType)
      if (others === undefined) all.set(one.taskType, [one])
      else others.push(one)
    },
    remove: (one: A): void => {
      const left = (all.get(one.taskType) ?? []).filter((other) => other !== one)
      if (left.length === 0) all.delete(one.taskType)
      else all.set(one.taskType, left)
    },
    newest: (taskType: string): A | undefined => all.get(taskType)?.at(-1),
    taskTypes: (): ReadonlyArray<string> => [...all.keys()]
  }
}

/**
 * Layer that provides an empty registry.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<TaskRegistry> = Layer.sync(TaskRegistry, () => {
  const handlers = makeByType<Registration>()
  const elsewhere = makeByType<Defined>()
  const listeners = new Set<(taskType: string) => void>()
  const waitedFor = new Set<(registration: Registration) => Effect.Effect<void>>()
  const tell = (taskType: string) => {
    for (const listener of listeners) listener(taskType)
  }
  const definition = (taskType: string): Defined | undefined => handlers.newest(taskType) ?? elsewhere.newest(taskType)
  return TaskRegistry.of({
    register: (registration) =>
      Effect.sync(() => {
        handlers.add(registration)
        tell(registration.taskType)
      }),
    onRegister: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    onUnregister: (listener) => {
      waitedFor.add(listener)
      return () => void waitedFor.delete(listener)
    },
    unregister: (registration) =>
      Effect.suspend(() => {
        const { taskType } = registration
        handlers.remove(registration)
        return Effect.andThen(
          Effect.forEach(waitedFor, (listener) => listener(registration), { discard: true }),
          Effect.sync(() => void (handlers.newest(taskType) !== undefined && tell(taskType)))
        )
      }),
    get: handlers.newest,
    taskTypes: handlers.taskTypes,
    define: (defined) =>
      Effect.acquireRelease(
        Effect.sync(() => elsewhere.add(defined)),
        () => Effect.sync(() => elsewhere.remove(defined))
      ),
    definition,
    definitions: () =>
      [...new Set([...handlers.taskTypes(), ...elsewhere.taskTypes()])].map((taskType) => definition(taskType)!)
  })
})
