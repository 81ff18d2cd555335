/**
 * How the timeline looks.
 */
import { css } from "lit"

/**
 * Styles of `<brinjal-timeline>`.
 *
 * @category styles
 * @since 0.1.0
 */
export const timelineStyles = css`
  :host { display: block; container-type: inline-size; --names: 190px }
  .bar { display: flex; flex-wrap: wrap; gap: 10px; align-items: center; justify-content: space-between; margin-bottom: 12px }
  .ranges { display: flex; gap: 2px }
  .ranges button { height: 32px; padding: 0 10px; border-radius: 6px; font-size: 13px; font-weight: 500; color: var(--bj-soft); white-space: nowrap }
  .ranges button:hover { background: var(--bj-raised); color: var(--bj-ink) }
  .ranges button[aria-pressed="true"] { background: var(--bj-accent-soft); color: var(--bj-accent-strong) }
  .moves { display: flex; gap: 6px; align-items: center }
  .moves select { width: auto; max-width: 210px; min-height: 32px }
  .search { position: relative; flex: 1 }
  .search svg { position: absolute; left: 10px; top: 50%; transform: translateY(-50%); color: var(--bj-soft); pointer-events: none }
  .search input { padding-left: 32px !important; min-height: 32px }
  .rest { padding: 14px 14px 4px; text-align: center }
  .panel { overflow: clip }
  .chart { position: relative; padding: 34px 0 8px }
  .axis, .changes { position: absolute; inset: 0 0 0 var(--names); pointer-events: none; margin-right: 10px }
  .tick { position: absolute; left: var(--x); top: 28px; bottom: 0; border-left: 1px solid var(--bj-line) }
  .tick span { position: absolute; bottom: calc(100% + 2px); left: 0; transform: translateX(-50%); white-space: nowrap; font-size: 11.5px; color: var(--bj-soft); font-variant-numeric: tabular-nums }
  .tick.day { border-left-color: light-dark(#c9bccd, #5b4a60) }
  .tick.day span { font-weight: 600; color: var(--bj-ink) }
  .now { position: absolute; left: var(--x); top: 24px; bottom: 0; border-left: 2px solid var(--bj-accent); z-index: 2 }
  .now b {
    position: absolute; bottom: 100%; left: -1px; transform: translateX(-50%); font-size: 11px; line-height: 16px; padding: 0 6px; border-radius: 8px;
    background: var(--bj-accent); color: var(--bj-on-accent); font-weight: 600;
  }
  .now::after { content: ""; position: absolute; inset: 0 -2000px 0 0; background: var(--bj-accent); opacity: .035 }
  .changes li { position: absolute; left: var(--x); top: 30px; bottom: 0; border-left: 2px dashed var(--bj-skipped) }
  .changes span {
    position: absolute; bottom: 0; left: 4px; white-space: nowrap; font-size: 11.5px; color: var(--bj-skipped); background: var(--bj-surface); padding: 0 4px;
  }
  .changes .left span { left: auto; right: 4px }
  .chart:has(.changes) { padding-bottom: 26px }
  .row { display: grid; grid-template-columns: var(--names) minmax(0, 1fr); align-items: center; min-height: 34px; padding-right: 10px }
  .row:hover { background: light-dark(rgb(109 42 120 / .035), rgb(217 163 227 / .05)) }
  .name { padding: 0 12px 0 14px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 500; font-size: 13px }
  .off .name { color: var(--bj-soft) }
  .off .lane { opacity: .6 }
  .lane { position: relative; height: 26px; border-radius: 4px; overflow: hidden }
  .lane::before { content: ""; position: absolute; inset: 50% 0 auto; border-top: 1px solid var(--bj-line) }
  .mark { position: absolute; left: var(--x); width: max(4px, var(--w)); top: 4px; bottom: 4px; border-radius: 2px; background: var(--look); min-width: 4px }
  .lane .mark { margin-left: -1px }
  .lane .mark::after { content: ""; position: absolute; inset: -4px -3px }
  .mark.active { outline: 2px solid var(--bj-ink); outline-offset: 1px; z-index: 1 }
  .done { --look: var(--bj-done) } .failed { --look: var(--bj-failed) } .running { --look: var(--bj-running) }
  .cancelled { --look: var(--bj-cancelled) } .queued { --look: var(--bj-queued) } .absorbed { --look: var(--bj-line-strong) }
  .skipped { --look: var(--bj-skipped) } .missed { --look: var(--bj-skipped) } .planned { --look: var(--bj-accent) }
  .mark.failed { top: 1px; bottom: 1px }
  .mark.cancelled { opacity: .65 }
  .mark.skipped { top: 10px; bottom: 4px }
  .mark.missed { background: repeating-linear-gradient(135deg, var(--look) 0 2px, transparent 2px 5px); border: 1px solid var(--look) }
  .mark.planned, .mark.queued { background: var(--bj-surface); border: 1.5px solid var(--look) }
  .mark.planned { opacity: .75; top: 7px; bottom: 7px; width: max(5px, var(--w)) }
  .more { position: absolute; right: 2px; top: 2px; color: var(--bj-soft) }
  .foot { display: flex; flex-wrap: wrap; gap: 6px 20px; justify-content: space-between; padding: 10px 4px; font-size: 13px }
  .description { min-height: 20px }
  .legend { display: flex; flex-wrap: wrap; gap: 4px 14px; color: var(--bj-soft); font-size: 12px }
  .legend li { display: inline-flex; align-items: center; gap: 6px }
  .legend .mark { position: static; width: 10px; height: 10px; flex: none }
  .legend .mark.planned { width: 10px }
  .link { color: var(--bj-accent); text-decoration: underline; text-underline-offset: 2px }
  @container (max-width: 640px) {
    :host { --names: 0px }
    .row { grid-template-columns: minmax(0, 1fr); padding: 4px 10px 6px }
    .name { padding: 0 6px 0 0; width: fit-content; max-width: 100%; background: var(--bj-surface); position: relative; z-index: 3 }
    .axis, .changes { margin-inline: 10px; inset-inline: 0 }
    .ranges { width: 100%; justify-content: space-between }
    .ranges button { padding: 0 7px }
    .moves { width: 100%; flex-wrap: wrap }
    .moves label { flex: 1 }
    .moves .search { flex: 1 0 100% }
    .moves select { width: 100%; max-width: none }
  }
`
