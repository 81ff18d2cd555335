/**
 * Requests over real HTTP, one connection for each, and what is answered: a whole body, or the messages of a stream.
 */
import { Effect, type Scope } from "effect"
import * as Http from "node:http"

/** What a request may carry. `body` is sent as JSON unless it is a text. */
export interface Request {
  readonly query?: Readonly<Record<string, string>> | string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer. `json` is absent if the text is none. */
export interface Answer {
  readonly status: number
  readonly headers: Http.IncomingHttpHeaders
  readonly text: string
  readonly json: any
}

/** Sends a request to an address, whose path is sent as it is written, and gives the head of its response. */
export const open = (method: string, address: string, { body, headers, query }: Request = {}) =>
  Effect.callback<Http.IncomingMessage>((resume) => {
    const [, host, port, path] = /^http:\/\/([^:]+):(\d+)(.*)$/.exec(address)!
    const search = query === undefined ? "" : `?${typeof query === "string" ? query : new URLSearchParams(query)}`
    const isJson = body !== undefined && typeof body !== "string"
    const request = Http.request(
      {
        host: host!,
        port: Number(port),
        path: path! + search,
        method,
        headers: { ...(isJson ? { "content-type": "application/json" } : {}), ...headers },
        agent: false
      },
      (response) => resume(Effect.succeed(response))
    )
    request.on("error", (error) => resume(Effect.die(error)))
    request.end(isJson ? JSON.stringify(body) : body)
    return Effect.sync(() => request.destroy())
  })

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads a response to its end. */
export const answerOf = (response: Http.IncomingMessage): Effect.Effect<Answer> =>
  Effect.promise(async () => {
    response.setEncoding("utf8")
    let text = ""
    for await (const chunk of response) text += chunk
    return { status: response.statusCode!, headers: response.headers, text, json: parsed(text) }
  })

/** An open stream of server-sent events. */
export interface Messages {
  readonly response: Http.IncomingMessage
  /** The next message as it came, without its empty line; `undefined` at the end. */
  readonly next: Effect.Effect<string | undefined>
  /** Hangs up. */
  readonly close: Effect.Effect<void>
}

const messagesIn = async function*(response: Http.IncomingMessage) {
  response.setEncoding("utf8")
  let buffer = ""
  for await (const chunk of response) {
    buffer += chunk
    for (let end = buffer.indexOf("\n\n"); end >= 0; end = buffer.indexOf("\n\n")) {
      yield buffer.slice(0, end)
      buffer = buffer.slice(end + 2)
    }
  }
}

/** Opens a stream. It is closed with the test. */
export const listen = (address: string, request?: Request): Effect.Effect<Messages, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      open("GET", address, request),
      (response) => Effect.sync(() => response.destroy())
    ),
    (response) => {
      const all = messagesIn(response)
      return {
        response,
        next: Effect.map(Effect.promise(() => all.next()), ({ done, value }) => done === true ? undefined : value),
        close: Effect.sync(() => void response.destroy())
      }
    }
  )
