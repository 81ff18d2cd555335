/**
 * The HTTP requests of the page, as functions that return plain JSON or throw a `Refusal`, which says what a person can
 * do about it.
 */

/**
 * A request that did not succeed. `status` is 0 if there was no answer; `fields` says what is wrong with which field.
 *
 * @category errors
 * @since 0.1.0
 */
export class Refusal extends Error {
  readonly status: number
  readonly tag: string
  readonly detail: Readonly<Record<string, unknown>>

  constructor(status: number, tag: string, message: string, detail: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.status = status
    this.tag = tag
    this.detail = detail
  }
}

const sentences: Record<number, string> = {
  401: "The server requires a token.",
  403: "Your token does not allow this.",
  404: "This no longer exists.",
  413: "That is more than the server accepts.",
  429: "Too many requests at once. Try again in a moment.",
  503: "The server is not ready. Try again in a moment."
}

const refusalOf = async (response: Response): Promise<Refusal> => {
  const body: unknown = await response.json().catch(() => undefined)
  const detail = typeof body === "object" && body !== null ? body as Record<string, unknown> : {}
  const message = typeof detail.message === "string" ? detail.message : undefined
  const tag = typeof detail.error === "string" ? detail.error : typeof detail._tag === "string" ? detail._tag : ""
  return new Refusal(
    response.status,
    tag,
    message ||
      (sentences[response.status] ?? `The server answered ${response.status} ${response.statusText}`.trim() + "."),
    detail
  )
}

/**
 * One server: where it is, and the token for it.
 *
 * @category models
 * @since 0.1.0
 */
export class Api {
  readonly base: string
  token: string | undefined

  constructor(base: string) {
    this.base = base.replace(/\/+$/, "")
  }

  /** Makes a request. Returns the response if it succeeds, and otherwise throws a `Refusal`. */
  async request(method: string, path: string, options: {
    readonly body?: unknown
    readonly headers?: Readonly<Record<string, string>>
    readonly signal?: AbortSignal
  } = {}): Promise<Response> {
    const headers: Record<string, string> = { accept: "application/json", ...options.headers }
    if (this.token !== undefined) headers.authorization = `Bearer ${this.token}`
    const init: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store" }
    if (options.signal !== undefined) init.signal = options.signal
    if (options.body !== undefined) {
      headers["content-type"] = "application/json"
      init.body = JSON.stringify(options.body)
    }
    const response = await fetch(`${this.base}/v1${path}`, init).catch((cause: unknown) => {
      if (options.signal?.aborted) throw cause
      throw new Refusal(0, "Unreachable", "The server cannot be reached. Nothing was changed.")
    })
    if (!response.ok) throw await refusalOf(response)
    return response
  }

  async get<A>(path: string, query: Readonly<Record<string, string | number | undefined>> = {}, signal?: AbortSignal) {
    const search = new URLSearchParams()
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== "") search.set(name, String(value))
    }
    const text = search.size === 0 ? path : `${path}?${search}`
    const response = await this.request("GET", text, signal === undefined ? {} : { signal })
    return await response.json() as A
  }

  async send<A>(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
    const response = await this.request(method, path, { body, headers })
    return (response.status === 204 ? undefined : await response.json()) as A
  }
}

/**
 * An id as a segment of a path.
 *
 * @category paths
 * @since 0.1.0
 */
export const segment = (id: string): string => encodeURIComponent(id)
