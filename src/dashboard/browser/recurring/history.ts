/**
 * `<brinjal-history>`: the expanded part of a recurring task: what comes next, what happened and why, and its options.
 */
import { css, html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit"
import { segment } from "../core/api.ts"
import { duration, instant, json, localZone, nearby, thereAt } from "../core/format.ts"
import type { Live } from "../core/live.ts"
import { lookOf, sentenceOf, tookOf } from "../core/outcomes.ts"
import { may, type Role } from "../core/state.ts"
import type { Explained, Outcome, Recurring, Upcoming } from "../core/wire.ts"
import { now } from "../parts/clock.ts"
import { copyButton } from "../parts/copy.ts"
import { base } from "../parts/styles.ts"
import { optionLines } from "./options.ts"
import type { RecurringRequest } from "./row.ts"

/**
 * What comes next, what happened, and why.
 *
 * @category elements
 * @since 0.1.0
 */
export class BrinjalHistory extends LitElement {
  static override styles = [
    ...base,
    css`
    :host { display: block }
    .columns { display: grid; grid-template-columns: minmax(0, 1.5fr) minmax(0, 1fr) minmax(0, 1.1fr); gap: 20px 32px; align-items: start }
    h2 { font-size: 12px; font-weight: 600; color: var(--bj-soft); margin: 0 0 6px }
    .lines { display: grid; grid-template-columns: 12px fit-content(132px) minmax(0, 1fr) auto; column-gap: 8px }
    .lines > li { grid-column: 1 / -1 }
    li.line { display: grid; grid-template-columns: subgrid; align-items: baseline; padding: 3px 0; font-size: 13px }
    .line > time span { white-space: nowrap }
    .dot { width: 8px; height: 8px; border-radius: 50%; background: var(--look) }
    .done { --look: var(--bj-done) } .failed { --look: var(--bj-failed) } .running { --look: var(--bj-running) }
    .cancelled { --look: var(--bj-cancelled) }
    .dot.queued, .dot.missed { background: none; border: 1.5px solid var(--look) }
    .queued { --look: var(--bj-queued) } .missed { --look: var(--bj-skipped) } .skipped { --look: var(--bj-skipped) }
    .dot.skipped { border-radius: 2px } .dot.failed { border-radius: 1px; transform: rotate(45deg) }
    .absorbed { --look: var(--bj-line-strong) }
    .link { color: var(--bj-accent); text-decoration: underline; text-underline-offset: 2px; font-size: 12.5px; white-space: nowrap }
    .why { grid-column: 2 / -1; padding: 4px 10px 8px; border-left: 2px solid var(--bj-line); margin: 2px 0 6px; font-size: 12.5px }
    .why li { display: grid; grid-template-columns: 16px minmax(0, 1fr); padding: 1px 0 }
    .no { color: var(--bj-failed) } .yes { color: var(--bj-done) }
    dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 3px 14px; font-size: 13px }
    dt { color: var(--bj-soft) }
    dd { overflow-wrap: anywhere }
    .scroll { max-height: 300px; overflow-y: auto }
    .payload { margin-top: 14px }
    .label { display: flex; align-items: center; justify-content: space-between }
    .label h2 { margin: 0 }
    @container (max-width: 1000px) {
      .columns { grid-template-columns: minmax(0, 1.3fr) minmax(0, 1fr) }
    }
    @container (max-width: 640px) {
      .columns { grid-template-columns: minmax(0, 1fr) }
    }
  `
  ]

  static override properties: PropertyDeclarations = {
    recurring: { attribute: false },
    outcomes: { attribute: false },
    revision: { attribute: false },
    upcoming: { attribute: false },
    rights: { attribute: false },
    why: { attribute: false }
  }

  declare live: Live
  declare recurring: Recurring
  declare outcomes: ReadonlyArray<Outcome> | undefined
  declare revision: number
  declare upcoming: ReadonlyArray<string> | undefined
  declare rights: Role
  declare why: { readonly at: string; readonly answer: Explained | undefined } | undefined

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    const before = changed.get("recurring") as Recurring | undefined
    if (!changed.has("recurring")) return
    if (before?.next_run !== this.recurring.next_run || this.upcoming === undefined) void this.readUpcoming()
  }

  private get path(): string {
    return `/recurring/${segment(this.recurring.recurring_id)}`
  }

  private async readUpcoming(): Promise<void> {
    const answer = await this.live.api.get<Upcoming>(`${this.path}/upcoming`, { count: 6 }).catch(() => undefined)
    this.upcoming = answer?.upcoming ?? []
  }

  private async ask(at: string): Promise<void> {
    if (this.why?.at === at) {
      this.why = undefined
      return
    }
    this.why = { at, answer: undefined }
    const answer = await this.live.api.get<Explained>(`${this.path}/explain`, { at }).catch(() => undefined)
    if (this.why?.at === at) this.why = answer === undefined ? undefined : { at, answer }
  }

  override render(): TemplateResult {
    const { recurring } = this
    return html`<div class="columns">
      <section aria-label="Last runs"><h2>Last runs</h2><ul class="lines scroll" tabindex="0">${this.past()}</ul></section>
      <section aria-label="Next runs"><h2>Next runs</h2><ul class="lines">${this.future()}</ul></section>
      <section aria-label="Configuration"><h2>Configuration</h2><dl>${
      optionLines(recurring).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)
    }</dl>
        <div class="payload"><div class="label"><h2>Payload of ${recurring.task_type}</h2>${
      copyButton("Copy the payload", () => json(recurring.payload))
    }</div><pre tabindex="0">${json(recurring.payload)}</pre></div></section>
    </div>`
  }

  private past(): ReadonlyArray<TemplateResult> | TemplateResult {
    if (this.outcomes === undefined) return html`<li class="soft"><span role="status">Loading…</span></li>`
    if (this.outcomes.length === 0) {
      return html`<li class="soft">Nothing yet. The first run is the next one of the schedule.</li>`
    }
    return this.outcomes.map((outcome) => this.line(outcome))
  }

  private line(outcome: Outcome): TemplateResult {
    const { state } = this.live
    const id = outcome.task_id
    const look = lookOf(outcome, id === null ? undefined : state.tasks.get(id))
    const many = outcome.from === outcome.to ? nothing : html` – <span>${nearby(outcome.to, now())}</span>`
    return html`<li class="line ${look}"><span class="dot ${look}"></span>
      <time class="num" datetime=${outcome.from} title=${instant(outcome.from)}><span>${
      nearby(outcome.from, now())
    }</span>${many}</time>
      <span>${sentenceOf(outcome, look, tookOf(outcome, state.took))}${late(outcome)}</span>${
      id === null
        ? this.whyButton(outcome.from)
        : state.tasks.has(id)
        ? html`<button class="link" type="button" @click=${() => this.show(id)}>Show task</button>`
        : html`<span></span>`
    }${this.answer(outcome.from, isOne(outcome))}</li>`
  }

  private future(): ReadonlyArray<TemplateResult> | TemplateResult {
    if (this.upcoming === undefined) return html`<li class="soft"><span role="status">Loading…</span></li>`
    if (this.upcoming.length === 0) {
      return html`<li class="soft">${
        this.recurring.enabled ? "Nothing more will run." : "None while it is disabled."
      }</li>`
    }
    const { timezone } = this.recurring
    return this.upcoming.map((at) =>
      html`<li class="line queued"><span class="dot queued"></span>
        <time class="num" datetime=${at}><span>${nearby(at, now())}</span></time>
        <span class="soft">${timezone === null || timezone === localZone() ? "" : thereAt(at, timezone)}</span>
        ${this.whyButton(at)}${this.answer(at)}</li>`
    )
  }

  private whyButton(at: string): TemplateResult {
    const open = this.why?.at === at
    return html`<button class="link" type="button" aria-expanded=${open ? "true" : "false"} @click=${() =>
      this.ask(at)}>${open ? "Close" : "Why?"}</button>`
  }

  private answer(at: string, mayRun = false): TemplateResult | typeof nothing {
    if (this.why?.at !== at) return nothing
    const { answer } = this.why
    if (answer === undefined) return html`<div class="why soft" role="status">Looking…</div>`
    return html`<div class="why" role="status"><ul>${
      answer.steps.map(({ detail, ok, step }) =>
        html`<li><span class=${ok ? "yes" : "no"} aria-hidden="true">${
          ok ? "✓" : "✗"
        }</span><span><b>${step}</b> ${detail}</span></li>`
      )
    }</ul>${mayRun && may(this.rights, "operate") ? this.runButton(at) : nothing}</div>`
  }

  private runButton(at: string): TemplateResult {
    return html`<button class="link" type="button" @click=${() => this.run(at)}>Run it now</button>`
  }

  private run(occurrence: string): void {
    const detail: RecurringRequest = { action: "trigger", recurring: this.recurring, occurrence }
    this.dispatchEvent(new CustomEvent("recurring-action", { detail, bubbles: true, composed: true }))
  }

  private show(id: string): void {
    this.dispatchEvent(new CustomEvent("show-task", { detail: id, bubbles: true, composed: true }))
  }
}

/** Whether it is a single occurrence, and not a row for many. */
const isOne = ({ from, to }: Outcome): boolean => from === to

const late = ({ decided_at, from, outcome, to, trigger }: Outcome): string => {
  const by = Date.parse(decided_at) - Date.parse(to)
  return outcome === "Started" && trigger !== "manual" && from === to && by > 1_000 ? `, ${duration(by)} late` : ""
}

customElements.define("brinjal-history", BrinjalHistory)
