/**
 * `<brinjal-sign-in>`: asks for a token that the server wants. It is kept for as long as the tab is open.
 */
import { css, html, LitElement, type PropertyDeclarations, type TemplateResult } from "lit"
import type { Live } from "../core/live.ts"
import { base } from "./styles.ts"

class BrinjalSignIn extends LitElement {
  static override styles = [
    ...base,
    css`
    form { max-width: 400px; margin: 48px auto; padding: 24px; display: grid; gap: 14px }
    h2 { font-size: 16px; color: var(--bj-ink) }
    label { font-weight: 500; font-size: 13px }
    .field { display: grid; gap: 4px }
    #hint { font-size: 12.5px }
  `
  ]

  static override properties: PropertyDeclarations = { why: { attribute: false } }

  declare live: Live
  declare why: string

  override render(): TemplateResult {
    return html`<form class="panel" @submit=${this.onSubmit}>
      <h2>Sign in</h2><p>${this.why}</p>
      <div class="field"><label for="token">Token</label>
        <input id="token" type="password" autocomplete="current-password" required aria-describedby="hint">
        <span class="soft" id="hint">One of the tokens that the server was started with. It is forgotten with this tab.</span></div>
      <button class="button primary" type="submit">Sign in</button></form>`
  }

  private onSubmit(event: Event): void {
    event.preventDefault()
    this.live.signIn(this.renderRoot.querySelector<HTMLInputElement>("#token")!.value.trim())
  }
}

customElements.define("brinjal-sign-in", BrinjalSignIn)
