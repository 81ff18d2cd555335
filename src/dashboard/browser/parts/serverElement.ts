/**
 * What all elements that show a server have in common: the `api` attribute, the theme, a subscription to the live
 * state, the state of the connection, and actions that report how they went.
 */
import { html, LitElement, type PropertyDeclarations, type TemplateResult } from "lit"
import { Refusal } from "../core/api.ts"
import { Live } from "../core/live.ts"
import { setOffset } from "./clock.ts"
import { banner, signIn } from "./connection.ts"
import { say } from "./notices.ts"

/**
 * Base class of every element that shows a server.
 *
 * @category elements
 * @since 0.1.0
 */
export abstract class ServerElement extends LitElement {
  static override properties: PropertyDeclarations = {
    api: { type: String },
    base_url: { type: String },
    theme: { type: String, reflect: true },
    framed: { attribute: false }
  }

  declare api: string | undefined
  /** The name of `api` in the elements of the original. */
  declare base_url: string | undefined
  declare theme: string | undefined
  /** Whether an element around this one shows the state of the connection. */
  declare framed: boolean | undefined
  private leave: (() => void) | undefined
  private followed: Live | undefined

  /** The server that this element shows. */
  get live(): Live {
    return this.followed ??= Live.to(this.api ?? this.base_url ?? "/api/tasks")
  }

  /** A bearer token, for a server that wants one. It is a property and not an attribute, so that it is in no markup. */
  set token(token: string) {
    this.live.signIn(token)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.follow()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.leave?.()
    this.leave = undefined
  }

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!this.hasUpdated || !(changed.has("api") || changed.has("base_url"))) return
    this.leave?.()
    this.followed = undefined
    this.follow()
  }

  private follow(): void {
    this.leave ??= this.live.subscribe((state) => {
      setOffset(state.offset)
      this.requestUpdate()
    })
  }

  /** The content of the element, or what there is to show instead. */
  protected whole(content: () => TemplateResult): TemplateResult {
    if (this.framed) return content()
    return html`${banner(this.live)}${signIn(this.live) ?? content()}`
  }

  /** Runs an action, and tells the user how it went. Returns whether it succeeded. */
  protected async attempt(done: string, action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action()
      say(this, done)
      return true
    } catch (cause) {
      if (cause instanceof Refusal && cause.status === 404) this.live.retryNow()
      say(this, cause instanceof Error ? cause.message : String(cause), "bad")
      return false
    }
  }
}
