/**
 * `<brinjal-task>`: one task as a row that expands. It renders only if its task is another object than before, so that
 * the cost of a list of hundreds is that of what has changed.
 */
import { html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit"
import { type Tally, total } from "../core/lineage.ts"
import { may, type Role } from "../core/state.ts"
import { isEnded } from "../core/status.ts"
import type { Task } from "../core/wire.ts"
import { icon, iconButton, statusName, statusShape } from "../parts/icons.ts"
import { base } from "../parts/styles.ts"
import { vars } from "../parts/vars.ts"
import { details, type Origin } from "./details.ts"
import { fold, foldStyles } from "./fold.ts"
import { rowStyles } from "./rowStyles.ts"

/**
 * What a row asks its list to do with the task.
 *
 * @category models
 * @since 0.1.0
 */
export type TaskAction = "cancel" | "retry" | "remove"

/**
 * What a row asks its list for: also to open or close the task or its family, and to show what is above or below it.
 *
 * @category models
 * @since 0.1.0
 */
export type RowRequest = TaskAction | "open" | "fold" | "parent" | "children"

/**
 * One task of a list.
 *
 * @category elements
 * @since 0.1.0
 */
export class BrinjalTask extends LitElement {
  static override styles = [...base, rowStyles, foldStyles]

  static override properties: PropertyDeclarations = {
    task: { attribute: false },
    parentName: { attribute: false },
    origin: { attribute: false },
    alone: { attribute: false },
    below: { attribute: false },
    unfolded: { attribute: false },
    forLater: { attribute: false },
    open: { type: Boolean, reflect: true },
    whole: { attribute: false },
    busy: { attribute: false },
    rights: { attribute: false }
  }

  declare task: Task
  /** The name of what has started it. */
  declare parentName: string
  declare origin: Origin
  /** Whether it is shown by itself, and not below its parent. */
  declare alone: boolean
  /** The sum of what it has started. */
  declare below: Tally
  declare unfolded: boolean
  /** Whether it starts only when its time comes. */
  declare forLater: boolean
  declare open: boolean
  /** Whether all of a long result is shown. */
  declare whole: boolean
  /** What was asked of it and has not ended. */
  declare busy: ReadonlySet<TaskAction>
  declare rights: Role

  constructor() {
    super()
    this.whole = false
  }

  private ask(action: RowRequest): void {
    this.dispatchEvent(new CustomEvent("task-action", { detail: { action, task: this.task }, bubbles: true }))
  }

  /** Whether the keyboard is on the button that unfolds the family. */
  get isOnFold(): boolean {
    return this.shadowRoot?.activeElement?.classList.contains("fold") === true
  }

  /** The keyboard focus of a row is on its name. */
  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector<HTMLElement>(".name")?.focus(options)
  }

  /** Takes the keyboard to the button that unfolds the family, if there is one. */
  focusFold(): void {
    const button = this.renderRoot.querySelector<HTMLElement>(".fold")
    if (button === null) this.focus()
    else button.focus()
  }

  override render(): TemplateResult {
    const { task } = this
    return html`<article class="row ${task.status}" aria-label="${nameOf(task)}, ${statusName(task.status)}">
      <span class="shape">${statusShape(task.status, task.progress)}</span>
      ${picture(task)}
      <div class="what">
        <button class="name" type="button" aria-expanded=${this.open ? "true" : "false"} @click=${() =>
      this.ask("open")}>${nameOf(task)}</button>
        ${task.heading === null ? nothing : html`<span class="chip">${task.task_type}</span>`}
        ${task.attempt > 1 ? html`<span class="chip warn">attempt ${task.attempt}</span>` : nothing}
        ${task.parked && !this.forLater ? html`<span class="chip">waits for ${task.concurrency_key}</span>` : nothing}
        ${this.link()}
        <p class="body">${line(task)}</p>
        ${total(this.below) === 0 ? nothing : fold(nameOf(task), this.below, this.unfolded, () => this.ask("fold"))}
      </div>
      ${progress(task)}
      <span class="when num">${when(task, this.forLater)}</span>
      <span class="actions">${this.actions()}</span>
      ${
      this.open ? details(task, this, (what) => what === "result" ? this.whole = !this.whole : this.ask(what)) : nothing
    }
    </article>`
  }

  /** The way from a task that is shown by itself to the one that has started it. */
  private link(): TemplateResult | typeof nothing {
    return this.alone && this.origin === "task"
      ? html`<button class="chip from" type="button" title="Started by ${this.parentName}" @click=${() =>
        this.ask(
          "parent"
        )}>${icon.parent}<span class="visually-hidden">Started by </span><span>${this.parentName}</span></button>`
      : nothing
  }

  private actions(): TemplateResult {
    const { busy, rights, task } = this
    const name = nameOf(task)
    const button = (needed: Role, text: string, picture: TemplateResult, action: TaskAction) =>
      may(rights, needed)
        ? iconButton(text, picture, () => this.ask(action), {
          disabled: busy.has(action),
          danger: action !== "retry"
        })
        : nothing
    return isEnded(task)
      ? html`${button("operate", `Run ${name} again`, icon.retry, "retry")}${
        button("admin", `Remove ${name}`, icon.remove, "remove")
      }`
      : html`${button("operate", `Cancel ${name}`, icon.cancel, "cancel")}`
  }
}

/**
 * What people call a task.
 *
 * @category names
 * @since 0.1.0
 */
export const nameOf = (task: Task): string => task.heading ?? task.task_type

/** Whether a browser may safely load this as a picture. */
const isPicture = (url: string): boolean => /^(https?:|data:image\/|blob:|\.{0,2}\/|[^:]*$)/i.test(url)

const picture = ({ img }: Task): TemplateResult | typeof nothing =>
  img === null || !isPicture(img)
    ? nothing
    : html`<img src=${img} alt="" width="28" height="28" loading="lazy" decoding="async" referrerpolicy="no-referrer"
      @error=${(event: Event) => (event.target as HTMLElement).hidden = true}>`

const line = (task: Task): string => task.error === null ? task.body ?? "" : task.error.message || task.error.type

/** Whether a task waits for its next attempt: in its process it still counts as running, after a restart as queued. */
const waits = (task: Task): task is Task & { readonly retry_at: string } => task.retry_at !== null && !isEnded(task)

/** Since when a queued task could have started. */
const waitsSince = ({ created_at, scheduled_at }: Task): string =>
  scheduled_at !== null && scheduled_at > created_at ? scheduled_at : created_at

const progress = (task: Task): TemplateResult | typeof nothing => {
  if (task.status !== "running" || waits(task)) return html`<span class="bar-place"></span>`
  const { progress } = task
  const unknown = progress < 0
  return html`<span class="progress"><span class="bar ${
    unknown ? "unknown" : ""
  }" role="progressbar" aria-label="Progress"
    aria-valuemin="0" aria-valuemax="100" aria-valuenow=${unknown ? nothing : progress}
    ${vars({ "--progress": `${unknown ? 100 : progress}%` })}></span>
    <span class="percent num" aria-hidden="true">${unknown ? "…" : `${Math.round(progress)}%`}</span></span>`
}

const when = (task: Task, isForLater: boolean): TemplateResult => {
  if (waits(task)) {
    return html`<span class="retry">again <brinjal-clock .value=${{
      at: task.retry_at,
      mode: "until"
    }}></brinjal-clock></span>`
  }
  if (isForLater) {
    return html`starts <brinjal-clock .value=${{ at: task.scheduled_at!, mode: "until" }}></brinjal-clock>`
  }
  if (task.status === "running") {
    return html`<brinjal-clock .value=${{ at: task.started_at ?? task.created_at, mode: "since" }}></brinjal-clock>`
  }
  if (!isEnded(task)) return html`<brinjal-clock .value=${{ at: waitsSince(task), mode: "ago" }}></brinjal-clock>`
  const at = task.completed_at ?? task.created_at
  return html`${
    task.started_at === null ? nothing : html`<brinjal-clock class="took"
      .value=${{ at: task.started_at, end: at, mode: "span" }}></brinjal-clock>`
  } <brinjal-clock .value=${{ at, mode: "ago" }}></brinjal-clock>`
}

customElements.define("brinjal-task", BrinjalTask)
