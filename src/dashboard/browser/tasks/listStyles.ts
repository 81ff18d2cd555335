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
  .panel { overflow: clip }
  .head {
    display: flex; align-items: center; justify-content: space-between; min-height: 34px; padding: 4px 14px;
    background: var(--bj-raised);
  }
  ul + .head, .foot + .head, .panel .foot, li { border-top: 1px solid var(--bj-line) }
  .all { display: flex; gap: 4px }
  .clear { font-size: 12px; color: var(--bj-soft); padding: 4px 6px; border-radius: 4px }
  .clear:hover { color: var(--bj-failed); background: var(--bj-failed-soft) }
  .clear.retry:hover { color: var(--bj-accent-strong); background: var(--bj-accent-soft) }
  .foot { padding: 14px; text-align: center }
`
