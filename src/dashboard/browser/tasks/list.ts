/**
 * `<task-list>`: the tasks of a server, live, with filters and search. It can be used on its own in any page:
 * `<task-list api="/api/tasks"></task-list>`. It also reads the attribute `base_url` of the original.
 */
import { html, nothing, type PropertyDeclarations, type TemplateResult } from "lit"
import { repeat } from "lit/directives/repeat.js"
import { segment } from "../core/api.ts"
import { childrenOf, type Rows, rowsOf } from "../core/families.ts"
import { count, plural } from "../core/format.ts"
import type { Kin } from "../core/lineage.ts"
import { everything, type Filter, isFiltered, may } from "../core/state.ts"
import { isEnded } from "../core/status.ts"
import { Turns } from "../core/turns.ts"
import type { Task, TaskPage } from "../core/wire.ts"
import { now } from "../parts/clock.ts"
import { confirm } from "../parts/confirm.ts"
import { connectionStyles, rights } from "../parts/connection.ts"
import { icon } from "../parts/icons.ts"
import { ServerElement } from "../parts/serverElement.ts"
import { base } from "../parts/styles.ts"
import { bar, barStyles } from "./bar.ts"
import type { Origin } from "./details.ts"
import { absent, familyStyles, note } from "./family.ts"
import { foldStyles } from "./fold.ts"
import "./form.ts"
import { KeepsKeyboard } from "./keyboard.ts"
import { listStyles } from "./listStyles.ts"
import { ManyTasks } from "./many.ts"
import { pausedStyles, PausedTypes } from "./paused.ts"
import { type BrinjalTask, nameOf, type RowRequest, type TaskAction } from "./row.ts"
import { unhandled, unhandledStyles } from "./unhandled.ts"

type Section = "Now" | "Later" | "Ended"

/** How many rows are drawn before the user asks for more. */
const rowsAtOnce = 600

/** The same for tasks that start later: there may be many, and nothing happens to them. */
const laterAtFirst = 5

/** How many children of a task are drawn when it is unfolded. Those that have failed are drawn anyway. */
const childrenAtOnce = 100

/**
 * The live list of tasks.
 *
 * @category elements
 * @since 0.1.0
 */
export class TaskList extends ServerElement {
  static override styles = [
    ...base,
    connectionStyles,
    barStyles,
    listStyles,
    foldStyles,
    familyStyles,
    unhandledStyles,
    pausedStyles
  ]

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
  /** The tasks whose details are shown. */
  private readonly opened = new Set<string>()
  /** The tasks whose children are shown, and how many of them. */
  private readonly unfolded = new Map<string, number>()
  private readonly turns = new Turns<TaskAction>(() => this.requestUpdate())
  private readonly many = new ManyTasks(this)
  private readonly pausedTypes = new PausedTypes(this)
  private search: ReturnType<typeof setTimeout> | undefined

  constructor() {
    super()
    this.filter = everything
    this.reading = false
    this.addController(new KeepsKeyboard(this))
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
    const rows = rowsOf(state, this.filter, now())
    const buttons = html`${this.pausedTypes.button(this.filter.taskType)}${this.newButton()}`
    return html`${rights(this.live)}${unhandled(this.live)}${this.pausedTypes.lines()}${
      bar(known, this.filter, (change) => this.set(change), buttons, this.parentName())
    }
      <section class="panel" aria-label="Tasks" aria-busy=${state.known ? "false" : "true"}>${
      rows.fitting === 0 ? this.nothingThere(known.length) : this.sections(rows)
    }</section>${this.foot(rows)}`
  }

  private newButton(): TemplateResult | typeof nothing {
    return may(this.live.state.role, "operate")
      ? html`<button class="button primary" type="button" @click=${this.openForm}>${icon.add} New task</button>`
      : nothing
  }

  private sections({ ended, later, now }: Rows): TemplateResult {
    const rest = ended.slice(0, Math.max(0, this.rows - now.length))
    const cancel = this.cancelAllButton()
    return html`${this.section("Now", now.slice(0, this.rows), cancel)}${
      this.later(later, now.length === 0 ? cancel : undefined)
    }${this.section("Ended", rest, this.endedButtons(rest.length))}`
  }

  /** The first to start are drawn, so that one of their clocks tells when the list is to be drawn again. */
  private later(later: ReadonlyArray<Task>, button: TemplateResult | undefined): TemplateResult {
    const { lineage } = this.live.state
    const hidden = later.slice(this.laterRows)
    const drawn = later.slice(0, this.laterRows).map(({ task_id }) => lineage.get(task_id)!)
    return html`${this.section("Later", drawn, button)}${
      this.more(hidden.map(({ task_id }) => task_id), () => this.laterRows += rowsAtOnce)
    }`
  }

  /** Draws more of the tasks that are not drawn, and goes on with the first of them. */
  private more(hidden: ReadonlyArray<string>, draw: () => void): TemplateResult | typeof nothing {
    return hidden.length === 0 ? nothing : html`<p class="foot">${this.moreButton(hidden, rowsAtOnce, draw)}</p>`
  }

  private moreButton(hidden: ReadonlyArray<string>, atOnce: number, draw: () => void): TemplateResult | typeof nothing {
    const first = hidden[0]
    if (first === undefined) return nothing
    return html`<button class="button" type="button" @click=${() => {
      draw()
      void this.goOnWith(({ task_id }) => task_id === first)
    }}>Show ${plural(Math.min(hidden.length, atOnce), "more task")}${
      hidden.length > atOnce ? ` of ${count(hidden.length)}` : ""
    }</button>`
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

  private section(name: Section, rows: ReadonlyArray<Kin>, button?: TemplateResult): TemplateResult | typeof nothing {
    if (rows.length === 0) return nothing
    return html`<div class="head"><h2>${name}</h2>${button ?? nothing}</div>
      <ul @task-action=${this.onAction} @due=${() => this.requestUpdate()}>${
      repeat(rows, ({ id }) => id, (kin) => html`<li>${this.family(kin, true, name === "Later")}</li>`)
    }</ul>`
  }

  /** A row, and below it what it has started, if the user wants to see that. */
  private family(kin: Kin, alone: boolean, forLater = false): TemplateResult {
    const { id, task } = kin
    const limit = this.unfolded.get(id)
    return html`${
      task === undefined
        ? absent(kin, limit !== undefined, () => this.toggleFold(id))
        : this.row(task, kin, alone, forLater)
    }${limit === undefined ? nothing : this.below(kin, limit)}`
  }

  private row(task: Task, { below, id }: Kin, alone: boolean, forLater: boolean): TemplateResult {
    const { name, origin } = this.originOf(task)
    return html`<brinjal-task .task=${task} .parentName=${name} .origin=${origin} .below=${below} .forLater=${forLater}
      .alone=${alone && this.filter.parentId !== task.parent_id} .open=${this.opened.has(id)} .unfolded=${
      this.unfolded.has(id)
    } .rights=${this.live.state.role} .busy=${this.turns.of(id)}></brinjal-task>`
  }

  private below(kin: Kin, limit: number): TemplateResult {
    const all = childrenOf(kin, this.filter, now())
    const isDrawn = (child: Kin, index: number) =>
      index < limit || child.task?.status === "failed" || child.below.failed > 0
    const drawn = all.shown.filter(isDrawn)
    const hidden = all.shown.filter((child, index) => !isDrawn(child, index)).map(({ id }) => id)
    const more = this.moreButton(hidden, childrenAtOnce, () => this.unfolded.set(kin.id, limit + childrenAtOnce))
    return html`<div class="family">${
      drawn.length === 0
        ? nothing
        : html`<ul aria-label="Started by ${kin.task === undefined ? kin.id : nameOf(kin.task)}">${
          repeat(drawn, ({ id }) => id, (child) => html`<li>${this.family(child, false)}</li>`)
        }</ul>`
    }${note(all, kin, more, () => this.showChildren(kin.id))}</div>`
  }

  private cancelAllButton(): TemplateResult | undefined {
    return isFiltered(this.filter) && may(this.live.state.role, "operate")
      ? this.many.button("cancel", this.filter)
      : undefined
  }

  private endedButtons(ended: number): TemplateResult | undefined {
    const { filter, live: { state: { role } } } = this
    if (ended === 0) return undefined
    if (isFiltered(filter)) {
      return html`<div class="all">${
        may(role, "operate")
          ? this.many.button("retry", filter, filter.status === "" ? "Retry failed" : undefined)
          : nothing
      }${may(role, "admin") ? this.many.button("remove", filter) : nothing}</div>`
    }
    return may(role, "admin")
      ? html`<button class="clear remove" type="button" @click=${this.removeEnded}>Remove all</button>`
      : undefined
  }

  /** The name of what has started all that are shown. */
  private parentName(): string {
    const parent = this.live.state.tasks.get(this.filter.parentId)
    return parent === undefined ? this.filter.parentId : nameOf(parent)
  }

  /** What has started it. */
  private originOf({ parent_id }: Task): { readonly name: string; readonly origin: Origin } {
    const { recurring, tasks } = this.live.state
    const name = parent_id ?? ""
    if (recurring.has(name)) return { name, origin: "recurring" }
    const parent = tasks.get(name)
    return parent === undefined ? { name, origin: "unknown" } : { name: nameOf(parent), origin: "task" }
  }

  private foot({ ended, now }: Rows): TemplateResult | typeof nothing {
    const hidden = [...now, ...ended].slice(this.rows)
    if (hidden.length > 0) return this.more(hidden.map(({ id }) => id), () => this.rows += rowsAtOnce)
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
    const { action, task } = (event as CustomEvent<{ readonly action: RowRequest; readonly task: Task }>).detail
    const id = task.task_id
    if (action === "parent") return this.showParent(task)
    if (action === "children") return this.showChildren(id)
    if (action === "open") return this.toggleOpen(id)
    if (action === "fold") return this.toggleFold(id)
    void this.turns.take(id, action, () => this.act(action, task))
  }

  private toggleOpen(id: string): void {
    if (!this.opened.delete(id)) this.opened.add(id)
    this.requestUpdate()
  }

  private toggleFold(id: string): void {
    if (!this.unfolded.delete(id)) this.unfolded.set(id, childrenAtOnce)
    this.requestUpdate()
  }

  /** Shows a task with its family, or all instances of a recurring task. */
  private showParent(task: Task): void {
    const id = task.parent_id!
    if (this.originOf(task).origin === "recurring") return this.set({ parentId: id })
    this.unfolded.set(id, childrenAtOnce)
    this.filter = { ...everything, text: id }
    void this.goOnWith(({ task_id }) => task_id === id)
  }

  private showChildren(id: string): void {
    this.filter = { ...everything, parentId: id }
    void this.goOnWith(({ parent_id }) => parent_id === id)
  }

  private async act(action: TaskAction, task: Task): Promise<void> {
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
