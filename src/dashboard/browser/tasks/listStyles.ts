/**
 * How the task list looks around its rows.
 */
import { css } from "lit"

/**
 * Styles of `<task-list>`.
 *
 * @category styles
 * @since 0.1.0
 */
export const listStyles = css`
  :host { display: block; container-type: inline-size }
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
  .panel { overflow: clip }
  .head {
    display: flex; align-items: center; justify-content: space-between; min-height: 34px; padding: 4px 14px;
    background: var(--bj-raised);
  }
  ul + .head, .foot + .head, .panel .foot, li { border-top: 1px solid var(--bj-line) }
  .clear { font-size: 12px; color: var(--bj-soft); padding: 4px 6px; border-radius: 4px }
  .clear:hover { color: var(--bj-failed); background: var(--bj-failed-soft) }
  .foot { padding: 14px; text-align: center }
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
