/**
 * `<task-list>`: the tasks of a server, live, with filters and search. It can be used on its own in any page:
 * `<task-list api="/api/tasks"></task-list>`. It also reads the attribute `base_url` of the original.
 */
import { html, nothing, type PropertyDeclarations, type TemplateResult } from "lit"
import { repeat } from "lit/directives/repeat.js"
import { segment } from "../core/api.ts"
import { count, plural } from "../core/format.ts"
import {
  byInterest,
  byStart,
  countByStatus,
  everything,
  type Filter,
  isEnded,
  isFiltered,
  isForLater,
  matches,
  may
} from "../core/state.ts"
import { Turns } from "../core/turns.ts"
import type { Status, Task, TaskPage } from "../core/wire.ts"
import { now } from "../parts/clock.ts"
import { confirm } from "../parts/confirm.ts"
import { connectionStyles, rights } from "../parts/connection.ts"
import { icon, statusName, statusShape } from "../parts/icons.ts"
import { ServerElement } from "../parts/serverElement.ts"
import { base } from "../parts/styles.ts"
import { listStyles } from "./listStyles.ts"
import { unhandled, unhandledStyles } from "./unhandled.ts"
import "./form.ts"
import "./row.ts"
import type { BrinjalTask, TaskAction } from "./row.ts"

type Section = "Now" | "Later" | "Ended"

const statuses: ReadonlyArray<Status> = ["running", "queued", "failed", "done", "cancelled"]

/** How many rows are drawn before the user asks for more. */
const rowsAtOnce = 600

/** The same for tasks that start later: there may be many, and nothing happens to them. */
const laterAtFirst = 5

/**
 * The live list of tasks.
 *
 * @category elements
 * @since 0.1.0
 */
export class TaskList extends ServerElement {
  static override styles = [...base, connectionStyles, listStyles, unhandledStyles]

  static override properties: PropertyDeclarations = {
    ...ServerElement.properties,
    filter: { attribute: false },
    reading: { attribute: false }
  }

  declare filter: Filter
  declare reading: boolean
  private older: string | null | undefined = undefined
  private rows = rowsAtOnce
  private laterRows = laterAtFirst
  private readonly turns = new Turns<TaskAction>(() => this.requestUpdate())
  private search: ReturnType<typeof setTimeout> | undefined

  constructor() {
    super()
    this.filter = everything
    this.reading = false
  }

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    super.willUpdate(changed)
    if (changed.has("filter") && changed.get("filter") !== undefined) this.onFilter()
  }

  override render(): TemplateResult {
    return this.whole(() => this.list())
  }

  private list(): TemplateResult {
    const { state } = this.live
    const known = [...state.tasks.values()]
    const at = now()
    const fitting = known.filter(matches(this.filter))
    const shown = fitting.filter((task) => !isForLater(task, at)).sort(byInterest)
    const later = fitting.filter((task) => isForLater(task, at)).sort(byStart)
    return html`${rights(this.live)}${unhandled(this.live)}${this.bar(known)}
      <section class="panel" aria-label="Tasks" aria-busy=${state.known ? "false" : "true"}>${
      fitting.length === 0 ? this.nothingThere(known.length) : this.sections(shown, later)
    }</section>${this.foot(shown)}`
  }

  private bar(known: ReadonlyArray<Task>): TemplateResult {
    const counts = countByStatus(known)
    const types = [...new Set(known.map((task) => task.task_type))].sort()
    return html`<div class="bar">
      <div class="filters" role="group" aria-label="Filter by status">
        ${this.statusButton("", "All", known.length)}
        ${statuses.map((status) => this.statusButton(status, statusName(status), counts[status]))}
      </div>
      <div class="find">
        <label class="search"><span class="visually-hidden">Search tasks</span>${icon.search}
          <input type="search" placeholder="Search" .value=${this.filter.text} @input=${(event: InputEvent) =>
      this.set({ text: (event.target as HTMLInputElement).value })}></label>
        <label><span class="visually-hidden">Type of task</span><select .value=${this.filter.taskType} @change=${(
      event: Event
    ) => this.set({ taskType: (event.target as HTMLSelectElement).value })}><option value="">All types</option>${
      types.map((type) => html`<option value=${type} ?selected=${type === this.filter.taskType}>${type}</option>`)
    }</select></label>
        ${this.newButton()}
      </div>
      ${this.parentChip()}
    </div>`
  }

  private newButton(): TemplateResult | typeof nothing {
    return may(this.live.state.role, "operate")
      ? html`<button class="button primary" type="button" @click=${this.openForm}>${icon.add} New task</button>`
      : nothing
  }

  private statusButton(status: Status | "", name: string, number: number): TemplateResult {
    const pressed = this.filter.status === status
    return html`<button class="filter" type="button" aria-pressed=${pressed ? "true" : "false"}
      @click=${() => this.set({ status })}>${status === "" ? nothing : statusShape(status, 60)}
      <span>${name}</span><span class="count num">${count(number)}</span></button>`
  }

  private parentChip(): TemplateResult | typeof nothing {
    const { parentId } = this.filter
    if (parentId === "") return nothing
    return html`<span class="chip parent">Started by ${parentId}
      <button type="button" aria-label="Show all tasks" @click=${() =>
      this.set({ parentId: "" })}>${icon.close}</button></span>`
  }

  private sections(shown: ReadonlyArray<Task>, later: ReadonlyArray<Task>): TemplateResult {
    const drawn = shown.slice(0, this.rows)
    const ended = drawn.findIndex(isEnded)
    const live = ended < 0 ? drawn : drawn.slice(0, ended)
    const rest = ended < 0 ? [] : drawn.slice(ended)
    return html`${this.section("Now", live)}${this.later(later)}${
      this.section("Ended", rest, this.removeAllButton(rest.length))
    }`
  }

  /** The first to start are drawn, so that one of their clocks tells when the list is to be drawn again. */
  private later(later: ReadonlyArray<Task>): TemplateResult {
    const hidden = later.slice(this.laterRows)
    return html`${this.section("Later", later.slice(0, this.laterRows))}${
      this.more(hidden, () => this.laterRows += rowsAtOnce)
    }`
  }

  /** Draws more of the tasks that are not drawn, and goes on with the first of them. */
  private more(hidden: ReadonlyArray<Task>, draw: () => void): TemplateResult | typeof nothing {
    const first = hidden[0]
    if (first === undefined) return nothing
    return html`<p class="foot"><button class="button" type="button" @click=${() => {
      draw()
      void this.goOnWith(({ task_id }) => task_id === first.task_id)
    }}>Show ${plural(Math.min(hidden.length, rowsAtOnce), "more task")}${
      hidden.length > rowsAtOnce ? ` of ${count(hidden.length)}` : ""
    }</button></p>`
  }

  /** Takes the keyboard focus to the first such row, or to the last one if the button that had it has gone. */
  private async goOnWith(isNext: (task: Task) => boolean): Promise<void> {
    this.requestUpdate()
    await this.updateComplete
    const rows = [...this.renderRoot.querySelectorAll<BrinjalTask>("brinjal-task")]
    const row = rows.find(({ task }) => isNext(task)) ??
      (this.shadowRoot!.activeElement === null ? rows.at(-1) : undefined)
    await row?.updateComplete
    row?.focus()
  }

  private section(name: Section, tasks: ReadonlyArray<Task>, button?: TemplateResult): TemplateResult | typeof nothing {
    if (tasks.length === 0) return nothing
    return html`<div class="head"><h2>${name}</h2>${button ?? nothing}</div>
      <ul @task-action=${this.onAction} @due=${() => this.requestUpdate()}>${
      repeat(tasks, (task) =>
        task.task_id, (task) =>
        html`<li><brinjal-task .task=${task} .parentName=${this.parentName(task)} .forLater=${
          name === "Later"
        } .rights=${this.live.state.role}
          .busy=${this.turns.of(task.task_id)}></brinjal-task></li>`)
    }</ul>`
  }

  private removeAllButton(ended: number): TemplateResult | undefined {
    return ended === 0 || isFiltered(this.filter) || !may(this.live.state.role, "admin")
      ? undefined
      : html`<button class="clear" type="button" @click=${this.removeEnded}>Remove all</button>`
  }

  /** The recurring task that made it, if one did. */
  private parentName({ parent_id }: Task): string | undefined {
    return parent_id !== null && this.live.state.recurring.has(parent_id) ? parent_id : undefined
  }

  private foot(shown: ReadonlyArray<Task>): TemplateResult | typeof nothing {
    const hidden = shown.slice(this.rows)
    if (hidden.length > 0) return this.more(hidden, () => this.rows += rowsAtOnce)
    if (this.older === null || !this.live.state.known || this.live.state.tasks.size < 50 && !isFiltered(this.filter)) {
      return nothing
    }
    return html`<p class="foot"><button class="button" type="button" aria-disabled=${
      this.reading ? "true" : nothing
    } @click=${this.onOlder}>${this.reading ? "Looking…" : "Look for older tasks"}</button></p>`
  }

  private nothingThere(known: number): TemplateResult {
    if (!this.live.state.known) return html`<div class="empty" role="status">Loading the tasks…</div>`
    if (known > 0) {
      return html`<div class="empty"><h2>No task fits</h2>
        <p>${plural(known, "task")} ${known === 1 ? "is" : "are"} hidden by the filter.</p>
        <button class="button" type="button" @click=${() => this.filter = everything}>Show all tasks</button></div>`
    }
    return html`<div class="empty"><h2>No tasks yet</h2>
      <p>Tasks show up here the moment they are queued: by a recurring task when it is due, by your program with
        <code>manager.addTaskToQueue(...)</code>, over HTTP, or with the button below.</p>
      ${this.newButton()}</div>`
  }

  private set(change: Partial<Filter>): void {
    this.filter = { ...this.filter, ...change }
  }

  private onFilter(): void {
    this.rows = rowsAtOnce
    this.laterRows = laterAtFirst
    this.older = undefined
    clearTimeout(this.search)
    this.dispatchEvent(new CustomEvent("filter-change", { detail: this.filter, bubbles: true }))
    if (isFiltered(this.filter)) this.search = setTimeout(() => void this.readOlder(), 250)
  }

  private readonly onOlder = async ({ currentTarget: button }: Event): Promise<void> => {
    const page = this.reading ? undefined : await this.askForOlder()
    if (page === undefined) return
    const { tasks } = this.live.state
    const found = new Set(page.items.map(({ task_id }) => task_id).filter((id) => !tasks.has(id)))
    // the user may have gone elsewhere meanwhile
    const isHere = this.shadowRoot!.activeElement === button
    this.takeOlder(page)
    if (isHere) await this.goOnWith(({ task_id }) => found.has(task_id))
  }

  private async readOlder(): Promise<void> {
    const page = await this.askForOlder()
    if (page !== undefined) this.takeOlder(page)
  }

  private takeOlder({ items, next }: TaskPage): void {
    this.older = next
    this.live.change({ is: "read", tasks: items, recurring: [] })
  }

  /** Asks the server for older tasks that match the filter and that the page does not know. */
  private async askForOlder(): Promise<TaskPage | undefined> {
    const { filter, live } = this
    this.reading = true
    const query = {
      status: filter.status,
      task_type: filter.taskType,
      parent_id: filter.parentId,
      q: filter.text.trim(),
      before: this.older ?? undefined,
      limit: 100
    }
    const page = await live.api.get<TaskPage>("/tasks", query).catch(() => undefined)
    this.reading = false
    return filter === this.filter ? page : undefined
  }

  private readonly onAction = (event: Event): void => {
    const { action, task } = (event as CustomEvent<{ readonly action: TaskAction; readonly task: Task }>).detail
    if (action === "parent") return this.showParent(task)
    void this.turns.take(task.task_id, action, () => this.act(action, task))
  }

  private showParent(task: Task): void {
    if (this.parentName(task) !== undefined) return this.set({ parentId: task.parent_id! })
    this.set({ ...everything, text: task.parent_id! })
  }

  private async act(action: "cancel" | "retry" | "remove", task: Task): Promise<void> {
    const name = task.heading ?? task.task_type
    const path = `/tasks/${segment(task.task_id)}`
    const { api } = this.live
    if (action === "cancel") await this.attempt(`Cancelled "${name}".`, () => api.send("POST", `${path}/cancel`, {}))
    if (action === "retry") await this.attempt(`Queued "${name}" again.`, () => api.send("POST", `${path}/retry`))
    if (action === "remove") await this.attempt(`Removed "${name}".`, () => api.send("DELETE", path))
  }

  private readonly removeEnded = async (): Promise<void> => {
    const ended = [...this.live.state.tasks.values()].filter(isEnded).length
    const sure = await confirm(this, {
      title: "Remove all ended tasks?",
      text: `${plural(ended, "task")} with results, errors and traces will be forgotten. What runs or waits stays.`,
      yes: "Remove all"
    })
    if (sure) await this.attempt("Removed all ended tasks.", () => this.live.api.send("DELETE", "/tasks"))
  }

  private readonly openForm = (): void => {
    const form = document.createElement("brinjal-task-form")
    form.live = this.live
    if (this.theme !== undefined) form.setAttribute("theme", this.theme)
    this.renderRoot.append(form)
  }
}

customElements.define("task-list", TaskList)
