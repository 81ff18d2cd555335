/**
 * Requests that nobody sends by mistake: random methods, paths, queries, headers and bodies, made of what the server knows
 * and of what it cannot. The same seed makes the same requests.
 */
import { Effect } from "effect"
import * as Http from "node:http"

/** One request as it goes over the wire. */
export interface Fuzzed {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** A small generator (mulberry32). */
export const random = (seed: number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const methods = ["GET", "GET", "POST", "POST", "POST", "DELETE", "PATCH", "PUT", "HEAD", "OPTIONS"]

const segments = [
  "queue",
  "stream",
  "search",
  "recurring",
  "completed",
  "static",
  "test",
  "v1",
  "tasks",
  "events",
  "preview",
  "timeline",
  "outcomes",
  "upcoming",
  "explain",
  "enable",
  "disable",
  "trigger",
  "cancel",
  "retry",
  "task-types",
  "health",
  "ready",
  "metrics",
  "info",
  "puppet_task",
  "http_kinds_task",
  "example_io_task",
  "ExampleCPUTask",
  "PuppetTask",
  "TaskList.js",
  "..",
  ".",
  "",
  "%2e%2e",
  "..%2f",
  "%00",
  "%",
  "%zz",
  "%ff",
  "%F0%9F%8D%86",
  "__proto__",
  "constructor",
  "a".repeat(300),
  "*",
  ":route",
  "{task_id}",
  "01a20c9c-04e4-7000-bde9-b7c1667ce129"
]

/** Routes with their methods, so that many requests get past the router. */
const routes = [
  "GET /queue",
  "GET /queue/stream",
  "GET /x/stream",
  "POST /search",
  "DELETE /completed",
  "DELETE /x",
  "GET /recurring",
  "POST /recurring/PuppetTask",
  "POST /recurring/HTTPKindsTask",
  "PATCH /recurring/x/enable",
  "POST /puppet_task",
  "POST /http_kinds_task",
  "POST /example_io_task",
  "GET /v1/tasks",
  "GET /v1/tasks/x",
  "POST /v1/tasks",
  "POST /v1/tasks/x/cancel",
  "GET /v1/task-types",
  "GET /v1/recurring",
  "POST /v1/recurring",
  "PATCH /v1/recurring/x",
  "GET /v1/recurring/x/outcomes",
  "GET /v1/recurring/x/explain",
  "GET /v1/timeline",
  "POST /v1/preview",
  "GET /v1/events",
  "GET /v1/info",
  "GET /v1/metrics"
]

const keys = [
  "name",
  "count",
  "ratio",
  "flag",
  "mode",
  "tags",
  "when",
  "note",
  "heading",
  "body",
  "img",
  "semaphore_name",
  "update_sleep_time",
  "sleep_time",
  "cron_expression",
  "max_concurrent",
  "timezone",
  "task_type",
  "payload",
  "status",
  "limit",
  "before",
  "from",
  "to",
  "at",
  "q",
  "recurring_id",
  "recurrence",
  "overlap",
  "jitter_ms",
  "start_at",
  "delay_ms",
  "priority",
  "last_event_id",
  "__proto__",
  "constructor",
  "toString",
  ""
]

const texts = [
  "",
  "x",
  "1",
  "0",
  "-1",
  "1e400",
  "nan",
  "true",
  "null",
  "[]",
  "{}",
  "* * * * *",
  "0 0 30 2 *",
  "*/0 * * * *",
  "L W # ?",
  "@hourly",
  "9".repeat(400),
  "'; drop table tasks; --",
  "<script>alert(1)</script>",
  "\u0000",
  "\ud800",
  "🍆",
  "../../../../etc/passwd",
  "1970-01-01T00:00:00Z",
  "2026-13-45",
  "9999-12-31T23:59:59Z",
  "-271822-01-01T00:00:00Z",
  "Europe/London",
  "Mars/Base",
  "done",
  "skip",
  "x".repeat(5_000)
]

const types = [
  "application/json",
  "application/json; charset=utf-8",
  "application/merge-patch+json",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/octet-stream",
  "nonsense",
  ";"
]

/** Makes requests from a source of numbers. */
export const make = (next: () => number) => {
  const below = (count: number) => Math.floor(next() * count)
  const pick = <A>(values: ReadonlyArray<A>): A => values[below(values.length)]!
  const chance = (probability: number) => next() < probability

  const value = (depth: number): unknown => {
    const kind = below(depth > 0 ? 8 : 6)
    if (kind === 0) return pick([0, 1, -1, 0.5, 1e308, -0, 2 ** 53, 1e-320])
    if (kind === 1) return pick([true, false, null])
    if (kind < 6) return pick(texts)
    if (kind === 6) return Array.from({ length: below(4) }, () => value(depth - 1))
    return object(depth - 1)
  }

  const object = (depth: number): Record<string, unknown> =>
    Object.fromEntries(Array.from({ length: below(5) }, () => [pick(keys), value(depth)]))

  const deep = () => "[".repeat(20_000) + "]".repeat(below(2) * 20_000)

  const body = (): string | undefined => {
    if (chance(0.3)) return undefined
    if (chance(0.1)) return pick(texts)
    if (chance(0.02)) return deep()
    if (chance(0.1)) return JSON.stringify(value(3))
    const text = JSON.stringify(object(3))
    if (chance(0.05)) return text.replace("{", `{"__proto__":{"polluted":1},`)
    return chance(0.1) ? text.slice(0, below(text.length)) : text
  }

  const query = (): string => {
    if (chance(0.5)) return ""
    const pairs = Array.from(
      { length: 1 + below(4) },
      () => chance(0.1) ? pick(segments) : `${encode(pick(keys))}=${encode(pick(texts))}`
    )
    return `?${pairs.join(pick(["&", "&", "&", ";"]))}`
  }

  // a lone surrogate has no encoding, but three bytes that stand for it
  const encode = (text: string) => text === "\ud800" ? "%ED%A0%80" : encodeURIComponent(text)

  const path = (): string =>
    Array.from({ length: 1 + below(4) }, () => `/${pick(segments)}`).join("") + (chance(0.1) ? "/" : "") + query()

  const address = (): readonly [string, string] => {
    if (chance(0.4)) return [pick(methods), path()]
    const [method, route] = pick(routes).split(" ")
    return [method!, route + query()]
  }

  const headers = (): Record<string, string> => ({
    ...(chance(0.8) ? { "content-type": chance(0.7) ? "application/json" : pick(types) } : {}),
    ...(chance(0.05) ? { authorization: pick(["Bearer x", "Bearer", "Basic eDp5", "x"]) } : {}),
    ...(chance(0.05) ? { "last-event-id": pick(["1", "-1", "x", "9".repeat(30), "0-0"]) } : {}),
    ...(chance(0.05) ? { "if-match": pick(["\"1\"", "*", "x", ""]) } : {}),
    ...(chance(0.05) ? { "idempotency-key": pick(["a", "", "x".repeat(400)]) } : {}),
    ...(chance(0.03) ? { origin: pick(["https://evil.example", "null", "http://127.0.0.1"]) } : {}),
    ...(chance(0.03) ? { "accept-encoding": pick(["gzip", "*", "br;q=0"]) } : {}),
    ...(chance(0.03) ? { expect: "100-continue" } : {}),
    ...(chance(0.02) ? { "x-long": "x".repeat(10_000) } : {}),
    ...(chance(0.02) ? { range: "bytes=0-1" } : {})
  })

  return (): Fuzzed => {
    const [method, path] = address()
    return { method, path, headers: headers(), body: method === "GET" || method === "HEAD" ? undefined : body() }
  }
}

/** What came back. A stream is read up to its first bytes. */
export interface Outcome {
  readonly status: number
  readonly text: string
}

/** Sends one request over a connection of the agent. Dies when there is no answer within 20 seconds. */
export const send = (
  port: number,
  prefix: string,
  agent: Http.Agent,
  fuzzed: Fuzzed
): Effect.Effect<Outcome> =>
  Effect.callback<Outcome>((resume) => {
    const { body, headers, method, path } = fuzzed
    const request = Http.request(
      {
        host: "127.0.0.1",
        port,
        path: prefix + path,
        method,
        headers: { ...headers, ...lengthOf(method, body) },
        agent
      },
      (response) => {
        let text = ""
        const done = () => resume(Effect.succeed({ status: response.statusCode!, text }))
        response.setEncoding("utf8")
        response.on("data", (chunk: string) => {
          text += chunk
          if (!response.headers["content-type"]?.startsWith("text/event-stream")) return
          done()
          request.destroy()
        })
        response.on("end", done)
        response.on("error", done)
      }
    )
    request.setTimeout(20_000, () => request.destroy(new Error(`no answer to ${method} ${path}`)))
    request.on("error", (error) =>
      // a connection that has waited may be closed just when it is used again
      resume(request.reusedSocket && isReset(error) ? send(port, prefix, agent, fuzzed) : Effect.die(error)))
    request.end(body)
    return Effect.sync(() => request.destroy())
  })

const isReset = (error: Error) => "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE")

const lengthOf = (method: string, body: string | undefined): Record<string, string> =>
  body === undefined && method !== "GET" && method !== "HEAD"
    ? { "content-length": "0" }
    : body === undefined
    ? {}
    : { "content-length": String(Buffer.byteLength(body)) }
