/**
 * The button that unfolds a family: how many of the tasks below another one are in which state, so that one that has
 * failed is seen without unfolding.
 */
import { css, html, nothing, type TemplateResult } from "lit"
import { count } from "../core/format.ts"
import type { Tally } from "../core/lineage.ts"
import type { Status } from "../core/wire.ts"
import { icon, statusName, statusShape } from "../parts/icons.ts"

/**
 * Styles of the button.
 *
 * @category styles
 * @since 0.1.0
 */
export const foldStyles = css`
  .fold {
    position: relative; display: inline-flex; flex-wrap: wrap; align-items: center; gap: 0 12px; min-height: 26px; margin-left: -6px;
    padding: 2px 10px 2px 22px; border-radius: 6px; font-size: 12.5px; color: var(--bj-soft); text-align: left; justify-self: start;
  }
  .fold:hover { background: var(--bj-raised); color: var(--bj-ink) }
  .fold > svg { position: absolute; left: 4px; top: calc(50% - 7px); width: 14px; height: 14px; transition: transform .12s }
  .fold[aria-expanded="true"] > svg { transform: rotate(90deg) }
  .part { display: inline-flex; align-items: center; gap: 4px }
  .part svg { width: 12px; height: 12px }
  .part.failed { color: var(--bj-failed); font-weight: 600 }
  @media (pointer: coarse) { .fold { min-height: 36px } }
`

/** What needs a look comes first. */
const statuses: ReadonlyArray<Status> = ["failed", "running", "queued", "done", "cancelled"]

/** How many there are of a status, with those that were done and are gone. */
const numberOf = (tally: Tally, status: Status): number => tally[status] + (status === "done" ? tally.gone : 0)

/**
 * The button of the family of `name`. Its `id` is there only for a family whose parent is not.
 *
 * @category templates
 * @since 0.1.0
 */
export const fold = (
  name: string,
  below: Tally,
  unfolded: boolean,
  onFold: () => void,
  id?: string
): TemplateResult =>
  html`<button class="fold num" type="button" data-family=${id ?? nothing} aria-expanded=${
    unfolded ? "true" : "false"
  } @click=${onFold}>${icon.open}
    <span class="visually-hidden">Started by ${name}:</span>${
    statuses.filter((status) => numberOf(below, status) > 0).map((status, index) =>
      html`<span class="part ${status}">${index === 0 ? nothing : html`<span class="visually-hidden">, </span>`}<span
        aria-hidden="true">${statusShape(status, 60)}</span>${count(numberOf(below, status))} ${
        statusName(status).toLowerCase()
      }</span>`
    )
  }</button>`
