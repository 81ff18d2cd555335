/**
 * `<brinjal-timeline>`: what ran and what will run, with a line for every recurring task, over an hour to a week. It
 * follows the time, shows clock changes and when nobody was there to run what was due, and explains every mark.
 */
import { html, nothing, type PropertyDeclarations, type TemplateResult } from "lit"
import { repeat } from "lit/directives/repeat.js"
import { count, inZone, localZone, plural } from "../core/format.ts"
import { lookName } from "../core/outcomes.ts"
import type { Timeline } from "../core/wire.ts"
import { now } from "../parts/clock.ts"
import { connectionStyles } from "../parts/connection.ts"
import { icon, iconButton } from "../parts/icons.ts"
import { ServerElement } from "../parts/serverElement.ts"
import { base } from "../parts/styles.ts"
import { vars } from "../parts/vars.ts"
import { ranges } from "./axis.ts"
import { axis, clockChanges, type Frame, placeOf } from "./frame.ts"
import { type Mark, marksOf } from "./marks.ts"
import { timelineStyles } from "./timelineStyles.ts"
import { linesAtOnce, mostLines, TimeWindow } from "./window.ts"

/** How far apart marks have to be to be drawn separately, as a share of the width. */
const nearest = 0.004

interface Chosen {
  readonly row: string
  readonly index: number
}

/**
 * What ran and what will run.
 *
 * @category elements
 * @since 0.1.0
 */
export class BrinjalTimeline extends ServerElement {
  static override styles = [...base, connectionStyles, timelineStyles]

  static override properties: PropertyDeclarations = {
    ...ServerElement.properties,
    zone: { attribute: false },
    chosen: { attribute: false }
  }

  declare zone: string
  declare chosen: Chosen | undefined
  private readonly window = new TimeWindow(this)
  private readonly marks = new Map<string, ReadonlyArray<Mark>>()
  private width = 900
  /** The line to go on with once it is there. */
  private goOnWith: number | undefined
  private readonly ruler = new ResizeObserver(() => {
    const width = this.renderRoot.querySelector(".axis")?.clientWidth ?? this.width
    if (width === this.width) return
    this.width = width
    this.requestUpdate()
  })

  constructor() {
    super()
    this.zone = localZone()
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.ruler.observe(this)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.ruler.disconnect()
  }

  override render(): TemplateResult {
    return this.whole(() => this.everything())
  }

  private everything(): TemplateResult {
    const { line, trouble } = this.window
    return html`${this.bar()}
      <section class="panel" aria-label="Timeline" aria-busy=${line === undefined ? "true" : "false"}>${
      line === undefined
        ? html`<div class="empty" role="status">${trouble || "Loading the timeline…"}</div>`
        : line.rows.length === 0
        ? this.nothingThere()
        : this.chart(line)
    }</section>${line === undefined ? nothing : this.more(line)}
      ${line === undefined || line.rows.length === 0 ? nothing : this.foot()}`
  }

  private nothingThere(): TemplateResult {
    if (this.window.text.trim() === "") return nothingRecurs
    return html`<div class="empty"><h2>No recurring task fits</h2><button class="button" type="button" @click=${() =>
      this.search("")}>Show all</button></div>`
  }

  private search(text: string): void {
    this.goOnWith = undefined
    this.look(() => this.window.search(text))
  }

  private more({ rows, total }: Timeline): TemplateResult | typeof nothing {
    const hidden = total - rows.length
    if (hidden <= 0 || rows.length >= mostLines) return nothing
    return html`<p class="rest"><button class="button" type="button" @click=${() => {
      this.goOnWith = rows.length
      this.window.more()
    }}>Show ${plural(Math.min(hidden, linesAtOnce), "more recurring task")}${
      hidden > linesAtOnce ? ` of ${count(hidden)}` : ""
    }</button></p>`
  }

  override updated(): void {
    const lane = this.goOnWith === undefined
      ? undefined
      : this.renderRoot.querySelectorAll<HTMLElement>(".lane")[this.goOnWith]
    if (lane === undefined) return
    this.goOnWith = undefined
    // the user may have gone elsewhere meanwhile
    if (this.shadowRoot!.activeElement?.closest(".rest") !== null) lane.focus()
  }

  /** What was pointed at is forgotten when something else is shown. */
  private look(change: () => void): void {
    this.chosen = undefined
    change()
  }

  private bar(): TemplateResult {
    const zones = [
      ...new Set([localZone(), "UTC", ...(this.window.line?.rows ?? []).flatMap(({ timezone }) => timezone ?? [])])
    ]
    return html`<div class="bar">
      <div class="ranges" role="group" aria-label="How much time">${
      ranges.map((range) =>
        html`<button type="button" aria-pressed=${range === this.window.range ? "true" : "false"}
          @click=${() => this.look(() => this.window.choose(range, 0))}>${range.name}</button>`
      )
    }</div>
      <div class="moves">
        <label class="search"><span class="visually-hidden">Search recurring tasks</span>${icon.search}
          <input type="search" placeholder="Search" maxlength="200" .value=${this.window.text} @input=${(
      event: Event
    ) => this.search((event.target as HTMLInputElement).value)}></label>
        ${iconButton("Earlier", icon.left, () => this.look(() => this.window.step(-1)))}
        <button class="button" type="button" ?disabled=${this.window.shift === 0} @click=${() =>
      this.look(() => this.window.toNow())}>Now</button>
        ${iconButton("Later", icon.right, () => this.look(() => this.window.step(1)))}
        <label><span class="visually-hidden">Time zone of the axis</span><select @change=${(event: Event) =>
      this.zone = (event.target as HTMLSelectElement).value}>${
      zones.map((zone) =>
        html`<option value=${zone} ?selected=${zone === this.zone}>${
          zone === localZone() ? `${zone} (here)` : zone
        }</option>`
      )
    }</select></label>
      </div></div>`
  }

  private frame(line: Timeline): Frame {
    const { width, zone } = this
    const [from, to] = [Date.parse(line.from), Date.parse(line.to)]
    const every = ranges.find(({ millis }) => millis + 1_000 > to - from)!.every
    return { from, to, width, zone, every, present: now() }
  }

  private chart(line: Timeline): TemplateResult {
    const frame = this.frame(line)
    return html`<div class="chart">${axis(frame)}${clockChanges(frame, line.clock_changes)}
      <ul>${repeat(line.rows, (row) => row.recurring_id, (row) => this.lane(row, frame))}</ul></div>`
  }

  private lane(row: Timeline["rows"][number], frame: Frame): TemplateResult {
    const span = frame.to - frame.from
    const marks = marksOf(row, this.live.state.tasks, now(), span * nearest)
    const id = row.recurring_id
    this.marks.set(id, marks)
    const active = this.chosen?.row === id ? this.chosen.index : -1
    return html`<li class="row ${row.enabled ? "" : "off"}"><span class="name" title=${id}>${id}</span>
      <div class="lane" role="listbox" tabindex="0" aria-label="${id}: ${summary(marks)}"
        aria-activedescendant=${active < 0 ? nothing : `${slug(id)}-${active}`}
        @keydown=${(event: KeyboardEvent) => this.onKey(event, id)} @pointermove=${(event: PointerEvent) =>
      this.onPointer(event, id)}
        @focus=${() => this.onFocus(id)}>${
      marks.map((mark, index) =>
        html`<span class="mark ${mark.look} ${index === active ? "active" : ""}" role="option" id="${
          slug(id)
        }-${index}" data-index=${index}
          aria-selected=${index === active ? "true" : "false"} aria-label="${mark.text}, ${
          inZone(mark.from, this.zone)
        }"
          ${vars({ "--x": placeOf(frame, mark.from), "--w": width(mark, span) })}></span>`
      )
    }${
      row.truncated ? html`<span class="more" title="More runs are planned than are shown">…</span>` : nothing
    }</div></li>`
  }

  private foot(): TemplateResult {
    const mark = this.chosen === undefined ? undefined : this.marks.get(this.chosen.row)?.[this.chosen.index]
    return html`<div class="foot"><p class="description" role="status">${
      mark === undefined
        ? html`<span class="soft">Point at a mark, or use the arrow keys on a line, to see what it is.</span>`
        : this.describe(mark)
    }</p><ul class="legend" aria-label="What the marks mean">${
      (["done", "failed", "running", "cancelled", "skipped", "missed"] as const).map((look) =>
        html`<li><span class="mark ${look}"></span>${lookName(look)}</li>`
      )
    }<li><span class="mark planned"></span>Planned</li></ul></div>`
  }

  private describe(mark: Mark): TemplateResult {
    const id = mark.taskId
    const end = mark.count > 1 && mark.to > mark.from ? ` – ${inZone(mark.to, this.zone)}` : ""
    return html`<b>${this.chosen!.row}</b> ${mark.text} <span class="num soft">${
      inZone(mark.from, this.zone)
    }${end}</span>${
      id !== null && this.live.state.tasks.has(id)
        ? html` <button class="link" type="button" @click=${() => this.show(id)}>Show task</button>`
        : nothing
    }`
  }

  private show(id: string): void {
    this.dispatchEvent(new CustomEvent("show-task", { detail: id, bubbles: true, composed: true }))
  }

  private onPointer(event: PointerEvent, row: string): void {
    const index = (event.target as HTMLElement).dataset.index
    if (index !== undefined) this.chosen = { row, index: Number(index) }
  }

  private onFocus(row: string): void {
    const marks = this.marks.get(row) ?? []
    if (this.chosen?.row === row || marks.length === 0) return
    const next = marks.findIndex(({ from }) => from > now())
    this.chosen = { row, index: next < 0 ? marks.length - 1 : Math.max(0, next - 1) }
  }

  private onKey(event: KeyboardEvent, row: string): void {
    const last = (this.marks.get(row)?.length ?? 0) - 1
    const index = this.chosen?.row === row ? this.chosen.index : -1
    const to = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: last }[event.key]
    const task = this.marks.get(row)?.[index]?.taskId
    if (event.key === "Enter" && task !== null && task !== undefined) this.show(task)
    if (to === undefined || last < 0) return
    event.preventDefault()
    this.chosen = { row, index: Math.max(0, Math.min(last, to)) }
  }
}

const slug = (id: string): string => `mark-${id.replaceAll(/[^\w-]/g, "_")}`

const width = ({ from, to }: Mark, span: number): string => `${((to - from) / span * 100).toFixed(3)}%`

const summary = (marks: ReadonlyArray<Mark>): string => {
  const counts = new Map<string, number>()
  for (const { count, look } of marks) counts.set(look, (counts.get(look) ?? 0) + count)
  return [...counts].map(([look, count]) => `${count} ${look}`).join(", ") || "nothing here"
}

const nothingRecurs = html`<div class="empty"><h2>Nothing to draw yet</h2>
  <p>Every recurring task has a line here: its runs as long as they took, what was skipped or missed, and what is planned. Add one
    under "Recurring" to see its line.</p></div>`

customElements.define("brinjal-timeline", BrinjalTimeline)
