/**
 * `<brinjal-clock>`: a time that moves. One timer for all of them updates their texts once a second, without rendering
 * anything again; it stands still while the page is hidden.
 */
import { countdown, duration, instant, inWords } from "../core/format.ts"

/** How far the clock of the server is ahead, in milliseconds. */
let offset = 0
const clocks = new Set<BrinjalClock>()
let timer: ReturnType<typeof setTimeout> | undefined

const tick = (): void => {
  for (const clock of clocks) clock.show()
  arm()
}

const arm = (): void => {
  timer = clocks.size === 0 || document.hidden ? undefined : setTimeout(tick, 1_000 - Date.now() % 1_000)
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(timer)
  if (!document.hidden) tick()
})

/**
 * The time of the server, in epoch milliseconds, as far as it is known.
 *
 * @category time
 * @since 0.1.0
 */
export const now = (): number => Date.now() + offset

/**
 * Sets how far the clock of the server is ahead of the browser's, in milliseconds.
 *
 * @category time
 * @since 0.1.0
 */
export const setOffset = (millis: number): void => {
  if (Math.abs(millis - offset) > 250) offset = millis
}

/**
 * How a clock counts: `until` down to `at`, `since` up from it, `ago` in words, `span` from `at` to `end`.
 *
 * @category models
 * @since 0.1.0
 */
export type Mode = "until" | "since" | "ago" | "span"

const due = "now"

const texts: Record<Mode, (at: number, end: number) => string> = {
  until: (at) => at <= now() ? due : `in ${countdown(at - now())}`,
  since: (at) => countdown(now() - at),
  ago: (at) => now() - at < 10_000 ? "just now" : `${ago(now() - at)} ago`,
  span: (at, end) => duration(end - at)
}

const ago = (millis: number): string => millis < 60_000 ? countdown(millis) : duration(millis).split(" ")[0]!

/**
 * A time that moves. It fires the event `due` when it has counted down.
 *
 * @category elements
 * @since 0.1.0
 */
export class BrinjalClock extends HTMLElement {
  private at = 0
  private end = 0
  private mode: Mode = "ago"

  set value({ at, end, mode }: { readonly at: string; readonly end?: string | null; readonly mode: Mode }) {
    this.at = Date.parse(at)
    this.end = end ? Date.parse(end) : 0
    this.mode = mode
    this.title = instant(this.at)
    this.show()
  }

  connectedCallback(): void {
    clocks.add(this)
    if (timer === undefined) arm()
    this.show()
  }

  disconnectedCallback(): void {
    clocks.delete(this)
  }

  show(): void {
    if (this.at === 0) return
    const text = texts[this.mode](this.at, this.end)
    if (this.textContent !== text) this.write(text)
    if (this.mode === "until") this.describe()
  }

  private write(text: string): void {
    this.textContent = text
    if (text === due) this.dispatchEvent(new Event("due", { bubbles: true, composed: true }))
  }

  /** The text for screen readers, which changes at most once a minute. */
  private describe(): void {
    const words = `in ${inWords(Math.max(0, this.at - now()))}`
    if (this.dataset.words !== words) this.dataset.words = words
  }
}

customElements.define("brinjal-clock", BrinjalClock)
