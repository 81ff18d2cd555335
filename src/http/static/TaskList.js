/**
 * `<task-list base_url="/api/tasks">`: the tasks of a server, live, and its recurring tasks.
 *
 * Works with any server that speaks the contract. All text is shown as text. One connection watches the queue and at most
 * four watch tasks, so that a page never uses up what a browser has for a host; tasks beyond that are looked at every two
 * seconds. The contract does not say which tasks are queued for later, so one that has been queued for half a minute is not
 * watched, and while nothing but such tasks is unwatched and nothing happens, they are looked at ever more rarely, down to
 * every half a minute.
 */

const watchedAtMost = 4
const lookAgain = 2_000
const lookRarely = 30_000

const styles = new CSSStyleSheet()
styles.replaceSync(`
  :host { display: block; font: 15px/1.45 system-ui, sans-serif; color: CanvasText; color-scheme: light dark }
  :host([hidden]), [hidden] { display: none }
  nav, header { display: flex; gap: .5rem; align-items: center; flex-wrap: wrap }
  nav { border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); margin-bottom: .75rem }
  nav button { border: 0; border-bottom: 3px solid transparent; border-radius: 0; padding: .5rem .75rem }
  nav button[aria-selected="true"] { border-color: #6b2d73; font-weight: 600 }
  button { font: inherit; color: inherit; background: none; cursor: pointer; padding: .2rem .6rem; border-radius: .4rem;
    border: 1px solid color-mix(in srgb, currentColor 30%, transparent) }
  button:hover { background: color-mix(in srgb, currentColor 8%, transparent) }
  button:focus-visible { outline: 2px solid #8e44ad; outline-offset: 2px }
  .state { margin-left: auto; font-size: .85em; opacity: .75 }
  ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem }
  li { padding: .75rem; border-radius: .6rem; border: 1px solid color-mix(in srgb, currentColor 18%, transparent) }
  li img { width: 2.2rem; height: 2.2rem; border-radius: .3rem; object-fit: cover }
  h3 { margin: 0; font-size: 1em; overflow-wrap: anywhere }
  p { margin: .25rem 0; overflow-wrap: anywhere; white-space: pre-line }
  small { opacity: .75; overflow-wrap: anywhere }
  progress { width: 100%; height: .5rem; accent-color: #6b2d73 }
  .status { font-size: .8em; padding: .05rem .5rem; border-radius: 1rem;
    background: color-mix(in srgb, currentColor 12%, transparent) }
  .failed .status { background: #c0392b; color: white }
  .done .status { background: #1e7d46; color: white }
  .running .status { background: #6b2d73; color: white }
  pre { overflow: auto; max-height: 18rem; padding: .5rem; font-size: .85em;
    background: color-mix(in srgb, currentColor 8%, transparent) }
  .empty { padding: 2rem; text-align: center; opacity: .75 }
`)

/** An element with properties and children. */
const element = (name, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(name), properties)
  node.append(...children)
  return node
}

const time = (text) => text === null ? null : new Date(text).toLocaleString()

/** Only addresses that a browser loads as pictures. */
const isPicture = (address) => /^(https?:|data:image\/|\/|\.)/i.test(address) || !address.includes(":")

/** Says what a server answered, or throws it. */
const request = async (address, method = "GET") => {
  const response = await fetch(address, { method, credentials: "include", headers: { "x-requested-with": "TaskList" } })
  const answer = await response.json().catch(() => ({}))
  if (response.ok) return answer
  throw new Error(typeof answer.detail === "string" ? answer.detail : `The server answered ${response.status}.`)
}

/** One task. Its parts are made once and changed in place. */
class Card {
  constructor(list, task) {
    this.list = list
    this.task = task
    this.since = Date.now()
    this.picture = element("img", { alt: "", hidden: true })
    this.heading = element("h3")
    this.status = element("span", { className: "status" })
    this.body = element("p")
    this.progress = element("progress", { max: 100 })
    this.progress.setAttribute("aria-label", "progress")
    this.times = element("small")
    this.why = element("button", { type: "button", onclick: () => this.explain() }, "Error")
    this.trace = element("pre", { hidden: true, tabIndex: 0 })
    const remove = element("button", { type: "button", onclick: () => list.act(`/${this.task.task_id}`, "DELETE") }, "Delete")
    this.node = element(
      "li",
      {},
      element("header", {}, this.picture, this.heading, this.status, this.why, remove),
      this.body,
      this.progress,
      this.times,
      this.trace
    )
    this.show(task)
  }

  show(task) {
    if (task.status !== this.task.status) this.since = Date.now()
    this.task = { ...this.task, ...task }
    const { body, completed_at, heading, img, progress, started_at, status, task_type } = this.task
    this.node.className = status
    this.heading.textContent = heading ?? task_type
    this.status.textContent = status === "running" && progress >= 0 ? `running, ${progress} %` : status
    this.body.textContent = body ?? ""
    this.body.hidden = body === null
    this.progress.hidden = status !== "running"
    if (progress < 0) this.progress.removeAttribute("value")
    else this.progress.value = progress
    this.times.textContent = [time(started_at) && `started ${time(started_at)}`, time(completed_at) && `ended ${time(completed_at)}`]
      .filter(Boolean).join(", ")
    this.picture.hidden = img === null || !isPicture(img)
    if (!this.picture.hidden && this.picture.getAttribute("src") !== img) this.picture.src = img
    this.why.hidden = status !== "failed"
  }

  get isLive() {
    return this.task.status === "queued" || this.task.status === "running"
  }

  /** Whether it may change at any moment, as far as anybody can tell. */
  get isWatchable() {
    return this.task.status === "running" || this.task.status === "queued" && Date.now() - this.since < lookRarely
  }

  /** The stream of a task begins with its state, and that has the error. */
  explain() {
    this.trace.hidden = !this.trace.hidden
    if (this.trace.hidden || this.trace.textContent !== "") return
    if ("error_message" in this.task) return this.showError(this.task)
    const source = new EventSource(`${this.list.base}/${this.task.task_id}/stream`, { withCredentials: true })
    source.addEventListener("message", (event) => {
      source.close()
      this.showError(JSON.parse(event.data))
    })
    source.addEventListener("error", () => source.close())
  }

  showError({ error_message, error_traceback, error_type }) {
    this.trace.textContent = `${error_type ?? "Error"}: ${error_message ?? "no message"}\n\n${error_traceback ?? ""}`
  }
}

class TaskList extends HTMLElement {
  constructor() {
    super()
    this.base = this.getAttribute("base_url") ?? location.origin
    this.cards = new Map()
    this.watched = new Map()
    this.looked = this.changed = Date.now()
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [styles]
    this.build()
  }

  build() {
    const tab = (name) => {
      const button = element("button", { type: "button", onclick: () => this.open(name) }, name)
      button.setAttribute("role", "tab")
      return button
    }
    this.tabs = { Tasks: tab("Tasks"), Recurring: tab("Recurring") }
    this.state = element("span", { className: "state", textContent: "connecting" })
    this.state.setAttribute("role", "status")
    const clear = element("button", { type: "button", onclick: () => this.act("/completed", "DELETE") }, "Clear completed")
    const tabs = element("nav", {}, ...Object.values(this.tabs), this.state, clear)
    tabs.setAttribute("role", "tablist")
    this.tasks = element("ul")
    this.recurring = element("ul", { hidden: true })
    this.shadowRoot.append(tabs, this.tasks, this.recurring)
    this.open("Tasks")
  }

  connectedCallback() {
    this.connect()
    this.looking = setInterval(() => this.look(), lookAgain)
  }

  disconnectedCallback() {
    clearInterval(this.looking)
    clearTimeout(this.reconnecting)
    this.queue?.close()
    for (const source of this.watched.values()) source.close()
    this.watched.clear()
  }

  connect() {
    this.queue = new EventSource(`${this.base}/queue/stream`, { withCredentials: true })
    this.queue.addEventListener("open", () => this.say("live"))
    this.queue.addEventListener("message", (event) => this.hear(JSON.parse(event.data)))
    this.queue.addEventListener("error", () => {
      this.say("reconnecting")
      if (this.queue.readyState === EventSource.CLOSED) this.reconnecting = setTimeout(() => this.connect(), 5_000)
    })
  }

  say(text) {
    this.state.textContent = text
  }

  hear(event) {
    if (event.type === "queue_updated") this.replace(event.tasks)
    if (event.type === "task_added") this.put(event.task)
    if (event.type === "task_removed") this.drop(event.task_id)
    this.tidy()
  }

  replace(tasks) {
    const ids = new Set(tasks.map(({ task_id }) => task_id))
    for (const id of this.cards.keys()) if (!ids.has(id)) this.drop(id)
    for (const task of tasks) this.put(task)
  }

  put(task) {
    const known = this.cards.get(task.task_id)
    if (known?.task.status !== task.status) this.changed = Date.now()
    if (known !== undefined) return known.show(task)
    const card = new Card(this, task)
    this.cards.set(task.task_id, card)
    this.tasks.prepend(card.node)
  }

  drop(id) {
    this.changed = Date.now()
    this.cards.get(id)?.node.remove()
    this.cards.delete(id)
    this.unwatch(id)
  }

  /** Watches running tasks first, then those that wait. */
  tidy() {
    const live = [...this.cards.values()].filter((card) => card.isWatchable)
      .sort((a, b) => (b.task.status === "running") - (a.task.status === "running"))
    const wanted = new Set(live.slice(0, watchedAtMost).map(({ task }) => task.task_id))
    for (const id of this.watched.keys()) if (!wanted.has(id)) this.unwatch(id)
    for (const id of wanted) if (!this.watched.has(id)) this.watch(id)
    this.showEmpty(this.tasks, this.cards.size === 0, "No tasks. Those that are created appear here at once.")
  }

  watch(id) {
    const source = new EventSource(`${this.base}/${id}/stream`, { withCredentials: true })
    this.watched.set(id, source)
    source.addEventListener("message", (event) => {
      if (this.cards.has(id)) this.put(JSON.parse(event.data))
      if (this.cards.get(id)?.isLive === false) this.tidy()
    })
    source.addEventListener("error", () => this.unwatch(id))
  }

  unwatch(id) {
    this.watched.get(id)?.close()
    this.watched.delete(id)
  }

  /** Reads what no connection tells: after a pause that grows with the time in which nothing has happened. */
  async look() {
    for (const id of this.watched.keys()) if (!this.cards.get(id).isWatchable) this.unwatch(id)
    const unwatched = [...this.cards.values()].filter((card) => card.isLive && !this.watched.has(card.task.task_id))
    if (unwatched.length === 0) return
    const pause = unwatched.some((card) => card.isWatchable) ? 0 : Math.min(lookRarely, this.looked - this.changed)
    if (Date.now() - this.looked < pause) return
    this.looked = Date.now()
    try {
      this.replace(await request(`${this.base}/queue`))
      this.tidy()
    } catch {
      // the stream of the queue says when the server is away
    }
  }

  async act(path, method) {
    try {
      const answer = await request(this.base + path, method)
      this.say(answer.failed_count > 0 ? `${answer.failed_count} could not be deleted` : answer.message ?? "done")
    } catch (error) {
      this.say(error.message)
    }
    if (path.startsWith("/recurring")) await this.readRecurring()
  }

  open(name) {
    for (const [key, tab] of Object.entries(this.tabs)) tab.setAttribute("aria-selected", String(key === name))
    this.tasks.hidden = name !== "Tasks"
    this.recurring.hidden = name !== "Recurring"
    if (name === "Recurring") void this.readRecurring()
  }

  async readRecurring() {
    try {
      const configs = await request(`${this.base}/recurring`)
      this.recurring.replaceChildren(...configs.map((config) => this.recurringCard(config)))
      this.showEmpty(this.recurring, configs.length === 0, "No recurring tasks.")
    } catch (error) {
      this.say(error.message)
    }
  }

  recurringCard(config) {
    const verb = config.enabled ? "disable" : "enable"
    const act = () => this.act(`/recurring/${encodeURIComponent(config.recurring_id)}/${verb}`, "PATCH")
    const failures = config.total_failures > 0
      ? `, ${config.total_failures} failed (${config.consecutive_failures} in a row)`
      : ""
    return element(
      "li",
      { className: config.enabled ? "enabled" : "disabled" },
      element(
        "header",
        {},
        element("h3", { textContent: `${config.task_type}: ${config.cron_expression}` }),
        element("span", { className: "status", textContent: config.enabled ? "enabled" : "disabled" }),
        element("button", { type: "button", onclick: act }, config.enabled ? "Disable" : "Enable")
      ),
      element("p", { textContent: `Next run: ${time(config.next_run) ?? "Not scheduled"}. Last run: ${time(config.last_run) ?? "never"}.` }),
      element("small", { textContent: `${config.total_runs} runs${failures}, at most ${config.max_concurrent} at once` })
    )
  }

  showEmpty(list, isEmpty, text) {
    list.querySelector(".empty")?.remove()
    if (isEmpty) list.append(element("li", { className: "empty", textContent: text }))
  }
}

if (customElements.get("task-list") === undefined) customElements.define("task-list", TaskList)
