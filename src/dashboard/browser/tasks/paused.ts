/**
 * Task types that are paused: a line for each, since what waits looks like what waits for its turn, and the buttons
 * that pause and resume one.
 */
import { css, html, type LitElement, nothing, type TemplateResult } from "lit"
import { segment } from "../core/api.ts"
import { count, nearby } from "../core/format.ts"
import type { Live } from "../core/live.ts"
import { may } from "../core/state.ts"
import type { Backlog } from "../core/wire.ts"
import { now } from "../parts/clock.ts"
import { confirm } from "../parts/confirm.ts"
import { icon } from "../parts/icons.ts"
import { say } from "../parts/notices.ts"

/**
 * Styles of the lines.
 *
 * @category styles
 * @since 0.1.0
 */
export const pausedStyles = css`
  .paused { display: flex; gap: 8px; margin-bottom: 10px; font-size: 13px; color: var(--bj-soft) }
  .paused svg { flex: none; margin-top: 2px; color: var(--bj-skipped) }
  .paused span { overflow-wrap: anywhere }
  .paused b { color: var(--bj-ink); font-weight: 600 }
  .paused button { color: var(--bj-accent-strong); font-weight: 500; white-space: nowrap }
  .paused button:hover { text-decoration: underline }
`

/** The server counts no further. */
const mostCounted = 10_000

/** How many wait, for whatever else. */
const waits = ({ asleep, parked, waiting }: Backlog): string => {
  const all = waiting + parked + asleep
  if (all === 0) return "None waits."
  if (all >= mostCounted) return `${count(mostCounted)} or more wait.`
  return all === 1 ? "1 waits." : `${count(all)} wait.`
}

/**
 * What a list does with task types.
 *
 * @category models
 * @since 0.1.0
 */
export class PausedTypes {
  private readonly host: LitElement & { readonly live: Live }
  private isBusy = false

  constructor(host: LitElement & { readonly live: Live }) {
    this.host = host
  }

  /** What is paused, each with the button that resumes it. */
  lines(): TemplateResult {
    const { paused, role } = this.host.live.state
    return html`<div role="status">${paused.map((type) => this.line(type, may(role, "operate")))}</div>`
  }

  /** The button that pauses a type, if it is one that may be paused. */
  button(taskType: string): TemplateResult | typeof nothing {
    const { paused, role } = this.host.live.state
    if (taskType === "" || !may(role, "operate") || paused.some(({ task_type }) => task_type === taskType)) {
      return nothing
    }
    return html`<button class="button" type="button" aria-disabled=${this.isBusy ? "true" : nothing} @click=${() =>
      this.turn(() => this.pause(taskType))}>Pause type</button>`
  }

  private line(type: Backlog, mayResume: boolean): TemplateResult {
    const { paused, task_type } = type
    const { note, since } = paused!
    const button = html` <button type="button" aria-label="Resume ${task_type}" aria-disabled=${
      this.isBusy ? "true" : nothing
    } @click=${() => this.turn(() => this.resume(task_type))}>Resume</button>`
    return html`<p class="paused">${icon.later}<span>Tasks of type <b>${task_type}</b> are paused since ${
      nearby(since, now())
    }${note === "" ? "" : ` (${note})`}. ${waits(type)}${mayResume ? button : nothing}</span></p>`
  }

  private async pause(taskType: string): Promise<void> {
    const answer = await confirm(this.host, {
      title: `Pause ${taskType}?`,
      text:
        "Nothing of this type starts in any process until it is resumed. What runs goes on, and what is added waits.",
      yes: "Pause",
      mild: true,
      note: { label: "Why", placeholder: "For whoever looks later" }
    })
    if (answer === undefined) return
    await this.send(taskType, "pause", answer.note === "" ? {} : { note: answer.note })
    say(this.host, `Paused ${taskType}.`)
  }

  private async resume(taskType: string): Promise<void> {
    await this.send(taskType, "resume")
    say(this.host, `Resumed ${taskType}.`)
  }

  private async send(taskType: string, act: "pause" | "resume", body?: object): Promise<void> {
    const { live } = this.host
    await live.api.send("POST", `/task-types/${segment(taskType)}/${act}`, body)
    await live.readBacklog(true)
  }

  private turn(act: () => Promise<void>): void {
    if (this.isBusy) return
    this.isBusy = true
    this.host.requestUpdate()
    void act().catch((cause) => say(this.host, cause instanceof Error ? cause.message : String(cause), "bad"))
      .finally(() => {
        this.isBusy = false
        this.host.requestUpdate()
      })
  }
}
