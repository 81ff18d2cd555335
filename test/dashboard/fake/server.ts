/**
 * A server that says what the world says and nothing more: for pictures, and for what no real server does on demand.
 */
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import type { Backlog, Recurring, Task } from "../../../src/dashboard/browser/core/wire.ts"
import * as world from "./world.ts"

export interface World {
  readonly tasks: ReadonlyArray<Task>
  readonly recurring: ReadonlyArray<Recurring>
  readonly backlog?: ReadonlyArray<Backlog>
}

export interface Fake {
  readonly url: string
  /** Every request, as method and path. */
  readonly requests: Array<string>
  /** Sends an event to every reader. */
  readonly send: (event: string, data: unknown) => void
  /** Whether streams are answered; those that are not stay open without a byte. */
  streaming: boolean
  readonly close: () => Promise<void>
}

const message = (event: string, data: unknown, id: number) =>
  `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`

/** Serves the API beside whatever `other` serves. */
export const start = async (
  other: Http.RequestListener,
  { backlog = [], recurring, tasks }: World = { tasks: world.tasks, recurring: world.recurrings }
): Promise<Fake> => {
  const readers = new Set<Http.ServerResponse>()
  let id = 0
  const time = { server_time: new Date(world.now).toISOString() }

  const answers = (url: URL, path: string): unknown => {
    const [, kind, name, what] = path.split("/").map(decodeURIComponent)
    if (path === "/tasks") return { items: tasks, next: null }
    if (path === "/task-types") return world.types
    if (path === "/recurring") return recurring
    if (path === "/info") return world.info
    if (path === "/backlog") return backlog
    if (path === "/preview") return world.preview
    if (path === "/timeline") {
      return {
        ...world.timeline(url.searchParams.get("from")!, url.searchParams.get("to")!),
        ...(recurring.length === 0 ? { rows: [] } : {})
      }
    }
    if (kind !== "recurring") return undefined
    if (what === "outcomes") return { items: world.outcomes[name!] ?? [], next: null }
    if (what === "upcoming") return { upcoming: world.upcoming(name!, Infinity, Number(url.searchParams.get("count"))) }
    return undefined
  }

  const fake: Fake = {
    url: "",
    requests: [],
    streaming: true,
    send: (event, data) => {
      const text = message(event, data, ++id)
      for (const reader of readers) reader.write(text)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }

  const stream = (response: Http.ServerResponse) => {
    if (!fake.streaming) return
    response.writeHead(200, { "content-type": "text/event-stream" })
    response.write(message("snapshot", { ...time, part: 0, parts: 1, tasks, recurring }, ++id))
    readers.add(response)
    response.on("close", () => readers.delete(response))
  }

  const server = Http.createServer((request, response) => {
    const url = new URL(request.url!, "http://localhost")
    if (!url.pathname.startsWith("/api/tasks/v1/")) return other(request, response)
    const path = url.pathname.slice("/api/tasks/v1".length)
    fake.requests.push(`${request.method} ${path}`)
    if (path === "/events") return stream(response)
    const isAsking = request.method === "GET" || path === "/preview"
    const answer = isAsking ? answers(url, path) : undefined
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" })
    response.end(JSON.stringify(answer ?? { error: "NotThere", message: "The fake does not know this." }))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return Object.assign(fake, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` })
}
