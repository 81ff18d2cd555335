/**
 * Which task is created under which route. The routes of the API come first, so that no task takes one of them away; of
 * several tasks with the same route, it is one that has a handler here, and the newest of them. The others are created
 * under `/v1` alone, of which the log warns.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TaskRegistry from "../../../TaskRegistry.ts"
import { ContractApi } from "./api.ts"
import { routeOf } from "./names.ts"

type Registry = typeof TaskRegistry.TaskRegistry.Service
type Defined = TaskRegistry.Defined

/** The routes of the API that would otherwise be those of tasks. */
const fixed: ReadonlySet<string> = new Set(
  Object.values(ContractApi.groups.contract.endpoints)
    .filter(({ method, path }) => method === "POST" && /^\/[^/:]+$/.test(path))
    .map(({ path }) => path.slice(1))
)

/** No client can ask for an empty segment, or for one that it resolves itself. */
const isFree = (route: string): boolean => !fixed.has(route) && !/^\.{0,2}$/.test(route)

/** The task that is created under a route, if there is one. */
export const taskUnder = (registry: Registry, route: string): Defined | undefined => {
  if (!isFree(route)) return undefined
  const found = registry.definitions().filter(({ taskType }) => routeOf(taskType) === route)
  return found.findLast(({ taskType }) => registry.get(taskType) !== undefined) ?? found.at(-1)
}

/** The tasks that have a route of their own, by route. */
export const byRoute = (registry: Registry): ReadonlyMap<string, Defined> => {
  const isHere = ({ taskType }: Defined) => registry.get(taskType) !== undefined
  const all = registry.definitions()
  // the last one counts, and those with a handler come last
  const ordered = [...all.filter((defined) => !isHere(defined)), ...all.filter(isHere)]
  return new Map(
    ordered.map((defined) => [routeOf(defined.taskType), defined] as const).filter(([route]) => isFree(route))
  )
}

const instead = (taskType: string) =>
  `Create tasks of the type "${taskType}" with POST /v1/tasks, or give it another name.`

/** What is to be said of tasks whose route is not their own, by task type. */
const warningsOf = (registry: Registry): ReadonlyArray<readonly [taskType: string, warning: string]> => {
  const routes = byRoute(registry)
  return registry.definitions().flatMap(({ taskType }) => {
    const route = routeOf(taskType)
    const owner = routes.get(route)
    if (owner?.taskType === taskType) return []
    const why = owner === undefined
      ? "is not one that a task can have"
      : `creates tasks of the type "${owner.taskType}"`
    return [[taskType, `The route /${route} ${why}. ${instead(taskType)}`] as const]
  })
}

/** Layer that warns of each task whose route is not its own, once, at the start and whenever a handler is added. */
export const layerWarnings: Layer.Layer<never, never, TaskRegistry.TaskRegistry> = Layer.effectDiscard(
  Effect.gen(function*() {
    const registry = yield* TaskRegistry.TaskRegistry
    const fork = Effect.runForkWith(yield* Effect.context<never>())
    const warned = new Set<string>()
    const warn = Effect.suspend(() => {
      const news = warningsOf(registry).filter(([taskType]) => !warned.has(taskType))
      for (const [taskType] of news) warned.add(taskType)
      return Effect.forEach(news, ([, warning]) => Effect.logWarning(warning), { discard: true })
    })
    yield* warn
    yield* Effect.acquireRelease(
      Effect.sync(() => registry.onRegister(() => void fork(warn))),
      (stop) => Effect.sync(stop)
    )
  })
)
