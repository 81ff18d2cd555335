/**
 * The bar above the list of tasks: filters, search, and the button for a new task.
 */
import { css, html, nothing, type TemplateResult } from "lit"
import { count } from "../core/format.ts"
import { countByStatus, type Filter } from "../core/state.ts"
import type { Status, Task } from "../core/wire.ts"
import { icon, statusName, statusShape } from "../parts/icons.ts"

/**
 * Styles of the bar.
 *
 * @category styles
 * @since 0.1.0
 */
export const barStyles = css`
  .bar { display: flex; flex-wrap: wrap; gap: 10px 16px; align-items: center; justify-content: space-between; margin-bottom: 12px }
  .filters { display: flex; flex-wrap: wrap; gap: 2px }
  .filter {
    display: inline-flex; gap: 6px; align-items: center; height: 32px; padding: 0 10px; border-radius: 6px; font-size: 13px;
    font-weight: 500; color: var(--bj-soft);
  }
  .filter:hover { background: var(--bj-raised); color: var(--bj-ink) }
  .filter[aria-pressed="true"] { background: var(--bj-accent-soft); color: var(--bj-accent-strong) }
  .filter svg { width: 13px; height: 13px }
  .filter .count { font-size: 12px }
  .status { color: var(--bj-queued) }
  .status.running { color: var(--bj-running) }
  .status.done { color: var(--bj-done) }
  .status.failed { color: var(--bj-failed) }
  .fill { transform: rotate(-90deg); transform-origin: 8px 8px }
  .status .cut { stroke: var(--bj-surface) }
  .find { display: flex; gap: 8px; align-items: center }
  .find select { width: auto; max-width: 180px; min-height: 32px }
  .search { position: relative; flex: 1 }
  .search svg { position: absolute; left: 10px; top: 50%; transform: translateY(-50%); color: var(--bj-soft); pointer-events: none }
  .search input { padding-left: 32px !important; min-width: 120px; width: 200px; min-height: 32px }
  .parent { padding-right: 2px }
  .parent button { display: inline-grid; place-items: center; width: 22px; height: 22px }
  .parent svg { width: 10px; height: 10px }
  @container (max-width: 720px) {
    .filters { flex-wrap: nowrap; overflow-x: auto; width: 100%; scrollbar-width: none; padding: 2px }
    .filter { flex: none }
    .find { width: 100%; flex-wrap: wrap }
    .search { flex: 1 1 100% }
    .search input { width: 100% }
    .find label:not(.search) { flex: 1 }
    .find select { width: 100%; max-width: none }
  }
`

const statuses: ReadonlyArray<Status> = ["running", "queued", "failed", "done", "cancelled"]

type Set = (change: Partial<Filter>) => void

/**
 * The bar. `parentName` is the name of what has started the tasks, if the filter asks for that.
 *
 * @category templates
 * @since 0.1.0
 */
export const bar = (
  known: ReadonlyArray<Task>,
  filter: Filter,
  set: Set,
  newButton: TemplateResult | typeof nothing,
  parentName: string
): TemplateResult => {
  const counts = countByStatus(known)
  const button = (status: Status | "", name: string, number: number) =>
    statusButton(status, name, number, filter.status === status, () => set({ status }))
  return html`<div class="bar">
    <div class="filters" role="group" aria-label="Filter by status">
      ${button("", "All", known.length)}
      ${statuses.map((status) => button(status, statusName(status), counts[status]))}
    </div>
    <div class="find">
      <label class="search"><span class="visually-hidden">Search tasks</span>${icon.search}
        <input type="search" placeholder="Search" .value=${filter.text} @input=${(event: InputEvent) =>
    set({ text: (event.target as HTMLInputElement).value })}></label>
      ${typeChoice(known, filter, set)}${newButton}
    </div>
    ${filter.parentId === "" ? nothing : parentChip(parentName, set)}
  </div>`
}

const statusButton = (
  status: Status | "",
  name: string,
  number: number,
  pressed: boolean,
  onClick: () => void
): TemplateResult =>
  html`<button class="filter" type="button" aria-pressed=${pressed ? "true" : "false"} @click=${onClick}>${
    status === "" ? nothing : statusShape(status, 60)
  }<span>${name}</span> <span class="count num">${count(number)}</span></button>`

const typeChoice = (known: ReadonlyArray<Task>, filter: Filter, set: Set): TemplateResult => {
  const types = [...new Set(known.map((task) => task.task_type))].sort()
  return html`<label><span class="visually-hidden">Type of task</span><select .value=${filter.taskType} @change=${(
    event: Event
  ) => set({ taskType: (event.target as HTMLSelectElement).value })}><option value="">All types</option>${
    types.map((type) => html`<option value=${type} ?selected=${type === filter.taskType}>${type}</option>`)
  }</select></label>`
}

const parentChip = (name: string, set: Set): TemplateResult =>
  html`<span class="chip parent">Started by ${name}
    <button type="button" aria-label="Show all tasks" @click=${() =>
    set({ parentId: "" })}>${icon.close}</button></span>`
