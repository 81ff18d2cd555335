/**
 * `<recurring-list>`: the recurring tasks of a server, live. It can be used on its own in any page: `<recurring-list
 * api="/api/tasks"></recurring-list>`.
 */
import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit"
import { repeat } from "lit/directives/repeat.js"
import { segment } from "../core/api.ts"
import { count, nearby, plural } from "../core/format.ts"
import { may } from "../core/state.ts"
import { Turns } from "../core/turns.ts"
import type { Recurring, Task } from "../core/wire.ts"
import { now } from "../parts/clock.ts"
import { confirm } from "../parts/confirm.ts"
import { connectionStyles, rights } from "../parts/connection.ts"
import { icon } from "../parts/icons.ts"
import { ServerElement } from "../parts/serverElement.ts"
import { base } from "../parts/styles.ts"
import "./form.ts"
import type { BrinjalRecurring, RecurringAction, RecurringRequest } from "./row.ts"
import "./row.ts"

const weight: Record<Task["status"], number> = { queued: 1, running: 3, done: 7, failed: 11, cancelled: 13 }

/** How many rows are drawn before the user asks for more. */
const rowsAtOnce = 100

/**
 * The live list of recurring tasks.
 *
 * @category elements
 * @since 0.1.0
 */
export class RecurringList extends ServerElement {
  static override styles = [
    ...base,
    connectionStyles,
    css`
    :host { display: block }
    .bar { display: flex; flex-wrap: wrap; gap: 10px; align-items: center; justify-content: space-between; margin-bottom: 12px }
    .search { position: relative; flex: 0 1 240px }
    @media (max-width: 640px) { .right { flex-basis: 100% } .search { flex: 1 } }
    .search svg { position: absolute; left: 10px; top: 50%; transform: translateY(-50%); color: var(--bj-soft); pointer-events: none }
    .search input { padding-left: 32px; min-height: 32px }
    .right { display: flex; gap: 8px; align-items: center; flex: 1; justify-content: flex-end }
    li + li { border-top: 1px solid var(--bj-line) }
    .foot { padding: 14px; text-align: center }
  `
  ]

  static override properties: PropertyDeclarations = { ...ServerElement.properties, text: { attribute: false } }

  declare text: string
  private drawn = rowsAtOnce
  private readonly turns = new Turns<RecurringAction>(() => this.requestUpdate())

  constructor() {
    super()
    this.text = ""
  }

  override render(): TemplateResult {
    return this.whole(() => this.list())
  }

  private list(): TemplateResult {
    const all = [...this.live.state.recurring.values()]
    const text = this.text.trim().toLowerCase()
    const shown = text === "" ? all : all.filter((recurring) => haystack(recurring).includes(text))
    return html`${rights(this.live)}<div class="bar"><p class="soft">${summary(all)}</p><div class="right">
        <label class="search"><span class="visually-hidden">Search recurring tasks</span>${icon.search}
          <input type="search" placeholder="Search" .value=${this.text}
            @input=${(event: Event) => this.search((event.target as HTMLInputElement).value)}></label>
        ${this.addButton("Add")}</div></div>
      <section class="panel" aria-label="Recurring tasks" aria-busy=${this.live.state.known ? "false" : "true"}>${
      shown.length === 0 ? this.nothingThere(all.length) : this.rows(shown.slice(0, this.drawn))
    }</section>${this.more(shown.slice(this.drawn))}`
  }

  private search(text: string): void {
    this.text = text
    this.drawn = rowsAtOnce
  }

  /** Draws more of those that are not drawn, and goes on with the first of them. */
  private more(hidden: ReadonlyArray<Recurring>): TemplateResult | typeof nothing {
    const first = hidden[0]
    if (first === undefined) return nothing
    return html`<p class="foot"><button class="button" type="button" @click=${() => {
      this.drawn += rowsAtOnce
      void this.goOnWith(first.recurring_id)
    }}>Show ${plural(Math.min(hidden.length, rowsAtOnce), "more recurring task")}${
      hidden.length > rowsAtOnce ? ` of ${count(hidden.length)}` : ""
    }</button></p>`
  }

  /** Takes the keyboard focus to a row, or to the last one if it has gone. */
  private async goOnWith(id: string): Promise<void> {
    this.requestUpdate()
    await this.updateComplete
    const rows = [...this.renderRoot.querySelectorAll<BrinjalRecurring>("brinjal-recurring")]
    const row = rows.find(({ recurring }) => recurring.recurring_id === id) ?? rows.at(-1)
    await row?.updateComplete
    row?.focus()
  }

  private addButton(text: string): TemplateResult | typeof nothing {
    return may(this.live.state.role, "admin")
      ? html`<button class="button primary" type="button" @click=${() => this.openForm()}>${icon.add} ${text}</button>`
      : nothing
  }

  private rows(shown: ReadonlyArray<Recurring>): TemplateResult {
    const revisions = this.revisions()
    return html`<ul @recurring-action=${this.onAction}>${
      repeat(shown, ({ recurring_id }) =>
        recurring_id, (recurring) =>
        html`<li><brinjal-recurring ?first=${
          recurring === shown[0]
        } .live=${this.live} .rights=${this.live.state.role} .recurring=${recurring}
          .revision=${revisions.get(recurring.recurring_id) ?? 0}
          .busy=${this.turns.of(recurring.recurring_id)}></brinjal-recurring></li>`)
    }</ul>`
  }

  /** A number per recurring task that changes when one of its tasks begins or ends, but not with its progress. */
  private revisions(): ReadonlyMap<string, number> {
    const revisions = new Map<string, number>()
    for (const { parent_id, status } of this.live.state.tasks.values()) {
      if (parent_id !== null) revisions.set(parent_id, (revisions.get(parent_id) ?? 0) + weight[status])
    }
    return revisions
  }

  private nothingThere(all: number): TemplateResult {
    if (!this.live.state.known) return html`<div class="empty" role="status">Loading the recurring tasks…</div>`
    if (all > 0) {
      return html`<div class="empty"><h2>No recurring task fits</h2><p>${plural(all, "recurring task")} ${
        all === 1 ? "is" : "are"
      } hidden by the search.</p><button class="button" type="button" @click=${() =>
        this.search("")}>Show all</button></div>`
    }
    return html`<div class="empty"><h2>Nothing recurs yet</h2>
      <p>A recurring task runs a task on a schedule: <code>0 2 * * *</code> is every night at two. Add one here, or declare it
        in your program:</p>
      <p><pre tabindex="0">RecurringTask.layer("nightly-backup", {
  cronExpression: "0 2 * * *",
  templateTask: Backup.template({ ... })
})</pre></p>
      ${this.addButton("Add a recurring task")}</div>`
  }

  private openForm(recurring?: Recurring): void {
    const form = document.createElement("brinjal-recurring-form")
    form.live = this.live
    form.recurring = recurring
    if (this.theme !== undefined) form.setAttribute("theme", this.theme)
    this.renderRoot.append(form)
  }

  private readonly onAction = (event: Event): void => {
    const { action, occurrence, recurring } = (event as CustomEvent<RecurringRequest>).detail
    const id = recurring.recurring_id
    void actions[action](this, id, `/recurring/${segment(id)}`, occurrence)
  }

  /** Makes a request about a recurring task when it is its turn, and tells the user how it went. */
  private request(id: string, action: RecurringAction, done: string, send: () => Promise<unknown>): Promise<void> {
    return this.turns.take(id, action, () => this.attempt(done, send))
  }

  /** The form begins with what was saved before. */
  edit(id: string): Promise<void> {
    return this.turns.take(id, "edit", () => {
      const recurring = this.live.state.recurring.get(id)
      if (recurring !== undefined) this.openForm(recurring)
    })
  }

  trigger(id: string, path: string, occurrence?: string): Promise<void> {
    const what = occurrence === undefined ? "" : ` for ${nearby(occurrence, now())}`
    const body = occurrence === undefined ? {} : { scheduled_at: occurrence }
    return this.request(
      id,
      "trigger",
      `Started "${id}"${what}.`,
      () => this.live.api.send("POST", `${path}/trigger`, body)
    )
  }

  enable(id: string, path: string): Promise<void> {
    return this.request(id, "enable", `Enabled "${id}".`, () => this.live.api.send("POST", `${path}/enable`, {}))
  }

  async disable(id: string, path: string): Promise<void> {
    const answer = await confirm(this, {
      title: `Disable ${id}?`,
      text: "No new runs start until it is enabled again. Runs that are active go on.",
      yes: "Disable",
      mild: true,
      note: { label: "Why", placeholder: "Shown to everyone who looks at it" }
    })
    if (answer === undefined) return
    const body = answer.note === "" ? {} : { note: answer.note }
    await this.request(id, "disable", `Disabled "${id}".`, () => this.live.api.send("POST", `${path}/disable`, body))
  }

  async erase(id: string, path: string): Promise<void> {
    const answer = await confirm(this, {
      title: `Remove ${id}?`,
      text: "Its schedule and its history are deleted. Its tasks stay in the list of tasks.",
      yes: "Remove",
      choice: "Cancel its active runs, instead of letting them end"
    })
    if (answer === undefined) return
    const instances = answer.choice ? "interrupt" : "drain"
    await this.request(id, "remove", `Removed "${id}".`, async () => {
      await this.live.api.send("DELETE", `${path}?instances=${instances}`)
      // at once, because its row would request what does not exist any more
      this.live.change({ is: "recurringRemoved", id })
    })
  }
}

const actions = {
  edit: (list: RecurringList, id: string) => list.edit(id),
  trigger: (list: RecurringList, id: string, path: string, occurrence?: string) => list.trigger(id, path, occurrence),
  enable: (list: RecurringList, id: string, path: string) => list.enable(id, path),
  disable: (list: RecurringList, id: string, path: string) => list.disable(id, path),
  remove: (list: RecurringList, id: string, path: string) => list.erase(id, path)
}

const haystack = (recurring: Recurring): string =>
  [
    recurring.recurring_id,
    recurring.heading,
    recurring.description,
    recurring.task_type,
    recurring.cron_expression,
    recurring.note
  ].join("\n").toLowerCase()

const summary = (all: ReadonlyArray<Recurring>): TemplateResult | typeof nothing => {
  if (all.length === 0) return nothing
  const off = all.filter(({ enabled }) => !enabled).length
  const failing = all.filter(({ consecutive_failures }) => consecutive_failures > 0).length
  return html`${plural(all.length, "recurring task")}${off === 0 ? nothing : `, ${off} disabled`}${
    failing === 0 ? nothing : `, ${failing} failing`
  }`
}

customElements.define("recurring-list", RecurringList)
