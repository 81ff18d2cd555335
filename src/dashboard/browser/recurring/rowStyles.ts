/**
 * How a row of the list of recurring tasks looks, wide and narrow.
 */
import { css } from "lit"

/**
 * Styles of `<brinjal-recurring>`.
 *
 * @category styles
 * @since 0.1.0
 */
export const rowStyles = css`
  :host { display: block; container-type: inline-size }
  .row {
    position: relative; display: grid; align-items: center; column-gap: 18px; padding: 10px 8px 10px 14px;
    grid-template-columns: 34px minmax(0, 1fr) 222px 128px 88px 94px;
    grid-template-areas: "switch what strip next counters actions" "more more more more more more";
  }
  :host([first]) .row { border-radius: var(--bj-radius) var(--bj-radius) 0 0 }
  .row:hover { background: light-dark(#fdfbfd, #211925) }
  .switch {
    grid-area: switch; width: 34px; height: 20px; border-radius: 10px; background: var(--bj-line-strong); position: relative;
    transition: background-color .15s; z-index: 1;
  }
  .switch::after {
    content: ""; position: absolute; inset: 3px auto auto 3px; width: 14px; height: 14px; border-radius: 50%; background: #fff;
    transition: transform .15s;
  }
  .switch::before { content: ""; position: absolute; inset: -8px }
  .switch[aria-checked="true"] { background: var(--bj-accent) }
  .switch[aria-checked="true"]::after { transform: translateX(14px); background: var(--bj-on-accent) }
  .what { grid-area: what; min-width: 0 }
  .name { font-weight: 600; text-align: left; overflow-wrap: anywhere }
  .name::after { content: ""; position: absolute; inset: 0 0 auto; height: 60px }
  .off .name { color: var(--bj-soft) }
  .title { display: flex; flex-wrap: wrap; gap: 0 8px; align-items: center }
  .chip { position: relative; pointer-events: none }
  .chip.bad { background: var(--bj-failed-soft); color: var(--bj-failed) }
  .words { font-size: 13px; color: var(--bj-soft); overflow-wrap: anywhere }
  .words::first-letter { text-transform: uppercase }
  .note { font-size: 12.5px; color: var(--bj-skipped); overflow-wrap: anywhere }
  brinjal-strip { grid-area: strip; z-index: 1 }
  .off brinjal-strip { opacity: .7 }
  .next { grid-area: next; display: grid; font-size: 13px; line-height: 1.35; font-variant-numeric: tabular-nums }
  .next brinjal-clock { font-weight: 600 }
  .next time { font-size: 12px }
  .counters { grid-area: counters; display: grid; font-size: 13px; line-height: 1.35 }
  .counters span + span { font-size: 12px }
  .bad { color: var(--bj-failed) }
  .actions { grid-area: actions; display: flex; justify-content: flex-end; position: relative; z-index: 1; opacity: .62 }
  .row:hover .actions, .row:focus-within .actions { opacity: 1 }
  brinjal-history { grid-area: more; display: block; padding: 16px 6px 8px 52px; position: relative; z-index: 1 }
  @container (max-width: 900px) {
    .row {
      grid-template-columns: 34px minmax(0, 1fr) 120px 94px; row-gap: 8px;
      grid-template-areas: "switch what next actions" ". strip counters counters" "more more more more";
    }
    .counters { grid-auto-flow: column; justify-content: end; column-gap: 10px; align-items: baseline }
  }
  @container (max-width: 560px) {
    .row {
      grid-template-columns: 34px minmax(0, 1fr) auto; column-gap: 12px; padding: 12px 4px 12px 12px;
      grid-template-areas: "switch what actions" "strip strip strip" "next next counters" "more more more";
    }
    .actions { opacity: 1; align-self: start; margin-top: -6px }
    .counters { grid-auto-flow: row; justify-items: end; padding-right: 8px }
    brinjal-strip { margin-right: 8px }
    .name::after { height: 100% }
  }
  @container (max-width: 900px) { brinjal-history { padding-left: 0 } }
`
