/**
 * A line about tasks that wait although no process would run them: nothing else on the page tells them from those that
 * wait for their turn.
 */
import { css, html, type TemplateResult } from "lit"
import { count, nearby, plural } from "../core/format.ts"
import type { Live } from "../core/live.ts"
import type { Backlog } from "../core/wire.ts"
import { now } from "../parts/clock.ts"
import { icon } from "../parts/icons.ts"

/**
 * Styles of the line.
 *
 * @category styles
 * @since 0.1.0
 */
export const unhandledStyles = css`
  .unhandled { display: flex; gap: 8px; margin-bottom: 10px; font-size: 13px; color: var(--bj-soft) }
  .unhandled svg { flex: none; margin-top: 2px; color: var(--bj-skipped) }
  .unhandled.more { padding-left: 24px }
  .unhandled b { color: var(--bj-ink); font-weight: 600; overflow-wrap: anywhere }
`

/** The server counts no further. */
const mostCounted = 10_000

/** How many types are named. */
const mostNamed = 3

/**
 * What waits and is handled by no process, if there is anything.
 *
 * @category templates
 * @since 0.1.0
 */
export const unhandled = ({ state: { unhandled } }: Live): TemplateResult => {
  const more = unhandled.length - mostNamed
  return html`<div role="status">${unhandled.slice(0, mostNamed).map(line)}${
    more > 0 ? html`<p class="unhandled more"><span>So do tasks of ${plural(more, "more type")}.</span></p>` : ""
  }</div>`
}

const line = ({ task_type, waiting, waiting_since }: Backlog): TemplateResult => {
  const tasks = waiting < mostCounted ? plural(waiting, "task") : `${count(mostCounted)} or more tasks`
  const since = nearby(waiting_since!, now())
  const [waits, them] = waiting === 1
    ? [` has waited since ${since}`, "it"]
    : [` wait, the first since ${since}`, "them"]
  return html`<p class="unhandled">${icon.warning}<span>${tasks} of type <b>${task_type}</b>${waits}, and no process that
    is running handles ${them}.</span></p>`
}
