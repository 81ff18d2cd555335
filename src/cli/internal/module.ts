/**
 * A user's module: what it exports for the command, and how that is built over a manager.
 *
 * A default export, if there is one, hides all other exports; it may be an object of them, as that of a module of
 * CommonJS is. Layers and declarations of recurring tasks are used, alone or in arrays; anything else is ignored.
 */
import * as Cause from "effect/Cause"
import type { CliError } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Predicate from "effect/Predicate"
import * as Scope from "effect/Scope"
import { pathToFileURL } from "node:url"
import type { Declaration } from "../../RecurringTask.ts"
import type { TaskPoolNotFound } from "../../TaskError.ts"
import { TaskManager } from "../../TaskManager.ts"
import type { TaskRegistry } from "../../TaskRegistry.ts"
import { fail } from "./failure.ts"
import { unsized } from "./pools.ts"

/** A layer of a module. Its requirements are known only when it is built. */
type Unknown = Layer.Layer<never, unknown, unknown>

/** What a module exports for the command. */
export interface Contents {
  readonly file: string
  readonly layers: ReadonlyArray<Unknown>
  readonly declarations: ReadonlyArray<Declaration>
}

const isDeclaration = (value: unknown): value is Declaration =>
  typeof value === "object" && value !== null && "recurringId" in value && "templateTask" in value

const isOneToRun = (value: unknown): boolean => Layer.isLayer(value) || isDeclaration(value) || Array.isArray(value)

/** What has the exports that count: the module itself, or an object that is its default export. */
const unwrapped = (module: object): object =>
  "default" in module && Predicate.isObject(module.default) && !isOneToRun(module.default) ? module.default : module

const exportsOf = (module: object): ReadonlyArray<unknown> => {
  const exported = unwrapped(module)
  return ("default" in exported ? [exported.default] : Object.values(exported)).flatMap((value) =>
    Array.isArray(value) ? value : [value]
  )
}

/** The location at the end of a line of a stack trace. */
const inFile = /(?:\(|at )(?:file:\/\/)?([^\s()]*[\\/][^\s()]+:\d+:\d+)\)?$/

const isTheirs = (place: string | undefined): place is string =>
  place !== undefined && !/^node:|node_modules|\bcli[\\/]internal[\\/]/.test(place)

/**
 * Where in the user's code an error was thrown. For a syntax error that is the first line of the stack; otherwise it is
 * the first line with a location in their code.
 */
const placeOf = (error: unknown): string => {
  const lines = (error instanceof Error ? error.stack ?? "" : "").split("\n")
  const [, syntax] = /^(\S*[\\/].+:\d+)$/.exec(lines[0]!) ?? []
  const place = syntax ?? lines.map((line) => inFile.exec(line)?.[1]).find(isTheirs)
  return place === undefined ? "" : `\nSee ${place}`
}

const reason = (file: string, error: unknown): string => {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  if (code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX" || code === "ERR_UNKNOWN_FILE_EXTENSION") {
    return `Node cannot run ${file}. ${message}\n` +
      "Node runs TypeScript whose types can be erased (no enum, no namespace). Compile other files first."
  }
  if (code === "ERR_MODULE_NOT_FOUND" && /imported from .*\bcli[\\/]internal[\\/]module\.\w+$/.test(message)) {
    return `There is no file ${file}. Check the path.`
  }
  return code === "ERR_MODULE_NOT_FOUND"
    ? `${file} cannot be loaded. ${message}\nCheck that what it imports is there, and that its packages are installed.`
    : `${file} failed while it was loaded. ${message}${placeOf(error)}`
}

/** Loads a module by its path. */
export const load = Effect.fnUntraced(
  function*(path: string): Effect.fn.Return<Contents, CliError.UserError, Path.Path> {
    const { resolve } = yield* Path.Path
    const file = resolve(path)
    const module: object = yield* Effect.promise(() => import(pathToFileURL(file).href)).pipe(
      Effect.catchDefect((error) => fail(reason(path, error), error))
    )
    const exported = exportsOf(module)
    const layers = exported.filter(Layer.isLayer)
    const declarations = exported.filter(isDeclaration)
    if (layers.length + declarations.length > 0) return { file: path, layers, declarations }
    return yield* fail(
      `${path} exports nothing to run. Export the layers of your tasks (Backup.toLayer(...), or Backup.handledElsewhere ` +
        `for one that another process runs) and your recurring tasks (RecurringTask.layer(...)), or one layer that has ` +
        `them all as the default export.`
    )
  }
)

/** Whether a layer declares something before its handler is provided. It is built again after the others. */
const isTooEarly = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isFailure(exit) &&
  exit.cause.reasons.some((reason) =>
    Cause.isFailReason(reason) && Predicate.isTagged(reason.error, "TaskNotRegistered")
  )

const buildOne = Effect.fnUntraced(function*(layer: Unknown, memoMap: Layer.MemoMap) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const exit = yield* Effect.exit(Layer.buildWithMemoMap(layer, memoMap, scope))
  if (Exit.isFailure(exit)) yield* Scope.close(scope, exit)
  return exit
})

const explained = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  if (Predicate.isTagged(error, "TaskPoolNotFound")) {
    const { pool, taskType } = error as TaskPoolNotFound
    return unsized(taskType, pool)
  }
  const message = error instanceof Error ? error.message : String(error)
  const [, service] = /^Service not found: (\S+)/.exec(message) ?? []
  return service === undefined
    ? message
    : `It needs the service ${service}. Provide it in the module: Layer.provide(...).`
}

const buildAll = (
  file: string,
  layers: ReadonlyArray<Unknown>,
  memoMap: Layer.MemoMap
): Effect.Effect<void, CliError.UserError, Scope.Scope> =>
  Effect.gen(function*() {
    const exits = yield* Effect.forEach(layers, (layer) => buildOne(layer, memoMap))
    const failures = exits.filter(Exit.isFailure)
    const fatal = failures.find((exit) => !isTooEarly(exit)) ??
      (failures.length === layers.length ? failures[0] : undefined)
    if (fatal !== undefined) return yield* fail(`${file} cannot be started. ${explained(fatal.cause)}`, fatal.cause)
    if (failures.length > 0) yield* buildAll(file, layers.filter((_, at) => Exit.isFailure(exits[at]!)), memoMap)
  }) as Effect.Effect<void, CliError.UserError, Scope.Scope> // a missing service is a defect, which `explained` explains

/** Builds the layers of a module in whatever order works, and declares its recurring tasks. */
export const build = ({ declarations, file, layers }: Contents): Effect.Effect<
  void,
  CliError.UserError,
  TaskManager | TaskRegistry | Scope.Scope
> =>
  Effect.gen(function*() {
    const manager = yield* TaskManager
    const declare: Unknown = Layer.effectDiscard(manager.declareRecurringTasks(declarations))
    const all = declarations.length === 0 ? layers : [...layers, declare]
    yield* buildAll(file, all, yield* Layer.makeMemoMap)
  })
