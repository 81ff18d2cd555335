/**
 * Tasks over HTTP: the definition of the API, its server, and its typed client.
 */

/**
 * The example tasks of the original.
 *
 * @since 0.1.0
 */
export * as ExampleTasks from "./ExampleTasks.ts"

/**
 * The definition of the API.
 *
 * @since 0.1.0
 */
export * as TaskApi from "./TaskApi.ts"

/**
 * What can be wrong with a request itself, and what tokens allow.
 *
 * @since 0.1.0
 */
export * as TaskApiError from "./TaskApiError.ts"

/**
 * The typed client of the API.
 *
 * @since 0.1.0
 */
export * as TaskApiClient from "./TaskApiClient.ts"

/**
 * The server, as layers.
 *
 * @since 0.1.0
 */
export * as TaskApiServer from "./TaskApiServer.ts"
