/**
 * `<brinjal-dashboard>`: tasks, recurring tasks and the timeline of a server on one page, with the state of the
 * connection. It can be used in any page: `<brinjal-dashboard api="/api/tasks"></brinjal-dashboard>`.
 */
import { html, nothing, type PropertyDeclarations, type TemplateResult } from "lit"
import { count } from "../core/format.ts"
import { countByStatus, everything } from "../core/state.ts"
import { readStored, store } from "../core/storage.ts"
import { banner, connectionStyles, signIn } from "../parts/connection.ts"
import { aubergine, icon, iconButton } from "../parts/icons.ts"
import { say } from "../parts/notices.ts"
import { ServerElement } from "../parts/serverElement.ts"
import { base } from "../parts/styles.ts"
import "../recurring/list.ts"
import { TaskList } from "../tasks/list.ts"
import "../timeline/timeline.ts"
import { dashboardStyles } from "./dashboardStyles.ts"

type View = "tasks" | "recurring" | "timeline"

const views: ReadonlyArray<readonly [view: View, name: string, picture: TemplateResult]> = [
  ["tasks", "Tasks", icon.tasks],
  ["recurring", "Recurring", icon.recurring],
  ["timeline", "Timeline", icon.timeline]
]

const themeKey = "brinjal-theme"

/**
 * The whole dashboard.
 *
 * @category elements
 * @since 0.1.0
 */
export class BrinjalDashboard extends ServerElement {
  static override styles = [...base, connectionStyles, dashboardStyles]

  static override properties: PropertyDeclarations = {
    ...ServerElement.properties,
    view: { attribute: false }
  }

  declare view: View
  private gaps = 0

  constructor() {
    super()
    this.view = "tasks"
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.theme ??= readStored("localStorage", themeKey)
    this.onHash()
    globalThis.addEventListener("hashchange", this.onHash)
    this.addEventListener("show-task", this.onShowTask)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    globalThis.removeEventListener("hashchange", this.onHash)
    this.removeEventListener("show-task", this.onShowTask)
  }

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    super.willUpdate(changed)
    const { gaps } = this.live.state
    if (gaps > this.gaps) say(this, "This page could not keep up and skipped some changes. It is up to date again.")
    this.gaps = gaps
  }

  override updated(): void {
    const { failed, running } = countByStatus(this.live.state.tasks.values())
    const parts = [running === 0 ? "" : `${running} running`, failed === 0 ? "" : `${failed} failed`].filter(Boolean)
    if (this.isPage) document.title = parts.length === 0 ? "Brinjal" : `${parts.join(", ")} · Brinjal`
  }

  /** Whether the element fills the page, so that it may set its title and its address. */
  private get isPage(): boolean {
    return this.hasAttribute("page")
  }

  override render(): TemplateResult {
    return html`<header class="top"><div class="inner">
        <button class="skip" type="button" @click=${this.skip}>Skip to the content</button>
        <span class="brand">${aubergine}<span>Brinjal</span></span>
        <nav aria-label="Views"><ul>${views.map((view) => this.tab(...view))}</ul></nav>
        <span class="side">${this.light()}${
      this.dark
        ? iconButton("Use the light theme", icon.sun, () => this.setTheme("light"))
        : iconButton("Use the dark theme", icon.moon, () => this.setTheme("dark"))
    }</span>
      </div></header>
      ${banner(this.live)}
      <main id="main" tabindex="-1"><h1 class="visually-hidden">${views.find(([view]) => view === this.view)![1]}</h1>${
      signIn(this.live) ?? this.content()
    }</main>`
  }

  private tab(view: View, name: string, picture: TemplateResult): TemplateResult {
    const { recurring, tasks } = this.live.state
    const number = { tasks: countByStatus(tasks.values()).running, recurring: recurring.size, timeline: 0 }[view]
    return html`<li><a href="#${view}" @click=${(event: Event) => this.go(event, view)} aria-current=${
      view === this.view ? "page" : nothing
    }>${picture}<span>${name}</span>${
      number === 0 ?
        nothing :
        html`<span class="badge num">${count(number)}<span class="visually-hidden">${
          view === "tasks" ? " running" : ""
        }</span></span>`
    }</a></li>`
  }

  private light(): TemplateResult {
    const { is } = this.live.state.connection
    const [look, name] = {
      live: ["live", "Live"],
      lost: ["lost", "Offline"],
      refused: ["lost", "No access"],
      connecting: ["", "…"]
    }[is] as [
      string,
      string
    ]
    return html`<span class="light ${look}" title="Connection"><span class="lamp"></span>${name}</span>`
  }

  private content(): TemplateResult {
    const { base_url, theme } = this
    const api = this.api ?? base_url
    switch (this.view) {
      case "tasks":
        return html`<task-list .framed=${true} .api=${api} theme=${theme ?? nothing}></task-list>`
      case "recurring":
        return html`<recurring-list .framed=${true} .api=${api} theme=${theme ?? nothing}></recurring-list>`
      case "timeline":
        return html`<brinjal-timeline .framed=${true} .api=${api} theme=${theme ?? nothing}></brinjal-timeline>`
    }
  }

  private get dark(): boolean {
    return this.theme === "dark" || (this.theme === undefined && matchMedia("(prefers-color-scheme: dark)").matches)
  }

  private setTheme(theme: "light" | "dark"): void {
    this.theme = theme
    store("localStorage", themeKey, theme)
  }

  /** In somebody else's page, the address is theirs. */
  private go(event: Event, view: View): void {
    if (this.isPage) return
    event.preventDefault()
    this.view = view
  }

  private readonly onHash = (): void => {
    if (this.isPage) this.view = viewOf(location.hash)
  }

  private readonly onShowTask = (event: Event): void => {
    if (this.isPage) location.hash = "#tasks"
    this.view = "tasks"
    const id = (event as CustomEvent<string>).detail
    void this.updateComplete.then(() => {
      const list = this.renderRoot.querySelector("task-list")
      if (list instanceof TaskList) list.filter = { ...everything, text: id }
    })
  }

  private skip(): void {
    this.renderRoot.querySelector<HTMLElement>("#main")!.focus()
  }
}

const viewOf = (hash: string): View => views.find(([view]) => `#${view}` === hash)?.[0] ?? "tasks"

customElements.define("brinjal-dashboard", BrinjalDashboard)
