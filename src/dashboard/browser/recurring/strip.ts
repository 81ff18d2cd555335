/**
 * `<brinjal-strip>`: the last runs of a recurring task, oldest first. The colour shows the outcome, the height the
 * duration; a pointer or the arrow keys show more. It is one tab stop, however many runs there are.
 */
import { css, html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit"
import { nearby } from "../core/format.ts"
import { type Look, lookOf, sentenceOf, tookOf } from "../core/outcomes.ts"
import type { State } from "../core/state.ts"
import type { Outcome } from "../core/wire.ts"
import { now } from "../parts/clock.ts"
import { tokens } from "../parts/styles.ts"
import { vars } from "../parts/vars.ts"

const length = 32

interface Bar {
  readonly outcome: Outcome
  readonly look: Look
  readonly took: number | undefined
}

/**
 * The last runs of a recurring task.
 *
 * @category elements
 * @since 0.1.0
 */
export class BrinjalStrip extends LitElement {
  static override styles = [
    tokens,
    css`
    :host { display: block; position: relative }
    .bars {
      display: flex; align-items: flex-end; justify-content: flex-end; gap: 2px; height: 32px; border-radius: 4px;
      border-bottom: 1px solid var(--bj-line); cursor: default;
    }
    .bars:focus-visible { outline: 2px solid var(--bj-accent); outline-offset: 3px }
    .bar { flex: 0 1 5px; min-width: 2px; height: 100%; display: flex; align-items: flex-end; border-radius: 2px 2px 0 0 }
    .bar::after { content: ""; width: 100%; height: var(--height); border-radius: 2px 2px 0 0; background: var(--look); border: 0 solid var(--look) }
    .bar.active { background: var(--bj-accent-soft) }
    .done { --look: var(--bj-done) }
    .failed { --look: var(--bj-failed) }
    .cancelled { --look: var(--bj-cancelled) }
    .cancelled::after { opacity: .6 }
    .running { --look: var(--bj-running) }
    .running::after { animation: breathe 1.4s ease-in-out infinite alternate }
    .queued { --look: var(--bj-queued) }
    .queued::after, .missed::after { background: none; border-width: 1px }
    .skipped { --look: var(--bj-skipped) }
    .missed { --look: var(--bj-skipped) }
    .absorbed { --look: var(--bj-line-strong) }
    @keyframes breathe { from { opacity: .45 } }
    .tip {
      position: absolute; bottom: calc(100% + 6px); right: 0; z-index: 5; width: max-content; max-width: 300px; padding: 7px 10px;
      background: var(--bj-ink); color: var(--bj-surface); border-radius: 6px; font-size: 12px; line-height: 1.45; pointer-events: none;
      box-shadow: 0 4px 16px rgb(0 0 0 / .2);
    }
    .tip b { display: block; font-weight: 600 }
    .none { font-size: 12px; color: var(--bj-soft); height: 32px; display: flex; align-items: center; justify-content: flex-end }
  `
  ]

  static override properties: PropertyDeclarations = {
    outcomes: { attribute: false },
    state: { attribute: false },
    revision: { attribute: false },
    name: { attribute: false },
    active: { attribute: false }
  }

  declare outcomes: ReadonlyArray<Outcome> | undefined
  declare state: State
  declare revision: number
  declare name: string
  declare active: number
  private bars: ReadonlyArray<Bar> = []

  constructor() {
    super()
    this.active = -1
  }

  override willUpdate(): void {
    const { took, tasks } = this.state
    this.bars = (this.outcomes ?? []).slice(0, length).toReversed().map((outcome) => {
      const task = outcome.task_id === null ? undefined : tasks.get(outcome.task_id)
      return {
        outcome,
        look: lookOf(outcome, task),
        took: tookOf(outcome, took)
      }
    })
  }

  override render(): TemplateResult {
    const { bars } = this
    if (this.outcomes === undefined) return html`<span class="none">&nbsp;</span>`
    if (bars.length === 0) return html`<span class="none">No runs yet</span>`
    const longest = Math.max(1, ...bars.map(({ took }) => took ?? 0))
    return html`<div class="bars" role="listbox" tabindex="0" aria-label="Last runs of ${this.name}"
      aria-activedescendant=${this.active < 0 ? nothing : `bar-${this.active}`}
      @keydown=${this.onKey} @focus=${this.onFocus} @blur=${this.leave} @pointerleave=${this.leave} @pointermove=${this.onPointer}>${
      bars.map((bar, index) =>
        html`<span class="bar ${bar.look} ${index === this.active ? "active" : ""}" id="bar-${index}" role="option"
          aria-selected=${index === this.active ? "true" : "false"} aria-label="${describe(bar)}, ${
          when(bar)
        }" data-index=${index}
          ${vars({ "--height": `${height(bar, longest)}%` })}></span>`
      )
    }</div>${this.tip()}`
  }

  private tip(): TemplateResult | typeof nothing {
    const bar = this.bars[this.active]
    return bar === undefined
      ? nothing
      : html`<div class="tip" role="presentation"><b>${describe(bar)}</b>${when(bar)}</div>`
  }

  private readonly leave = (): void => {
    this.active = -1
  }

  private readonly onFocus = (): void => {
    if ((this.renderRoot.querySelector(".bars")!).matches(":focus-visible")) this.active = this.bars.length - 1
  }

  private readonly onPointer = (event: PointerEvent): void => {
    const index = (event.target as HTMLElement).dataset.index
    this.active = index === undefined ? -1 : Number(index)
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const last = this.bars.length - 1
    const to = { ArrowLeft: this.active - 1, ArrowRight: this.active + 1, Home: 0, End: last, Escape: -1 }[event.key]
    if (event.key === "Enter") this.choose()
    if (to === undefined) return
    event.preventDefault()
    this.active = event.key === "Escape" ? -1 : Math.max(0, Math.min(last, to))
  }

  private choose(): void {
    const id = this.bars[this.active]?.outcome.task_id
    if (id !== null && id !== undefined) {
      this.dispatchEvent(new CustomEvent("show-task", { detail: id, bubbles: true, composed: true }))
    }
  }
}

/** The square root keeps short runs visible beside long ones. */
const height = ({ look, took }: Bar, longest: number): number => {
  if (look === "skipped" || look === "missed") return 18
  if (look === "absorbed") return 10
  if (look === "running" || look === "queued") return 100
  return took === undefined ? 28 : Math.max(14, Math.round(100 * Math.sqrt(took / longest)))
}

const describe = ({ look, outcome, took }: Bar): string => sentenceOf(outcome, look, took)

const when = ({ outcome }: Bar): string => {
  const at = now()
  return outcome.from === outcome.to
    ? nearby(outcome.from, at)
    : `${nearby(outcome.from, at)} to ${nearby(outcome.to, at)}`
}

customElements.define("brinjal-strip", BrinjalStrip)
