/**
 * `<brinjal-cron>`: a cron expression and its time zone. While the user types, it shows what they mean in words, the
 * next runs in both time zones, what may be wrong, and where the expression cannot be read.
 */
import { css, html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit"
import { instant, inZone, localZone } from "../core/format.ts"
import type { Live } from "../core/live.ts"
import type { Preview } from "../core/wire.ts"
import { base } from "../parts/styles.ts"

const examples: ReadonlyArray<readonly [cron: string, name: string]> = [
  ["*/5 * * * *", "every 5 minutes"],
  ["@hourly", "hourly"],
  ["0 2 * * *", "nightly at 2"],
  ["0 9 * * MON-FRI", "weekdays at 9"],
  ["0 8 L * *", "last of the month"]
]

/**
 * The field for a cron expression.
 *
 * @category elements
 * @since 0.1.0
 */
export class BrinjalCron extends LitElement {
  static override styles = [
    ...base,
    css`
    :host { display: grid; gap: 10px }
    .pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 14px }
    .field { display: grid; gap: 4px; min-width: 0 }
    label { font-size: 13px; font-weight: 500 }
    input.cron { font-family: var(--bj-mono); letter-spacing: .02em }
    .examples { display: flex; flex-wrap: wrap; gap: 4px }
    .example { font-size: 12px; padding: 2px 8px; border-radius: 10px; background: var(--bj-raised); color: var(--bj-soft); min-height: 24px }
    .example:hover { background: var(--bj-accent-soft); color: var(--bj-accent-strong) }
    .preview { border-radius: 6px; background: var(--bj-raised); padding: 10px 12px; font-size: 13px; min-height: 150px }
    .preview.bad { background: var(--bj-failed-soft) }
    .words { font-weight: 600; margin-bottom: 4px }
    .words::first-letter { text-transform: uppercase }
    .preview li { display: flex; justify-content: space-between; gap: 12px; flex-wrap: wrap }
    .warning { color: var(--bj-skipped); margin-top: 6px }
    .where { font: 13px/1.2 var(--bj-mono); white-space: pre; overflow-x: auto; background: none; padding: 0; margin-bottom: 4px }
    .where mark { background: none; color: var(--bj-failed); text-decoration: underline wavy; text-underline-offset: 3px; font-weight: 700 }
    .problem { color: var(--bj-failed) }
    @media (max-width: 520px) { .pair { grid-template-columns: 1fr } }
  `
  ]

  static override properties: PropertyDeclarations = {
    cron: { attribute: false },
    timezone: { attribute: false },
    preview: { attribute: false },
    required: { type: Boolean }
  }

  declare live: Live
  declare cron: string
  declare timezone: string
  declare required: boolean
  declare preview: Preview | undefined
  private timer: ReturnType<typeof setTimeout> | undefined
  private asked = 0

  constructor() {
    super()
    this.cron = ""
    this.timezone = "UTC"
    this.required = true
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.look(0)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.timer)
  }

  /** Whether the expression can be saved. */
  reportValidity(): boolean {
    const field = this.renderRoot.querySelector<HTMLInputElement>("#cron")!
    field.setCustomValidity(this.preview?.error?.message ?? "")
    return field.reportValidity()
  }

  override render(): TemplateResult {
    const isWrong = this.preview?.error !== null && this.preview?.error !== undefined
    return html`<div class="pair">
        <div class="field"><label for="cron">Cron expression</label>
          <input class="cron" id="cron" type="text" autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="1000"
            placeholder="0 2 * * *" ?required=${this.required} .value=${this.cron} aria-describedby="preview"
            aria-invalid=${isWrong ? "true" : "false"} @input=${(event: Event) =>
      this.type((event.target as HTMLInputElement).value)}></div>
        <div class="field"><label for="zone">Time zone</label>
          <input id="zone" type="text" autocomplete="off" autocapitalize="off" spellcheck="false" list="zones" required
            .value=${this.timezone} @input=${(event: Event) => this.move((event.target as HTMLInputElement).value)}>
          <datalist id="zones">${zones().map((zone) => html`<option value=${zone}></option>`)}</datalist></div>
      </div>
      <div class="examples" role="group" aria-label="Examples">${
      examples.map(([cron, name]) =>
        html`<button class="example" type="button" title=${cron} @click=${() => this.type(cron)}>${name}</button>`
      )
    }</div>
      <div class="preview ${isWrong ? "bad" : ""}" id="preview" role="status">${this.meaning()}</div>`
  }

  private type(cron: string): void {
    this.cron = cron
    this.look(150)
  }

  private move(timezone: string): void {
    this.timezone = timezone
    this.look(250)
  }

  private look(wait: number): void {
    this.renderRoot?.querySelector<HTMLInputElement>("#cron")?.setCustomValidity("")
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.read(), wait)
    this.dispatchEvent(new CustomEvent("cron-change"))
  }

  private async read(): Promise<void> {
    const asked = ++this.asked
    if (this.cron.trim() === "") {
      this.preview = undefined
      return
    }
    const body = { cron_expression: this.cron, timezone: this.timezone, count: 5 }
    const preview = await this.live.api.send<Preview>("POST", "/preview", body).catch(() => undefined)
    if (asked === this.asked) this.preview = preview
  }

  private meaning(): TemplateResult {
    const { preview } = this
    if (this.cron.trim() === "") {
      return html`<p class="soft">Five fields: minute, hour, day of the month, month, day of the week. A sixth field in front is
        seconds. Names, ranges, steps and <code>L</code>, <code>W</code>, <code>#</code> are understood.</p>`
    }
    if (preview === undefined) return html`<p class="soft">…</p>`
    if (preview.error !== null) return problem(this.cron, preview.error)
    const isElsewhere = this.timezone !== localZone()
    return html`<p class="words">${preview.description}</p>
      <ol>${
      preview.upcoming.map((at) =>
        html`<li class="num"><time datetime=${at}>${inZone(at, this.timezone)}</time>${
          isElsewhere ? html`<span class="soft">${instant(at)}</span>` : nothing
        }</li>`
      )
    }</ol>
      ${preview.warnings.map(({ message }) => html`<p class="warning">${message}</p>`)}`
  }
}

type Problem = NonNullable<Preview["error"]>

const problem = (cron: string, { expected, field, message, position, reason }: Problem): TemplateResult => {
  const place = position === null ? nothing : marked(cron, position)
  const text = field === null ? message : `${field}: ${reason}.${expected === null ? "" : ` Write ${expected}.`}`
  return html`${place}<p class="problem">${text}</p>`
}

/** The expression, with the part that cannot be read marked. */
const marked = (cron: string, position: number): TemplateResult => {
  const end = cron.slice(position).search(/\s|$/)
  const stop = position + Math.max(1, end)
  return html`<pre class="where">${cron.slice(0, position)}<mark>${cron.slice(position, stop) || " "}</mark>${
    cron.slice(stop)
  }</pre>`
}

const zones = (): ReadonlyArray<
  string
> => ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")]

customElements.define("brinjal-cron", BrinjalCron)

declare global {
  interface HTMLElementTagNameMap {
    "brinjal-cron": BrinjalCron
  }
}
