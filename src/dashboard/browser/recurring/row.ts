/**
 * `<brinjal-recurring>`: one recurring task as a row: what it does, when it runs next, and how its last runs went. It
 * expands to its history, what comes next, and why. The history is read only while the row is in view.
 */
import { html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit"
import { segment } from "../core/api.ts"
import { count, inZone, localZone, nearby, plural } from "../core/format.ts"
import type { Live } from "../core/live.ts"
import { may, type Role } from "../core/state.ts"
import type { Outcome, OutcomePage, Recurring } from "../core/wire.ts"
import { now } from "../parts/clock.ts"
import { icon, iconButton } from "../parts/icons.ts"
import { base } from "../parts/styles.ts"
import { rowStyles } from "./rowStyles.ts"
import "./history.ts"
import "./strip.ts"

/**
 * What a row asks its list to do.
 *
 * @category models
 * @since 0.1.0
 */
export type RecurringAction = "trigger" | "edit" | "remove" | "enable" | "disable"

/**
 * What a row asks its list to do, to which recurring task, and for which occurrence, if for one.
 *
 * @category models
 * @since 0.1.0
 */
export interface RecurringRequest {
  readonly action: RecurringAction
  readonly recurring: Recurring
  readonly occurrence?: string
}

/** The shortest time between two reads of the history, in milliseconds. */
const readEvery = 1_000

/**
 * One recurring task of a list.
 *
 * @category elements
 * @since 0.1.0
 */
export class BrinjalRecurring extends LitElement {
  static override styles = [...base, rowStyles]

  static override properties: PropertyDeclarations = {
    recurring: { attribute: false },
    revision: { attribute: false },
    open: { type: Boolean, reflect: true },
    busy: { attribute: false },
    rights: { attribute: false },
    outcomes: { attribute: false }
  }

  declare live: Live
  declare recurring: Recurring
  declare revision: number
  declare open: boolean
  /** What was asked of it and has not ended. */
  declare busy: ReadonlySet<RecurringAction>
  declare rights: Role
  declare outcomes: ReadonlyArray<Outcome> | undefined
  private isInView = false
  private isStale = true
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly eye = new IntersectionObserver(([entry]) => {
    this.isInView = entry!.isIntersecting
    this.refresh()
  })

  override connectedCallback(): void {
    super.connectedCallback()
    this.eye.observe(this)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.eye.disconnect()
    clearTimeout(this.timer)
    this.timer = undefined
  }

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("recurring") || changed.has("revision")) this.isStale = true
    this.refresh()
  }

  /** Reads what has changed, but not while an action is running, which may remove it. */
  private refresh(): void {
    if (!this.isStale || !this.isInView || this.busy.size > 0 || this.timer !== undefined) return
    this.isStale = false
    void this.read()
    this.timer = setTimeout(() => {
      this.timer = undefined
      this.refresh()
    }, readEvery)
  }

  private async read(): Promise<void> {
    const path = `/recurring/${segment(this.recurring.recurring_id)}/outcomes`
    const page = await this.live.api.get<OutcomePage>(path, { limit: 50 }).catch(() => undefined)
    if (page !== undefined) this.outcomes = page.items
    else this.isStale = true
  }

  private ask(action: RecurringAction): void {
    const detail: RecurringRequest = { action, recurring: this.recurring }
    this.dispatchEvent(new CustomEvent("recurring-action", { detail, bubbles: true }))
  }

  override render(): TemplateResult {
    const { recurring } = this
    const id = recurring.recurring_id
    return html`<article class="row ${recurring.enabled ? "" : "off"}" aria-label=${id}>
      ${this.toggle()}
      <div class="what">
        <div class="title"><button class="name" type="button" aria-expanded=${
      this.open ? "true" : "false"
    } @click=${() => this.open = !this.open}>${id}</button>${trouble(recurring)}</div>
        <p class="words">${recurring.description}</p>
        ${recurring.note === "" ? nothing : html`<p class="note">${recurring.note}</p>`}
      </div>
      <brinjal-strip .outcomes=${this.outcomes} .state=${this.live.state} .revision=${this.revision} .name=${id}></brinjal-strip>
      <div class="next">${next(recurring)}</div>
      ${counters(recurring)}
      <span class="actions">${this.actions()}</span>
      ${
      this.open
        ? html`<brinjal-history .live=${this.live} .recurring=${recurring} .outcomes=${this.outcomes}
          .revision=${this.revision} .rights=${this.rights}></brinjal-history>`
        : nothing
    }
    </article>`
  }

  /** The keyboard focus of a row is on its name. */
  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector<HTMLElement>(".name")?.focus(options)
  }

  private actions(): TemplateResult {
    const { busy, recurring: { recurring_id: id }, rights } = this
    const button = (name: string, picture: TemplateResult, action: RecurringAction) =>
      iconButton(name, picture, () => this.ask(action), { disabled: busy.has(action), danger: action === "remove" })
    return html`${may(rights, "operate") ? button(`Run ${id} now`, icon.run, "trigger") : nothing}${
      may(rights, "admin")
        ? html`${button(`Edit ${id}`, icon.edit, "edit")}${button(`Remove ${id}`, icon.remove, "remove")}`
        : nothing
    }`
  }

  /** While it is busy, it keeps the keyboard focus, which a dialog returns to it. */
  private toggle(): TemplateResult {
    const { recurring: { enabled, recurring_id }, rights } = this
    const action = enabled ? "disable" : "enable"
    const busy = this.busy.has(action)
    return html`<button class="switch" type="button" role="switch" aria-checked=${enabled ? "true" : "false"}
      aria-label="${recurring_id} is enabled" title=${enabled ? "Disable" : "Enable"} ?disabled=${!may(
      rights,
      "operate"
    )} aria-disabled=${busy ? "true" : nothing} @click=${() => {
      if (!busy) this.ask(action)
    }}></button>`
  }
}

const trouble = ({ consecutive_failures: failures }: Recurring): TemplateResult | typeof nothing =>
  failures === 0 ?
    nothing :
    html`<span class="chip bad">${failures === 1 ? "last run failed" : `${count(failures)} failures in a row`}</span>`

const next = (recurring: Recurring): TemplateResult => {
  const { enabled, exhausted, next_run, timezone } = recurring
  if (exhausted) return html`<span class="soft">Has ended</span>`
  if (!enabled) return html`<span class="soft">Disabled</span>`
  if (next_run === null) return html`<span class="soft">Nothing due</span>`
  const isElsewhere = timezone !== null && timezone !== localZone()
  return html`<brinjal-clock .value=${{ at: next_run, mode: "until" }}></brinjal-clock>
    <time class="soft" datetime=${next_run} title=${
    isElsewhere ? `${inZone(next_run, timezone)} in ${timezone}` : nothing
  }>${nearby(next_run, now())}</time>`
}

const counters = (recurring: Recurring): TemplateResult =>
  html`<div class="counters">
    <span class="num">${plural(recurring.total_runs, "run")}</span>
    <span class="num ${recurring.total_failures > 0 ? "bad" : "soft"}">${
    recurring.total_failures === 0 ? "none failed" : `${count(recurring.total_failures)} failed`
  }</span></div>`

customElements.define("brinjal-recurring", BrinjalRecurring)
