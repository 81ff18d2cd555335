/**
 * A server of Node that has its port before its routes are there, and still has it when they are gone: meanwhile it says so,
 * instead of keeping those waiting who ask.
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
