/**
 * Servers, clients and dashboards, exported without annotations.
 */
import { Dashboard } from "brinjal/dashboard"
import { ExampleTasks, TaskApi, TaskApiClient, TaskApiServer } from "brinjal/http"
import { Effect, Layer } from "effect"
import { HttpApi, HttpApiClient } from "effect/http-api"
import { Memory } from "./managers.ts"

export const Api = TaskApiServer.layer({ prefix: "/api/tasks", security: {} })
export const Page = Dashboard.layer({ api: "/api/tasks" })
export const Routes = Layer.mergeAll(Api, Page)
export const Server = TaskApiServer.serve(Routes).pipe(Layer.provide(Memory))
export const Examples = ExampleTasks.layer
export const IoTask = ExampleTasks.ExampleIOTask.template

export const client = TaskApiClient.make({ baseUrl: "http://localhost:8000/api/tasks", token: "secret" })
export const derived = HttpApiClient.make(TaskApi.TaskApi, { baseUrl: "http://localhost:8000" })
export const waiting = Effect.gen(function*() {
  const { contract, recurring, tasks } = yield* client
  const { items } = yield* tasks.list({ query: { status: "queued" } })
  return { items, recurring, search: contract.search }
})
export const groups = Effect.map(client, ({ tasks }) => tasks)

/** The endpoints as a part of an API of one's own. */
export class WithTasks extends HttpApi.make("mine").addHttpApi(TaskApi.TaskApi) {}
export const endpoints = TaskApi.TaskApi
