/**
 * What the list shows of a family besides its tasks: a parent that is no longer there, and a line about the children
 * that are not shown.
 */
import { css, html, nothing, type TemplateResult } from "lit"
import type { Children } from "../core/families.ts"
import { plural } from "../core/format.ts"
import type { Kin } from "../core/lineage.ts"
import "../parts/clock.ts"
import { icon } from "../parts/icons.ts"
import { fold } from "./fold.ts"

/**
 * Styles of families.
 *
 * @category styles
 * @since 0.1.0
 */
export const familyStyles = css`
  .family { margin-left: 21px; border-left: 2px solid var(--bj-line) }
  .family .family .family .family { margin-left: 0 }
  .absent { display: grid; grid-template-columns: 16px minmax(0, 1fr) auto; gap: 1px 20px; padding: 7px 14px; align-items: center; color: var(--bj-soft) }
  .absent .id { overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
  .absent .fold { grid-column: 2 / -1 }
  .absent brinjal-clock { font-size: 12.5px; padding-right: 72px }
  .note { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; min-height: 40px; padding: 4px 14px; font-size: 13px; color: var(--bj-soft) }
  ul + .note { border-top: 1px solid var(--bj-line) }
  @container (max-width: 640px) {
    .family { margin-left: 10px }
    .absent brinjal-clock { padding-right: 0 }
  }
`

/** The types of children. */
const typesOf = (children: Kin["children"]): ReadonlyArray<TemplateResult> =>
  [...new Set([...children.values()].map(({ task }) => task?.task_type))].map((type) =>
    html`<span class="chip">${type}</span> `
  )

/**
 * A parent that is not there, in place of its row.
 *
 * @category templates
 * @since 0.1.0
 */
export const absent = ({ below, children, ended, id }: Kin, unfolded: boolean, onFold: () => void): TemplateResult =>
  html`<div class="absent"><span>${icon.below}</span><p class="id">${
    typesOf(children)
  } started by <code>${id}</code></p>
    ${
    ended === "" || below.running + below.queued > 0
      ? nothing
      : html`<brinjal-clock class="num" .value=${{ at: ended, mode: "ago" }}></brinjal-clock>`
  }${fold(id, below, unfolded, onFold, id)}</div>`

/**
 * A line about the children that are not among those that are shown, with the button that shows `more`.
 *
 * @category templates
 * @since 0.1.0
 */
export const note = (
  { hidden, later }: Children,
  { below: { gone }, task }: Kin,
  more: TemplateResult | typeof nothing,
  showAll: () => void
): TemplateResult | typeof nothing => {
  const words = [
    later === 0 ? "" : `${plural(later, "task")} to start later`,
    gone === 0 ?
      "" :
      `${plural(gone, "task")} that ${gone === 1 ? "was" : "were"} done and ${gone === 1 ? "is" : "are"} no longer kept`
  ].filter(Boolean)
  if (more === nothing && hidden === 0 && words.length === 0 && task !== undefined) return nothing
  return html`<div class="note">${more}${
    hidden === 0 ?
      nothing :
      html`<span>${plural(hidden, "task")} more ${hidden === 1 ? "does" : "do"} not fit the filter.</span>
      <button class="button" type="button" @click=${showAll}>Show all of them</button>`
  }${words.length === 0 ? nothing : html`<span>Besides: ${words.join(", ")}.</span>`}${
    task === undefined ? html`<span>The task that has started them is no longer kept.</span>` : nothing
  }</div>`
}
