/**
 * A server of Node that answers 503 while it has no routes: after it has got its port, and while it stops. Without
 * that, clients would be kept waiting.
 */
import { createServer, type RequestListener, type Server } from "node:http"

const unavailable: RequestListener = (_, response) => {
  const message = "The server is starting or stopping. Try again in a moment."
  response.writeHead(503, { "content-type": "application/json", "retry-after": "1" })
  response.end(JSON.stringify({ error: "Unavailable", message }))
}

/** Makes the server. */
export const make = (): Server => {
  const server = createServer(unavailable)
  server.on("newListener", (event) => void (event === "request" && server.off("request", unavailable)))
  server.on("removeListener", (event, listener) => {
    if (event === "request" && listener !== unavailable) queueMicrotask(() => again(server))
  })
  return server
}

const again = (server: Server): void => {
  if (server.listenerCount("request") === 0) server.on("request", unavailable)
}
