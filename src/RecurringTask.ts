/**
 * Recurring tasks declared in code, as Layers.
 *
 * A declaration is recognised by its id. Declaring the same thing again changes nothing, so that an operator's
 * "disable" survives a deploy; declaring something else under the same id is an update.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { declareInScope } from "./internal/declarations.ts"
import { format, type Orphans } from "./RecurringTaskPlan.ts"
import type { Beginning, Behaviour, InvalidSpec, Options as AddOptions, When } from "./RecurringTaskSpec.ts"
import * as Task from "./Task.ts"
import type { RecurringTaskNotFound } from "./TaskError.ts"
import { type EnqueueError, TaskManager } from "./TaskManager.ts"
import type { TaskRegistry } from "./TaskRegistry.ts"

/**
 * A declared recurring task: the options of `addRecurringTask` without the id.
 *
 * @category models
 * @since 0.1.0
 */
export type Options<T extends Task.Template = Task.Template> = When & Behaviour & Beginning & {
  /** What every instance is cloned from. */
  readonly templateTask: T
}

/**
 * Why a declaration cannot take effect.
 *
 * @category errors
 * @since 0.1.0
 */
export type DeclareError = InvalidSpec | EnqueueError | RecurringTaskNotFound

/**
 * A recurring task for `layerAll`, as `make` returns it.
 *
 * @category models
 * @since 0.1.0
 */
export type Declaration<T extends Task.Template = Task.Template> = AddOptions<T> & { readonly recurringId: string }

/**
 * Declares a recurring task for `layerAll`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <T extends Task.Template>(recurringId: string, options: Options<T>): Declaration<T> =>
  ({ ...options, recurringId }) as Declaration<T>

/**
 * Layer that keeps a recurring task on its schedule.
 *
 * **Details**
 *
 * The layer requires the layer of the handler, and is built after it. The schedule lives as long as the manager.
 *
 * **Gotchas**
 *
 * `enabled` and `runImmediately` matter only while the id is new. After that, operators switch it on and off. Two
 * layers of one program that declare different things under one id fail with `InvalidRecurringTask`.
 *
 * **Example** (A nightly backup)
 *
 * ```ts
 * const Nightly = RecurringTask.layer("nightly-backup", {
 *   cronExpression: "0 2 * * *",
 *   templateTask: Backup.template({ sourcePath: "/data", destinationPath: "/backup", compressionLevel: 9 })
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = <T extends Task.Template>(
  recurringId: string,
  options: Options<T>
): Layer.Layer<never, DeclareError, TaskManager | Task.HandlerOf<T["task"]>> =>
  Layer.effectDiscard(TaskManager.use((manager) => declare(manager, [make(recurringId, options)], undefined)))

/** Two layers may declare the same, but not two things under one id. */
const declare = <T extends Task.Template>(
  manager: typeof TaskManager.Service,
  declarations: ReadonlyArray<Declaration<T>>,
  options: { readonly orphans?: Orphans | undefined } | undefined
) => Effect.andThen(declareInScope(manager, declarations), manager.declareRecurringTasks(declarations, options))

/**
 * Layer that declares all recurring tasks of a program together, and logs what that changes.
 *
 * **Details**
 *
 * `orphans` says what happens to recurring tasks that an earlier version of the program declared and this one does not:
 * `keep` (the default), `disable` or `remove`. One that was disabled like this is enabled again when it is declared
 * again. Recurring tasks that were added at run time are never touched.
 *
 * **Gotchas**
 *
 * Different programs on one database do not know of each other: only one of them can declare with `disable` or
 * `remove`.
 *
 * Nor do two versions of one program: the process that starts last counts. If one of the old version restarts in the
 * middle of a rolling deploy, it updates what it declares to its own options, and disables or removes what only the new
 * version declares, until a process of the new version starts. Restart one once all old ones are gone, or declare in a
 * program of which an old one and a new one never run side by side. The same goes for `layer`, which only updates.
 *
 * **Example** (Everything that a program runs)
 *
 * ```ts
 * const Schedules = RecurringTask.layerAll([
 *   RecurringTask.make("nightly-backup", { cronExpression: "0 2 * * *", templateTask: backup }),
 *   RecurringTask.make("sweep", { cronExpression: "0 * * * *", templateTask: sweep })
 * ], { orphans: "disable" })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerAll = <const D extends ReadonlyArray<Declaration>>(
  declarations: D,
  options?: { readonly orphans?: Orphans | undefined }
): Layer.Layer<never, DeclareError, TaskManager | Task.HandlerOf<D[number]["templateTask"]["task"]>> =>
  Layer.effectDiscard(TaskManager.use((manager) =>
    Effect.tap(
      declare<D[number]["templateTask"]>(manager, declarations, options),
      (steps) => steps.length === 0 ? Effect.void : Effect.log(`Recurring tasks:\n${format(steps)}`)
    )
  ))

/**
 * Layer that runs a plain Effect on a schedule, as a task without payload whose type is the id.
 *
 * **Example** (Three lines)
 *
 * ```ts
 * const Sweep = RecurringTask.effect("sweep", { cronExpression: "0 * * * *", execute: removeOldFiles })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const effect = <A, E, R>(
  recurringId: string,
  options:
    & When
    & Behaviour
    & Beginning
    & Pick<Task.Options<{}, any, any>, "semaphore" | "timeout" | "totalTimeout" | "heading">
    & {
      /** What every instance does. Its success is not kept. */
      readonly execute: Effect.Effect<A, E, R>
    }
): Layer.Layer<
  never,
  DeclareError,
  TaskManager | TaskRegistry | Exclude<R, Task.CurrentTask | Scope.Scope>
> => {
  const { execute, heading, semaphore, timeout, totalTimeout, ...when } = options
  const task = Task.make(recurringId, { error: Schema.Defect(), heading, semaphore, timeout, totalTimeout })
  return layer(recurringId, { ...when, templateTask: task.template() } as Options).pipe(
    Layer.provide(task.toLayer(() => Effect.asVoid(execute)))
  )
}
