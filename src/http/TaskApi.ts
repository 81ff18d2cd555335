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
