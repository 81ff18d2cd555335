/**
 * The HTTP API of a task manager: one definition, from which the server, the typed client and the OpenAPI document are
 * derived.
 *
 * Paths are relative: the server mounts them under any prefix. The group `contract` has the routes of the original; all
 * other groups are under `/v1`.
 */
import * as OpenApi from "effect/http-api/OpenApi"
import { ContractApi } from "./internal/contract/api.ts"
import { V1Api } from "./internal/v1/api.ts"
import { version } from "./internal/v1/version.ts"

export type {
  /**
   * The input of a route of the original is invalid.
   *
   * @category errors
   * @since 0.1.0
   */
  InvalidInput,
  /**
   * A route of the original finds nothing with this id or name.
   *
   * @category errors
   * @since 0.1.0
   */
  NotFound,
  /**
   * The server cannot do now what a route of the original asks for: it is stopping, or its store does not answer.
   *
   * @category errors
   * @since 0.1.0
   */
  Unavailable
} from "./internal/contract/errors.ts"
export type {
  /**
   * The routes of the original.
   *
   * @category groups
   * @since 0.1.0
   */
  Contract,
  /**
   * Middleware of the routes of the original that answers malformed requests with `InvalidInput`.
   *
   * @category middleware
   * @since 0.1.0
   */
  InputErrors
} from "./internal/contract/group.ts"
export type {
  /**
   * Middleware of every endpoint: if the server has tokens, the request needs one whose role suffices.
   *
   * @category security
   * @since 0.1.0
   */
  Authorization,
  /**
   * The caller: the name and the role of the token that came with the request.
   *
   * @category security
   * @since 0.1.0
   */
  Caller
} from "./internal/security/Authorization.ts"
export type {
  /**
   * Middleware that answers malformed requests with `ValidationFailed`.
   *
   * @category security
   * @since 0.1.0
   */
  Validation
} from "./internal/v1/api.ts"
export type {
  /**
   * The JSON of an error.
   *
   * @category models
   * @since 0.1.0
   */
  ErrorJson
} from "./internal/v1/errors.ts"
export type {
  /**
   * The JSON keys of a struct, in snake_case but for the exceptions `Names`.
   *
   * @category utility types
   * @since 0.1.0
   */
  Keys
} from "./internal/v1/wire.ts"

/**
 * The definition of the API.
 *
 * @category definitions
 * @since 0.1.0
 */
export class TaskApi extends ContractApi
  .addHttpApi(V1Api)
  .annotateMerge(
    OpenApi.annotations({
      title: "Brinjal",
      version,
      description: "Tasks and recurring tasks over HTTP. Under `/v1`, a query or a body with an unknown key is refused."
    })
  )
{}
