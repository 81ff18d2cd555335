/**
 * How a row of the task list looks, wide and narrow.
 */
import { css } from "lit"

/**
 * Styles of `<brinjal-task>`.
 *
 * @category styles
 * @since 0.1.0
 */
export const rowStyles = css`
  :host { display: block; contain: layout style; content-visibility: auto; contain-intrinsic-size: auto 49px; container-type: inline-size }
  .row {
    position: relative; display: grid; align-items: center; column-gap: 10px; min-height: 48px; padding: 6px 8px 6px 14px;
    grid-template-columns: 16px auto minmax(0, 1fr) 150px 118px 68px;
    grid-template-areas: "shape img what bar when actions" "more more more more more more";
  }
  .row:hover { background: light-dark(#fdfbfd, #211925) }
  .shape { grid-area: shape }
  .status { color: var(--bj-queued) }
  .status.running { color: var(--bj-running) }
  .status.done { color: var(--bj-done) }
  .status.failed { color: var(--bj-failed) }
  .status .cut { stroke: var(--bj-surface) }
  .spin, .fill { transform: rotate(-90deg); transform-origin: 8px 8px }
  .spin { animation: turn 1s linear infinite }
  @keyframes turn { from { transform: rotate(-90deg) } to { transform: rotate(270deg) } }
  img { grid-area: img; border-radius: 5px; object-fit: cover; background: var(--bj-raised) }
  .what { grid-area: what; display: grid; grid-template-columns: minmax(0, auto) auto auto 1fr; column-gap: 8px; align-items: center }
  .name { grid-column: 1; font-weight: 600; text-align: left; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; min-width: 0 }
  .name::after { content: ""; position: absolute; inset: 0 0 auto; height: 48px }
  .name:focus-visible { outline-offset: 3px }
  .chip { grid-column: auto; position: relative; pointer-events: none }
  .chip.from { pointer-events: auto; min-height: 24px; max-width: 26ch; color: var(--bj-accent); background: var(--bj-accent-soft) }
  .chip.from:hover { text-decoration: underline; text-underline-offset: 2px }
  .chip.from svg { width: 12px; height: 12px }
  .chip.from span:last-child { overflow: hidden; text-overflow: ellipsis }
  .chip.warn { background: var(--bj-skipped-soft); color: var(--bj-skipped) }
  .body { grid-column: 1 / -1; color: var(--bj-soft); font-size: 13px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
  .failed .body { color: var(--bj-failed) }
  .body:empty { display: none }
  .what .fold { grid-column: 1 / -1; margin-top: 3px }
  .progress, .bar-place { grid-area: bar }
  .progress { display: flex; align-items: center; gap: 8px }
  .bar { flex: 1; height: 6px; border-radius: 3px; background: light-dark(#eadfed, #43314a); overflow: hidden; position: relative }
  .bar::after {
    content: ""; position: absolute; inset: 0; border-radius: 3px; background: var(--bj-running);
    transform: translateX(calc(var(--progress) - 100%)); transition: transform .25s linear;
  }
  .bar.unknown::after {
    background: linear-gradient(90deg, transparent, var(--bj-running) 40% 60%, transparent) 0 0 / 50% 100% repeat-x;
    animation: slide 1.4s linear infinite; opacity: .8;
  }
  @keyframes slide { from { background-position-x: 0 } to { background-position-x: 100% } }
  .percent { width: 34px; text-align: right; font-size: 12px; color: var(--bj-soft) }
  .when { grid-area: when; text-align: right; font-size: 12.5px; color: var(--bj-soft); white-space: nowrap }
  .when .took { color: var(--bj-ink); margin-right: 6px }
  .retry { color: var(--bj-skipped) }
  .actions { grid-area: actions; display: flex; justify-content: flex-end; position: relative; opacity: .62 }
  .row:hover .actions, .row:focus-within .actions { opacity: 1 }
  .more { grid-area: more; padding: 8px 0 10px 26px; display: grid; grid-template-columns: minmax(0, 1fr); gap: 12px }
  .more dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); gap: 8px 20px }
  .more dt { font-size: 12px; color: var(--bj-soft) }
  .more dd { overflow-wrap: anywhere; font-size: 13px }
  .more .label { display: flex; align-items: center; justify-content: space-between; font-size: 12px; color: var(--bj-soft); min-height: 30px }
  .more .full { white-space: pre-wrap; overflow-wrap: anywhere }
  .more pre.result { white-space: pre-wrap; overflow-wrap: anywhere }
  .more .result + .link { margin-top: 6px; min-height: 24px; font-size: 13px }
  .more .problem { color: var(--bj-failed); font-weight: 600; overflow-wrap: anywhere }
  .more img { width: auto; height: auto; max-width: 100%; max-height: 240px; grid-area: auto }
  .link { color: var(--bj-accent); text-decoration: underline; text-underline-offset: 2px }
  @container (max-width: 640px) {
    .row {
      grid-template-columns: 16px auto minmax(0, 1fr) auto auto; row-gap: 2px; padding: 8px 4px 8px 12px;
      grid-template-areas: "shape img what what actions" ". . bar when actions" "more more more more more";
    }
    .what { grid-template-columns: auto auto minmax(0, 1fr) }
    .name { grid-column: 1 / -1 }
    .chip.from { grid-column: 1 / -1; justify-self: start; max-width: 100% }
    .what { align-self: center }
    .bar-place { display: none }
    .bar-place + .when { grid-column: bar-start / when-end; text-align: left }
    .actions { opacity: 1 }
    .more { padding: 8px 8px 10px 0 }
  }
  @container (min-width: 641px) and (max-width: 860px) {
    .row { grid-template-columns: 16px auto minmax(0, 1fr) 100px 118px 64px }
  }
`
