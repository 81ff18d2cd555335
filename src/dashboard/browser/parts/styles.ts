/**
 * The look of all elements: colours, type and controls. Aubergine is for actions, the green of its stem for success;
 * each status has a shape as well as a colour. Light and dark follow the page, or the `theme` attribute.
 */
import { css } from "lit"

/**
 * Colours and sizes, as custom properties that a page may override on any of the elements.
 *
 * @category styles
 * @since 0.1.0
 */
export const tokens = css`
  :host {
    --bj-accent: light-dark(#6d2a78, #d9a3e3);
    --bj-accent-strong: light-dark(#551e5f, #e7c0ee);
    --bj-on-accent: light-dark(#ffffff, #2a0f30);
    --bj-accent-soft: light-dark(#f5eaf7, #3a2440);
    --bj-ground: light-dark(#fbf9fb, #151017);
    --bj-surface: light-dark(#ffffff, #1d1620);
    --bj-raised: light-dark(#f6f2f7, #261d2a);
    --bj-line: light-dark(#e9e1eb, #372b3b);
    --bj-line-strong: light-dark(#9b8aa0, #7c6a82);
    --bj-ink: light-dark(#241428, #f3ecf5);
    --bj-soft: light-dark(#685a6d, #b5a5ba);
    --bj-done: light-dark(#2c7a4b, #6cc890);
    --bj-failed: light-dark(#b8283c, #ff8a94);
    --bj-failed-soft: light-dark(#fdeef0, #3b1a22);
    --bj-running: light-dark(#7d3289, #d593e2);
    --bj-queued: light-dark(#75687a, #a293a8);
    --bj-cancelled: light-dark(#75687a, #a293a8);
    --bj-skipped: light-dark(#96620c, #e3b45c);
    --bj-skipped-soft: light-dark(#fbf3e2, #352a17);
    --bj-radius: 8px;
    --bj-mono: ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
    --bj-sans: "Inter", ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
    color-scheme: inherit;
    font: 400 14px/1.45 var(--bj-sans);
    color: var(--bj-ink);
    -webkit-text-size-adjust: 100%;
  }
  :host([theme="light"]) { color-scheme: light }
  :host([theme="dark"]) { color-scheme: dark }
  :host([hidden]) { display: none }
  *, ::before, ::after { box-sizing: border-box }
  @media (prefers-reduced-motion: reduce) {
    *, ::before, ::after { animation: none !important; transition: none !important }
  }
`

/** Text, links, badges, and what is only for screen readers. */
const text = css`
  h1, h2, h3, p, ul, ol, dl, dd, figure { margin: 0; padding: 0 }
  ul, ol { list-style: none }
  h2 { font-size: 12px; font-weight: 600; letter-spacing: .02em; color: var(--bj-soft) }
  a { color: var(--bj-accent); text-underline-offset: 2px }
  code, .mono { font-family: var(--bj-mono); font-size: .86em }
  .soft { color: var(--bj-soft) }
  .num { font-variant-numeric: tabular-nums }
  .visually-hidden {
    position: absolute; width: 1px; height: 1px; margin: -1px; padding: 0; overflow: hidden;
    clip-path: inset(50%); white-space: nowrap; border: 0;
  }
  .chip {
    display: inline-flex; align-items: center; gap: 4px; padding: 0 6px; border-radius: 4px; max-width: 100%;
    background: var(--bj-raised); color: var(--bj-soft); font-size: 12px; line-height: 20px; white-space: nowrap;
  }
  .panel { background: var(--bj-surface); border: 1px solid var(--bj-line); border-radius: var(--bj-radius) }
  .empty { padding: 40px 24px; text-align: center; color: var(--bj-soft) }
  .empty h2 { font-size: 15px; letter-spacing: 0; color: var(--bj-ink); margin-bottom: 6px }
  .empty p { max-width: 56ch; margin: 0 auto 12px }
  .empty p code { white-space: nowrap }
  .empty pre { display: inline-block; text-align: left; margin: 0; max-width: 100% }
  pre {
    margin: 0; padding: 10px 12px; border-radius: 6px; background: var(--bj-raised); color: var(--bj-ink);
    font: 12px/1.5 var(--bj-mono); overflow: auto; tab-size: 2;
  }
  pre.trace { max-height: 260px; white-space: pre-wrap; overflow-wrap: anywhere }
`

/** Buttons, fields, and the focus ring. */
const controls = css`
  button, input, select, textarea { font: inherit; color: inherit; letter-spacing: inherit }
  :focus-visible { outline: 2px solid var(--bj-accent); outline-offset: 2px }
  button { cursor: pointer; border: 0; background: none; padding: 0; touch-action: manipulation }
  button:disabled, button[aria-disabled="true"] { cursor: not-allowed; opacity: .55 }
  .button {
    display: inline-flex; align-items: center; justify-content: center; gap: 6px; min-height: 32px; padding: 0 12px;
    border: 1px solid var(--bj-line); border-radius: 6px; background: var(--bj-surface); font-weight: 500; font-size: 13px;
    white-space: nowrap; transition: background-color .12s, border-color .12s;
  }
  .button:hover:not(:disabled) { background: var(--bj-raised); border-color: var(--bj-line-strong) }
  .button.primary { background: var(--bj-accent); border-color: var(--bj-accent); color: var(--bj-on-accent) }
  .button.primary:hover:not(:disabled) { background: var(--bj-accent-strong); border-color: var(--bj-accent-strong) }
  .button.danger { color: var(--bj-failed) }
  .button.danger:hover:not(:disabled) { background: var(--bj-failed-soft); border-color: var(--bj-failed) }
  .icon {
    display: inline-grid; place-items: center; width: 30px; height: 30px; border-radius: 6px; color: var(--bj-soft);
    transition: background-color .12s, color .12s;
  }
  .icon:hover:not(:disabled) { background: var(--bj-raised); color: var(--bj-ink) }
  .icon.danger:hover:not(:disabled) { background: var(--bj-failed-soft); color: var(--bj-failed) }
  svg { display: block; flex: none }
  input:not([type="checkbox"]), select, textarea {
    width: 100%; min-height: 34px; padding: 5px 10px; border: 1px solid var(--bj-line-strong); border-radius: 6px;
    background: var(--bj-surface);
  }
  textarea { min-height: 72px; resize: vertical; font: 12px/1.5 var(--bj-mono) }
  input[type="checkbox"] { width: 16px; height: 16px; accent-color: var(--bj-accent); margin: 0 }
  ::placeholder { color: var(--bj-soft); opacity: 1 }
  [aria-invalid="true"] { border-color: var(--bj-failed) !important }
  @media (pointer: coarse) {
    .icon { width: 36px; height: 40px }
    .button { min-height: 40px }
    input:not([type="checkbox"]), select { min-height: 40px; font-size: 16px }
  }
`

/**
 * All three, which most elements adopt.
 *
 * @category styles
 * @since 0.1.0
 */
export const base = [tokens, text, controls]
