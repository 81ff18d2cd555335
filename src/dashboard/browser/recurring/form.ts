/**
 * `<brinjal-recurring-form>`: the dialog that adds or changes a recurring task. A change carries the version that the
 * user has seen, so that nobody overwrites what somebody else has just saved.
 */
import { html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit"
import { Refusal, segment } from "../core/api.ts"
import { localZone } from "../core/format.ts"
import type { Live } from "../core/live.ts"
import type { Recurring, TaskType } from "../core/wire.ts"
import { dialogStyles } from "../parts/dialogStyles.ts"
import { icon, iconButton } from "../parts/icons.ts"
import { say } from "../parts/notices.ts"
import { base } from "../parts/styles.ts"
import { typeField } from "../tasks/typeField.ts"
import "../parts/fields.ts"
import "./cronField.ts"
import { behaviourFields, readBehaviour } from "./behaviourFields.ts"

/**
 * The dialog of a recurring task.
 *
 * @category elements
 * @since 0.1.0
 */
export class BrinjalRecurringForm extends LitElement {
  static override styles = [...base, dialogStyles]

  static override properties: PropertyDeclarations = {
    types: { attribute: false },
    type: { attribute: false },
    recurring: { attribute: false },
    trouble: { attribute: false },
    conflict: { attribute: false },
    sending: { attribute: false }
  }

  declare live: Live
  declare recurring: Recurring | undefined
  declare types: ReadonlyArray<TaskType> | undefined
  declare type: TaskType | undefined
  declare trouble: string
  declare conflict: boolean
  declare sending: boolean
  /** The initial payload. It changes only with the task type, because a new object replaces what was typed. */
  private initial: object = {}

  constructor() {
    super()
    this.trouble = ""
    this.conflict = false
    this.sending = false
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.readTypes()
  }

  private async readTypes(): Promise<void> {
    try {
      this.types = await this.live.api.get<ReadonlyArray<TaskType>>("/task-types")
    } catch (cause) {
      this.types = []
      this.trouble = (cause as Error).message
    }
    const name = this.recurring?.task_type
    this.type = this.types.find(({ task_type }) => task_type === name) ??
      (name === undefined ? this.types[0] : undefined)
  }

  override firstUpdated(): void {
    this.dialog.showModal()
  }

  private get dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector("dialog")!
  }

  private text(id: string): string {
    return this.renderRoot.querySelector<HTMLInputElement>(`#${id}`)?.value.trim() ?? ""
  }

  override render(): TemplateResult {
    const { recurring } = this
    const title = recurring === undefined ? "Add a recurring task" : `Edit ${recurring.recurring_id}`
    return html`<dialog aria-labelledby="title" @close=${() => this.remove()}><form novalidate @submit=${this.onSubmit}>
      <header><h1 id="title">${title}</h1>${iconButton("Close", icon.close, () => this.dialog.close())}</header>
      <div class="fill">
        ${recurring === undefined ? nameField : nothing}
        ${this.when()}
        ${this.what()}
        ${behaviourFields(recurring)}
      </div>
      <footer>${this.trouble === "" ? nothing : this.problem()}<button class="button" type="button" @click=${() =>
      this.dialog.close()}>Cancel</button>
        <button class="button primary" type="submit" ?disabled=${
      recurring === undefined && this.type === undefined
    } aria-disabled=${this.sending ? "true" : nothing}>${
      recurring === undefined ? "Add" : "Save"
    }</button></footer></form></dialog>`
  }

  private when(): TemplateResult {
    const { recurring } = this
    const isCron = recurring === undefined || recurring.cron_expression !== null
    return html`${
      isCron ?
        nothing :
        html`<p>It runs <b>${recurring.description}</b>, which no single cron expression says. Leave the field
        empty to keep that; a cron expression replaces it.</p>`
    }<brinjal-cron .live=${this.live} .cron=${recurring?.cron_expression ?? ""} ?required=${isCron}
      .timezone=${recurring?.timezone ?? (recurring === undefined ? localZone() : "UTC")}></brinjal-cron>`
  }

  private choose(type: TaskType): void {
    this.type = type
    this.initial = {}
  }

  private what(): TemplateResult {
    const { recurring, type } = this
    return html`${recurring === undefined ? typeField(this.types, type, (chosen) => this.choose(chosen)) : nothing}
      <div class="field"><label for="heading">Heading <span class="optional">optional</span></label>
        <input id="heading" type="text" maxlength="1000" autocomplete="off" .value=${recurring?.heading ?? ""}
          placeholder=${recurring?.task_type ?? type?.display_name ?? ""}></div>
      ${
      type === undefined
        ? recurring === undefined || this.types === undefined ? nothing : html`<p class="soft">The task
          ${recurring.task_type} is not known here, so its payload cannot be edited.</p>`
        : html`<brinjal-fields .schema=${type.payload_schema} .initial=${
          recurring?.payload ?? this.initial
        }></brinjal-fields>`
    }`
  }

  private problem(): TemplateResult {
    return html`<div class="trouble" role="alert"><p>${this.trouble}</p>${
      this.conflict
        ? html`<button class="button" type="button" @click=${this.startAnew}>Start from the newest version</button>`
        : nothing
    }</div>`
  }

  private readonly startAnew = (): void => {
    const { live, recurring, theme } = {
      live: this.live,
      recurring: this.recurring!,
      theme: this.getAttribute("theme")
    }
    const form = document.createElement("brinjal-recurring-form")
    form.live = live
    form.recurring = live.state.recurring.get(recurring.recurring_id) ?? recurring
    if (theme !== null) form.setAttribute("theme", theme)
    this.parentNode!.append(form)
    this.dialog.close()
  }

  private onSubmit(event: Event): void {
    event.preventDefault()
    const cron = this.renderRoot.querySelector("brinjal-cron")!
    const fields = this.renderRoot.querySelector("brinjal-fields")
    const own = [...this.renderRoot.querySelectorAll<HTMLInputElement>("input, select")]
    const isFine = own.every((input) => input.reportValidity()) &&
      (cron.cron.trim() === "" && !cron.required || cron.reportValidity())
    if (this.sending || !isFine || fields?.reportValidity() === false) return
    void this.save(cron.cron.trim(), cron.timezone.trim(), fields?.value)
  }

  private async save(cron: string, timezone: string, payload: unknown): Promise<void> {
    const { recurring } = this
    const heading = this.text("heading")
    const body = {
      ...(cron === "" ? {} : { cron_expression: cron, timezone }),
      ...(payload === undefined ? {} : { payload }),
      ...(heading === "" ? {} : { heading }),
      ...readBehaviour(this.renderRoot as ShadowRoot, recurring)
    }
    this.sending = true
    try {
      if (recurring === undefined) await this.add(body)
      else await this.change(recurring, body)
      this.dialog.close()
    } catch (cause) {
      this.conflict = cause instanceof Refusal && cause.status === 409 && recurring !== undefined
      this.trouble = (cause as Error).message
      this.sending = false
    }
  }

  private async add(body: object): Promise<void> {
    const id = this.text("id")
    const whole = { ...body, task_type: this.type!.task_type, ...(id === "" ? {} : { recurring_id: id }) }
    const made = await this.live.api.send<Recurring>("POST", "/recurring", whole)
    say(this, `Added "${made.recurring_id}".`)
  }

  private async change(recurring: Recurring, body: object): Promise<void> {
    const path = `/recurring/${segment(recurring.recurring_id)}`
    await this.live.api.send("PATCH", path, body, { "if-match": `"${recurring.version}"` })
    say(this, `Saved "${recurring.recurring_id}".`)
  }
}

const nameField = html`<div class="field"><label for="id">Name <span class="optional">optional</span></label>
  <input id="id" type="text" maxlength="200" autocomplete="off" autocapitalize="off" spellcheck="false" placeholder="nightly-backup"
    aria-describedby="id-hint"><span class="hint" id="id-hint">Its id. The same name after a restart is the same recurring task.</span></div>`

customElements.define("brinjal-recurring-form", BrinjalRecurringForm)

declare global {
  interface HTMLElementTagNameMap {
    "brinjal-recurring-form": BrinjalRecurringForm
  }
}
