/**
 * What an element shows about its connection and about what its token allows: a banner instead of silence, a form
 * instead of a refusal, and a reason instead of missing buttons.
 */
import { css, html, nothing, type TemplateResult } from "lit"
import { timeOfDay } from "../core/format.ts"
import type { Live } from "../core/live.ts"
import type { Role } from "../core/state.ts"
import { icon } from "./icons.ts"
import "./clock.ts"
import "./signIn.ts"

/**
 * Styles of the banner and the note.
 *
 * @category styles
 * @since 0.1.0
 */
export const connectionStyles = css`
  .banner {
    display: flex; align-items: center; gap: 12px; padding: 8px 12px; background: var(--bj-skipped-soft); color: var(--bj-skipped);
    border-radius: var(--bj-radius);
  }
  .banner .words { flex: 1 }
  .banner .button { color: var(--bj-ink) }
  .rights { display: flex; flex-wrap: wrap; gap: 0 8px; margin-bottom: 10px; font-size: 13px; color: var(--bj-soft) }
  .rights button { color: var(--bj-accent); text-decoration: underline; text-underline-offset: 2px }
`

/** In the time of the server, which clocks show. */
const retryAt = ({ state }: Live, at: number): string => new Date(at + state.offset).toISOString()

/**
 * The banner while the connection is lost: since when, when the next attempt is, and a button to make it now.
 *
 * @category templates
 * @since 0.1.0
 */
export const banner = (live: Live): TemplateResult => {
  const { connection, lastHeard } = live.state
  if (connection.is !== "lost") return html`<div role="status"></div>`
  const [lost, seen] = lastHeard === 0
    ? ["The server cannot be reached.", ""]
    : ["The connection was lost.", ` What you see is from ${timeOfDay(lastHeard)}.`]
  return html`<div role="status"><div class="banner"><span>${icon.warning}</span>
    <span class="words">${lost}${seen} <span aria-hidden="true">Next attempt <brinjal-clock .value=${{
    at: retryAt(live, connection.retryAt),
    mode: "until"
  }}></brinjal-clock>.</span></span>
    <button class="button" type="button" @click=${() => live.retryNow()}>Reconnect now</button></div></div>`
}

/**
 * The form that asks for a token, if the server wants one and has not got a valid one.
 *
 * @category templates
 * @since 0.1.0
 */
export const signIn = (live: Live): TemplateResult | undefined => {
  const { connection } = live.state
  return connection.is === "refused"
    ? html`<brinjal-sign-in .live=${live} .why=${connection.why}></brinjal-sign-in>`
    : undefined
}

const reasons: Record<Exclude<Role, "admin">, string> = {
  read: "You can see everything here. Changing something needs a token that allows more.",
  operate: "You can run, cancel, enable and disable. Adding, editing and removing need a token that allows more."
}

/**
 * Why not everything is offered, with a way to sign in as somebody who may do more.
 *
 * @category templates
 * @since 0.1.0
 */
export const rights = (live: Live): TemplateResult | typeof nothing => {
  const { role } = live.state
  if (role === "admin") return nothing
  return html`<p class="rights"><span>${reasons[role]}</span>${
    live.api.token === undefined
      ? nothing
      : html`<button type="button" @click=${() => live.signIn("")}>Use another token</button>`
  }</p>`
}
