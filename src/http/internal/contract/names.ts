/**
 * The route and the display name of a task type.
 */

// a lower-case letter before an upper-case one, and the last capital of a run before a lower-case letter
const words = (taskType: string): Array<string> =>
  taskType.replaceAll(/([a-z])(?=[A-Z])|([A-Z])(?=[A-Z][a-z])/g, "$1$2 ").split(" ")

const capitalised = (word: string): string =>
  word.length > 1 && word === word.toUpperCase() ? word : word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase()

const routes = new Map<string, string>()

/** `ExampleCPUTask` is created under `example_cpu_task`, which a path has percent-encoded. Cached, since every request asks for it. */
export const routeOf = (taskType: string): string => {
  let route = routes.get(taskType)
  if (route === undefined) {
    route = words(taskType).join("_").toLowerCase()
    routes.set(taskType, route)
  }
  return route
}

/** The path of a route, in which anything may stand: `what?` has the path `/what%3F`. */
export const pathOf = (route: string): `/${string}` => `/${encodeURIComponent(route)}`

/** `ExampleCPUTask` is shown as "Example CPU Task". */
export const displayNameOf = (taskType: string): string => words(taskType).map(capitalised).join(" ")
