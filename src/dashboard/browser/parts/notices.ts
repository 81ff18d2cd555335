/**
 * `<brinjal-notices>`: short messages about the results of actions, in a corner and for screen readers. A page has one;
 * elements find it with `say`.
 */
import { css, html, LitElement, type TemplateResult } from "lit"
import { repeat } from "lit/directives/repeat.js"
import { icon } from "./icons.ts"
import { base } from "./styles.ts"

interface Notice {
  readonly id: number
  readonly text: string
  readonly mood: Mood
}

/**
 * Whether a message is good or bad news.
 *
 * @category models
 * @since 0.1.0
 */
export type Mood = "good" | "bad"

const shown: Record<Mood, number> = { good: 4_000, bad: 12_000 }

/**
 * The corner with the messages.
 *
 * @category elements
 * @since 0.1.0
 */
export class BrinjalNotices extends LitElement {
  static override styles = [
    ...base,
    css`
    :host { position: fixed; inset: auto 16px 16px auto; z-index: 10; display: block; max-width: min(420px, calc(100vw - 32px)) }
    ul { display: grid; gap: 8px }
    li {
      display: flex; gap: 10px; align-items: flex-start; padding: 10px 8px 10px 14px; background: var(--bj-ink);
      color: var(--bj-surface); border-radius: var(--bj-radius); box-shadow: 0 6px 24px rgb(0 0 0 / .22);
      animation: rise .18s ease-out; overflow-wrap: anywhere; font-weight: 500;
    }
    li span { flex: 1; padding: 1px 0 }
    li.bad { background: light-dark(#8f1d2f, #ffb3ba); color: light-dark(#fff, #35080f) }
    button { color: inherit; width: 24px; height: 24px; display: grid; place-items: center }
    @keyframes rise { from { opacity: 0; transform: translateY(6px) } }
  `
  ]

  private notices: ReadonlyArray<Notice> = []
  private count = 0

  add(text: string, mood: Mood): void {
    const notice = { id: this.count++, text, mood }
    this.notices = [...this.notices.slice(-3), notice]
    this.requestUpdate()
    setTimeout(() => this.drop(notice), shown[mood])
  }

  private drop(notice: Notice): void {
    this.notices = this.notices.filter((other) => other !== notice)
    this.requestUpdate()
  }

  override render(): TemplateResult {
    return html`<div role="log" aria-live="polite" aria-label="Messages"><ul>${
      repeat(this.notices, ({ id }) => id, (notice) =>
        html`<li class=${notice.mood}><span>${notice.text}</span>
          <button type="button" aria-label="Close the message" @click=${() => this.drop(notice)}>${icon.close}</button>
        </li>`)
    }</ul></div>`
  }
}

customElements.define("brinjal-notices", BrinjalNotices)

const corner = (theme: string | null): BrinjalNotices => {
  const known = document.querySelector("brinjal-notices") as BrinjalNotices | null
  const element = known ?? document.body.appendChild(document.createElement("brinjal-notices") as BrinjalNotices)
  if (theme === null) element.removeAttribute("theme")
  else element.setAttribute("theme", theme)
  return element
}

/**
 * Shows a message to the user.
 *
 * @category saying
 * @since 0.1.0
 */
export const say = (from: Element, text: string, mood: Mood = "good"): void =>
  corner(from.getAttribute("theme")).add(text, mood)
