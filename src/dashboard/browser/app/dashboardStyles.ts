/**
 * How the dashboard looks around its views.
 */
import { css } from "lit"

/**
 * Styles of `<brinjal-dashboard>`.
 *
 * @category styles
 * @since 0.1.0
 */
export const dashboardStyles = css`
  :host { display: block; min-height: 100%; background: var(--bj-ground) }
  .inner, main { max-width: 1240px; margin: 0 auto; padding-inline: 24px }
  .top { background: var(--bj-surface); border-bottom: 1px solid var(--bj-line); position: sticky; top: 0; z-index: 8 }
  .inner { display: flex; align-items: center; gap: 28px; min-height: 54px }
  .brand { display: inline-flex; align-items: center; gap: 9px; font-weight: 700; font-size: 16px; letter-spacing: -.01em }
  nav { flex: 1; align-self: stretch }
  nav ul { display: flex; gap: 4px; height: 100% }
  nav li { display: flex }
  nav a {
    display: inline-flex; align-items: center; gap: 7px; padding: 0 10px; color: var(--bj-soft); text-decoration: none;
    font-weight: 500; border-bottom: 2px solid transparent; border-top: 2px solid transparent;
  }
  nav a:hover { color: var(--bj-ink) }
  nav a[aria-current] { color: var(--bj-accent); border-bottom-color: var(--bj-accent) }
  nav a:focus-visible { outline-offset: -4px; border-radius: 8px }
  .badge { font-size: 11.5px; line-height: 18px; padding: 0 6px; border-radius: 9px; background: var(--bj-raised); color: var(--bj-soft) }
  nav a[aria-current] .badge { background: var(--bj-accent-soft); color: var(--bj-accent-strong) }
  .side { display: inline-flex; align-items: center; gap: 10px }
  .light { display: inline-flex; align-items: center; gap: 6px; font-size: 12.5px; color: var(--bj-soft) }
  .lamp { width: 8px; height: 8px; border-radius: 50%; background: var(--bj-line-strong) }
  .live .lamp { background: var(--bj-done) }
  .lost .lamp { background: var(--bj-failed) }
  .banner { padding-inline: 24px; border-radius: 0; border-bottom: 1px solid var(--bj-line) }
  main { padding-block: 20px 64px }
  main:focus { outline: none }
  .skip { position: absolute; left: 8px; top: -60px; background: var(--bj-surface); padding: 8px 14px; border-radius: 6px; z-index: 20 }
  .skip:focus { top: 8px }
  @media (max-width: 640px) {
    .inner, main, .banner { padding-inline: 12px }
    .inner { gap: 6px; flex-wrap: wrap; padding-top: 6px }
    .brand { flex: 1 }
    nav { order: 3; flex-basis: 100%; margin-inline: -4px; height: 42px }
    nav ul { justify-content: space-between }
    nav li { flex: 1; justify-content: center }
    nav a { padding: 0 6px }
    main { padding-block: 12px 64px }
  }
`
