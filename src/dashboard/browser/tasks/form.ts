/**
 * `<brinjal-task-form>`: the dialog that queues a task of any registered type.
 */
import { html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit"
import { instant, localZone } from "../core/format.ts"
import type { Live } from "../core/live.ts"
import type { NewTask, TaskType } from "../core/wire.ts"
import { now } from "../parts/clock.ts"
import { dialogStyles } from "../parts/dialogStyles.ts"
import type { BrinjalFields } from "../parts/fields.ts"
import "../parts/fields.ts"
import { icon, iconButton } from "../parts/icons.ts"
import { say } from "../parts/notices.ts"
import { base } from "../parts/styles.ts"
import { typeField } from "./typeField.ts"

/**
 * The dialog for a new task.
 *
 * @category elements
 * @since 0.1.0
 */
export class BrinjalTaskForm extends LitElement {
  static override styles = [...base, dialogStyles]

  static override properties: PropertyDeclarations = {
    types: { attribute: false },
    type: { attribute: false },
    trouble: { attribute: false },
    sending: { attribute: false }
  }

  declare live: Live
  declare types: ReadonlyArray<TaskType> | undefined
  declare type: TaskType | undefined
  declare trouble: string
  declare sending: boolean
  /** The initial payload. It changes only with the task type, because a new object replaces what was typed. */
  private initial: object = {}
  /** One key per dialog, so that a second click cannot queue a second task. */
  private key = crypto.randomUUID?.() ?? String(Math.random())

  constructor() {
    super()
    this.trouble = ""
    this.sending = false
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.live.api.get<ReadonlyArray<TaskType>>("/task-types").then(
      (types) => {
        this.types = types
        this.type = types[0]
      },
      (cause: Error) => {
        this.types = []
        this.trouble = cause.message
      }
    )
  }

  override firstUpdated(): void {
    this.dialog.showModal()
  }

  private get dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector("dialog")!
  }

  private get fields(): BrinjalFields | null {
    return this.renderRoot.querySelector("brinjal-fields")
  }

  private get start(): HTMLInputElement {
    return this.renderRoot.querySelector("#start")!
  }

  override render(): TemplateResult {
    return html`<dialog aria-labelledby="title" @close=${() => this.remove()}><form novalidate @submit=${this.onSubmit}>
      <header><h1 id="title">New task</h1>${iconButton("Close", icon.close, () => this.dialog.close())}</header>
      <div class="fill">
        ${typeField(this.types, this.type, (type) => this.choose(type))}
        ${this.type === undefined ? nothing : this.body(this.type)}
      </div>
      <footer>${
      this.trouble === "" ? nothing : html`<p class="trouble" role="alert">${this.trouble}</p>`
    }<button class="button" type="button" @click=${() => this.dialog.close()}>Cancel</button>
        <button class="button primary" type="submit" ?disabled=${this.type === undefined} aria-disabled=${
      this.sending ? "true" : nothing
    }>Queue task</button>
      </footer></form></dialog>`
  }

  private choose(type: TaskType): void {
    this.type = type
    this.initial = {}
  }

  private body(type: TaskType): TemplateResult {
    return html`<div class="pair">
        <div class="field"><label for="heading">Heading <span class="optional">optional</span></label>
          <input id="heading" type="text" maxlength="1000" autocomplete="off" placeholder=${type.display_name}></div>
        <div class="field"><label for="start">Start <span class="optional">optional</span></label>
          <input id="start" type="datetime-local" max="9999-12-31T23:59" aria-describedby="start-hint">
          <span class="hint" id="start-hint">In ${localZone()}; at once if empty.</span></div>
      </div>
      <brinjal-fields .schema=${type.payload_schema} .initial=${this.initial}></brinjal-fields>`
  }

  private onSubmit(event: Event): void {
    event.preventDefault()
    const { fields, start, type } = this
    if (type === undefined || fields === null || this.sending) return
    if (!start.reportValidity() || !fields.reportValidity()) return
    void this.send(type, fields)
  }

  private async send(type: TaskType, fields: BrinjalFields): Promise<void> {
    const heading = this.renderRoot.querySelector<HTMLInputElement>("#heading")!.value.trim()
    const start = this.start.value
    const task: NewTask = {
      task_type: type.task_type,
      payload: fields.value as NonNullable<NewTask["payload"]>,
      ...(heading === "" ? {} : { heading }),
      ...(start === "" ? {} : { start_at: new Date(start).toISOString() })
    }
    this.sending = true
    try {
      await this.live.api.send("POST", "/tasks", task, { "idempotency-key": this.key })
      say(this, `Queued "${heading || type.display_name}"${laterAt(start)}.`)
      this.dialog.close()
    } catch (cause) {
      this.trouble = (cause as Error).message
      this.key = crypto.randomUUID?.() ?? String(Math.random())
      this.sending = false
    }
  }
}

const laterAt = (start: string): string => Date.parse(start) > now() ? ` for ${instant(start)}` : ""

customElements.define("brinjal-task-form", BrinjalTaskForm)

declare global {
  interface HTMLElementTagNameMap {
    "brinjal-task-form": BrinjalTaskForm
    "brinjal-fields": BrinjalFields
  }
}
