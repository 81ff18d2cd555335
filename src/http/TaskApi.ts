/**
 * The HTTP API of a task manager: one definition, from which the server, the typed client and the document are derived.
 *
 * Paths are relative: the server mounts them under any prefix.
 */
import * as HttpApi from "effect/http-api/HttpApi"
import * as OpenApi from "effect/http-api/OpenApi"
import { Contract } from "./internal/contract/group.ts"

/**
 * The definition of the API.
 *
 * @category api
 * @since 0.1.0
 */
export class TaskApi extends HttpApi.make("brinjal")
  .add(Contract)
  .annotateMerge(OpenApi.annotations({ title: "Brinjal", description: "Tasks and recurring tasks over HTTP." }))
{}
