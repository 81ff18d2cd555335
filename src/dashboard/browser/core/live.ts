/**
 * One connection to one server, shared by all elements of a page that show it. It reads the lists once, then follows
 * the event stream, reconnects when that breaks, and notifies its listeners at most once per animation frame.
 */
import { Api, Refusal } from "./api.ts"
import { EventReader } from "./events.ts"
import { type Message, read } from "./sse.ts"
import { apply, type Change, type Connection, make, type State } from "./state.ts"
import { hasWaitedLong } from "./status.ts"
import { readStored, store } from "./storage.ts"
import type { Backlog, Info, Recurring, Task } from "./wire.ts"

/** A stream that is silent for this long is dead: the server sends something every 15 seconds. In milliseconds. */
const silence = 40_000
/**
 * A request that is not answered within this time is lost, as the server was about to stop or is only just starting. In
 * milliseconds.
 */
const unanswered = 5_000
const shortestWait = 500
const longestWait = 15_000
/** How long a hidden page keeps its connection, in milliseconds. */
const hiddenFor = 60_000

/**
 * What an element subscribes to.
 *
 * @category models
 * @since 0.1.0
 */
export type Listener = (state: State) => void

/**
 * The live state of one server.
 *
 * @category models
 * @since 0.1.0
 */
export class Live {
  readonly api: Api
  readonly state: State = make()
  private readonly listeners = new Set<Listener>()
  private frame = 0
  private abort: AbortController | undefined
  private timer: ReturnType<typeof setTimeout> | undefined
  private watchdog: ReturnType<typeof setTimeout> | undefined
  private hiding: ReturnType<typeof setTimeout> | undefined
  private attempts = 0
  private lastEventId = ""

  constructor(base: string) {
    this.api = new Api(base)
    this.api.token = readStored("sessionStorage", this.tokenKey)
  }

  private static readonly all = new Map<string, Live>()

  /** The connection to a server: the same one for the whole page. */
  static to(base: string): Live {
    const url = new URL(base, document.baseURI).href.replace(/\/+$/, "")
    const known = Live.all.get(url)
    if (known !== undefined) return known
    const live = new Live(url)
    Live.all.set(url, live)
    return live
  }

  /** Follows the state until the returned function is called. The first listener opens the connection. */
  subscribe(listener: Listener): () => void {
    if (this.listeners.size === 0) this.start()
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
      if (this.listeners.size === 0) this.stop()
    }
  }

  /** Applies a change, and shows it in the next frame. */
  change(change: Change): void {
    apply(this.state, change)
    this.show()
  }

  /** Signs in with a token, for as long as the tab is open. */
  signIn(token: string): void {
    this.api.token = token === "" ? undefined : token
    store("sessionStorage", this.tokenKey, this.api.token)
    this.retryNow()
  }

  /** Reconnects without waiting any longer. */
  retryNow(): void {
    this.attempts = 0
    this.disconnect()
    void this.connect()
    void this.readLists()
    void this.readRole()
  }

  private get tokenKey(): string {
    return `brinjal-token ${this.api.base}`
  }

  private readonly onVisibility = (): void => {
    clearTimeout(this.hiding)
    if (document.hidden) this.hiding = setTimeout(() => this.disconnect(), hiddenFor)
    else if (this.abort === undefined) this.retryNow()
  }

  private readonly onOnline = (): void => {
    if (this.state.connection.is === "lost") this.retryNow()
  }

  private start(): void {
    document.addEventListener("visibilitychange", this.onVisibility)
    globalThis.addEventListener("online", this.onOnline)
    void this.connect()
    void this.readLists()
    void this.readRole()
  }

  private stop(): void {
    document.removeEventListener("visibilitychange", this.onVisibility)
    globalThis.removeEventListener("online", this.onOnline)
    this.disconnect()
    clearTimeout(this.hiding)
  }

  private disconnect(): void {
    this.abort?.abort()
    this.abort = undefined
    clearTimeout(this.timer)
    clearTimeout(this.watchdog)
  }

  /** The first paint needs no stream: the lists are read in parallel, and whichever arrives first is shown. */
  private async readLists(): Promise<void> {
    const [tasks, recurring] = await Promise.allSettled([
      this.api.get<{ readonly items: ReadonlyArray<Task> }>("/tasks", { limit: 100 }),
      this.api.get<ReadonlyArray<Recurring>>("/recurring")
    ])
    if (tasks.status === "rejected" || recurring.status === "rejected") return
    this.change({ is: "read", tasks: tasks.value.items, recurring: recurring.value })
  }

  /** What the token allows. Until that is known, the page offers everything. */
  private async readRole(): Promise<void> {
    const info = await this.api.get<Info>("/info").catch(() => undefined)
    if (info !== undefined) this.change({ is: "role", role: info.caller.role })
  }

  private async connect(): Promise<void> {
    const abort = new AbortController()
    this.abort = abort
    this.giveUpAfter(unanswered)
    try {
      const headers: Record<string, string> = { accept: "text/event-stream" }
      if (this.lastEventId !== "") headers["last-event-id"] = this.lastEventId
      const response = await this.api.request("GET", "/events", { headers, signal: abort.signal })
      this.attempts = 0
      this.heard()
      const reader = new EventReader()
      await read(response.body!, (messages) => this.receive(reader, messages), () => this.heard())
      throw new Refusal(0, "Closed", "The server ended the connection.")
    } catch (cause) {
      if (!abort.signal.aborted || abort.signal.reason === "silent") this.lost(cause)
    }
  }

  private receive(reader: EventReader, messages: ReadonlyArray<Message>): void {
    for (const message of messages) {
      if (message.id !== "") this.lastEventId = message.id
      for (const change of reader.read(message, Date.now())) apply(this.state, change)
    }
    this.setConnection({ is: "live" })
    if (messages.some(({ event }) => event === "snapshot")) void this.readBacklog(true)
    else if (messages.some(({ event }) => event === "heartbeat")) void this.readBacklog()
  }

  /**
   * Asks what is paused, and whether somebody handles what has waited for long: as long as nothing has, and nothing was
   * paused when it was asked last, only if it `must`.
   */
  async readBacklog(must = false): Promise<void> {
    const { offset, paused, tasks, unhandled } = this.state
    const now = Date.now() + offset
    const waits = must || paused.length > 0 || [...tasks.values()].some((task) => hasWaitedLong(task, now))
    if (!waits && unhandled.length === 0) return
    const backlog = waits ? await this.api.get<ReadonlyArray<Backlog>>("/backlog").catch(() => undefined) : []
    if (backlog !== undefined) this.change({ is: "backlog", backlog, now })
  }

  private heard(): void {
    this.state.lastHeard = Date.now()
    this.giveUpAfter(silence)
    if (this.state.connection.is !== "live") this.setConnection({ is: "live" })
  }

  private giveUpAfter(millis: number): void {
    clearTimeout(this.watchdog)
    this.watchdog = setTimeout(() => this.abort?.abort("silent"), millis)
  }

  private lost(cause: unknown): void {
    this.disconnect()
    if (cause instanceof Refusal && (cause.status === 401 || cause.status === 403)) {
      return this.setConnection({ is: "refused", why: this.whyRefused(cause) })
    }
    const wait = Math.min(longestWait, shortestWait * 2 ** this.attempts) * (0.75 + Math.random() / 2)
    this.attempts++
    const { connection } = this.state
    this.setConnection({
      is: "lost",
      since: connection.is === "lost" ? connection.since : Date.now(),
      retryAt: Date.now() + wait,
      why: cause instanceof Error ? cause.message : String(cause)
    })
    this.timer = setTimeout(() => void this.connect(), wait)
  }

  private whyRefused({ message, status }: Refusal): string {
    if (status !== 401) return message
    return this.api.token === undefined
      ? "This server requires a token."
      : "The server does not know this token."
  }

  private setConnection(connection: Connection): void {
    this.state.connection = connection
    this.show()
  }

  private show(): void {
    if (this.frame !== 0) return
    this.frame = requestAnimationFrame(() => {
      this.frame = 0
      for (const listener of this.listeners) listener(this.state)
    })
  }
}
