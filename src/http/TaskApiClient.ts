/**
 * The typed client of `TaskApi`, derived from its definition.
 */
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import { TaskApi } from "./TaskApi.ts"

/**
 * A client of the API.
 *
 * @category models
 * @since 0.1.0
 */
export type TaskApiClient = HttpApiClient.ForApi<typeof TaskApi>

/**
 * Makes a client of the server at `baseUrl`, prefix included: `http://127.0.0.1:3000/api/tasks`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: { readonly baseUrl: string | URL }) => HttpApiClient.make(TaskApi, options)
