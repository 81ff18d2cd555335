/**
 * How dialogs look: a sheet from the bottom on a phone, a card elsewhere.
 */
import { css } from "lit"

/**
 * Styles of everything that opens over the page.
 *
 * @category styles
 * @since 0.1.0
 */
export const dialogStyles = css`
  dialog {
    width: min(640px, calc(100vw - 32px)); max-height: min(880px, calc(100dvh - 32px)); padding: 0; overflow: hidden;
    border: 1px solid var(--bj-line); border-radius: 12px; background: var(--bj-surface); color: var(--bj-ink);
    box-shadow: 0 24px 80px rgb(0 0 0 / .3);
  }
  dialog.small { width: min(440px, calc(100vw - 32px)) }
  dialog::backdrop { background: rgb(24 10 28 / .42) }
  dialog > form { display: grid; grid-template-rows: auto minmax(0, 1fr) auto; max-height: inherit }
  header { display: flex; align-items: center; justify-content: space-between; padding: 14px 14px 10px 20px }
  header h1 { font-size: 16px; font-weight: 650 }
  .fill { padding: 4px 20px 18px; display: grid; gap: 14px; overflow-y: auto; align-content: start }
  footer { display: flex; flex-wrap: wrap; justify-content: flex-end; gap: 8px; padding: 12px 20px; border-top: 1px solid var(--bj-line); background: var(--bj-ground) }
  .field { display: grid; gap: 4px; min-width: 0 }
  .field > label, .label { font-size: 13px; font-weight: 500 }
  .optional { color: var(--bj-soft); font-weight: 400 }
  .hint { font-size: 12px; color: var(--bj-soft) }
  .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 14px; align-items: start }
  .trouble { flex: 1 0 100%; max-height: 30vh; overflow-y: auto; color: var(--bj-failed); background: var(--bj-failed-soft); border-radius: 6px; padding: 8px 12px; font-size: 13px; overflow-wrap: anywhere }
  .check { display: flex; align-items: center; gap: 8px; min-height: 34px; font-size: 13px }
  details > summary { cursor: pointer; font-size: 13px; font-weight: 500; padding: 4px 0; border-radius: 4px }
  details > .inside { display: grid; gap: 14px; padding-top: 10px }
  @media (max-width: 520px) {
    dialog, dialog.small { width: 100vw; max-width: 100vw; max-height: calc(100dvh - 24px); margin: auto 0 0; border-radius: 14px 14px 0 0 }
  }
`
