/**
 * `<brinjal-timeline>`: what ran and what will run, a line for every recurring task, over an hour to a week. Follows the
 * time; shows where clocks are changed, where nobody was there to run what was due, and tells about every mark.
 */
import { html, nothing, type PropertyDeclarations, type TemplateResult } from "lit"
import { repeat } from "lit/directives/repeat.js"
import { inZone, localZone } from "../core/format.ts"
import { keep, kept } from "../core/keep.ts"
import { lookName } from "../core/outcomes.ts"
import type { Timeline } from "../core/wire.ts"
import { now } from "../parts/clock.ts"
import { connectionStyles } from "../parts/connection.ts"
import { icon, iconButton } from "../parts/icons.ts"
import { base } from "../parts/styles.ts"
import { vars } from "../parts/vars.ts"
import { Watching } from "../parts/watching.ts"
import { type Range, rangeFor, ranges } from "./axis.ts"
import { axis, clockChanges, type Frame, placeOf } from "./frame.ts"
import { type Mark, marksOf } from "./marks.ts"
import { timelineStyles } from "./timelineStyles.ts"

/** Where "now" is on the line: two thirds are past. */
const nowAt = 0.62
const readEvery = 3_000
/** How much of the width lies between marks that are drawn apart. */
const nearest = 0.004

const rangeKey = "brinjal-range"

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
export class BrinjalTimeline extends Watching {
  static override styles = [...base, connectionStyles, timelineStyles]

  static override properties: PropertyDeclarations = {
    ...Watching.properties,
    range: { attribute: false },
    shift: { attribute: false },
    zone: { attribute: false },
    line: { attribute: false },
    chosen: { attribute: false },
    trouble: { attribute: false }
  }

  /** How much is shown; until somebody chooses or anything is known, nothing. */
  declare range: Range | undefined
  /** How far the window is moved away from now, in milliseconds. */
  declare shift: number
  declare zone: string
  declare line: Timeline | undefined
  declare chosen: Chosen | undefined
  declare trouble: string
  private readonly marks = new Map<string, ReadonlyArray<Mark>>()
  private timer: ReturnType<typeof setTimeout> | undefined
  private moving: ReturnType<typeof setInterval> | undefined
  private isStale = false
  private width = 900
  private readonly ruler = new ResizeObserver(() => {
    const width = this.renderRoot.querySelector(".axis")?.clientWidth ?? this.width
    if (width === this.width) return
    this.width = width
    this.requestUpdate()
  })
  private seen = ""

  constructor() {
    super()
    this.range = ranges.find(({ name }) => name === kept("localStorage", rangeKey))
    this.shift = 0
    this.zone = localZone()
    this.trouble = ""
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.ruler.observe(this)
    this.moving = setInterval(() => this.move(), 1_000)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.timer)
    clearInterval(this.moving)
    this.ruler.disconnect()
    this.timer = undefined
  }

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    super.willUpdate(changed)
    const { known, recurring } = this.live.state
    if (known) this.range ??= rangeFor(recurring.values())
    if (changed.has("range") || changed.has("shift")) {
      this.chosen = undefined
      this.refresh()
    }
    const seen = this.fingerprint()
    if (seen !== this.seen) this.refresh()
    this.seen = seen
  }

  /** Changes when a recurring task has decided, or one of its runs has begun or ended. */
  private fingerprint(): string {
    const { recurring } = this.live.state
    let sum = ""
    for (const { enabled, last_run, next_run, total_failures, total_runs, version } of recurring.values()) {
      sum += `${version}${enabled}${next_run}${last_run}${total_runs}${total_failures};`
    }
    return sum
  }

  private from({ millis }: Range): number {
    return now() + this.shift - millis * nowAt
  }

  private move(): void {
    const { line, range } = this
    if (document.hidden || line === undefined || range === undefined) return
    const moved = this.from(range) - Date.parse(line.from)
    if (Math.abs(moved) > range.millis / 200) this.refresh()
    else this.requestUpdate()
  }

  private refresh(): void {
    this.isStale = true
    if (this.timer === undefined && this.range !== undefined) void this.read(this.range)
  }

  private async read(range: Range): Promise<void> {
    this.isStale = false
    this.timer = setTimeout(() => {
      this.timer = undefined
      if (this.isStale) this.refresh()
    }, readEvery)
    const { shift } = this
    const from = this.from(range)
    const query = { from: new Date(from).toISOString(), to: new Date(from + range.millis).toISOString() }
    try {
      const line = await this.live.api.get<Timeline>("/timeline", query)
      if (range === this.range && shift === this.shift) this.line = line
      this.trouble = ""
    } catch (cause) {
      this.trouble = (cause as Error).message
    }
  }

  private choose(range: Range, shift: number): void {
    clearTimeout(this.timer)
    this.timer = undefined
    if (range !== this.range) keep("localStorage", rangeKey, range.name)
    this.range = range
    this.shift = shift
  }

  override render(): TemplateResult {
    return this.whole(() => this.everything())
  }

  private everything(): TemplateResult {
    return html`${this.bar()}
      <section class="panel" aria-label="Timeline" aria-busy=${this.line === undefined ? "true" : "false"}>${
      this.line === undefined
        ? html`<div class="empty" role="status">${this.trouble || "Loading the timeline…"}</div>`
        : this.line.rows.length === 0
        ? nothingThere
        : this.chart(this.line)
    }</section>
      ${this.line === undefined || this.line.rows.length === 0 ? nothing : this.foot()}`
  }

  private bar(): TemplateResult {
    const zones = [
      ...new Set([localZone(), "UTC", ...(this.line?.rows ?? []).flatMap(({ timezone }) => timezone ?? [])])
    ]
    return html`<div class="bar">
      <div class="ranges" role="group" aria-label="How much time">${
      ranges.map((range) =>
        html`<button type="button" aria-pressed=${range === this.range ? "true" : "false"}
          @click=${() => this.choose(range, 0)}>${range.name}</button>`
      )
    }</div>
      <div class="moves">
        ${iconButton("Earlier", icon.left, () => this.step(-1))}
        <button class="button" type="button" ?disabled=${this.shift === 0} @click=${() => this.shift = 0}>Now</button>
        ${iconButton("Later", icon.right, () => this.step(1))}
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

  /** Half of what is shown earlier or later. */
  private step(by: -1 | 1): void {
    if (this.range !== undefined) this.choose(this.range, this.shift + by * this.range.millis / 2)
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
    }${row.truncated ? html`<span class="more" title="More is planned than is drawn">…</span>` : nothing}</div></li>`
  }

  private foot(): TemplateResult {
    const mark = this.chosen === undefined ? undefined : this.marks.get(this.chosen.row)?.[this.chosen.index]
    return html`<div class="foot"><p class="told" role="status">${
      mark === undefined
        ? html`<span class="soft">Point at a mark, or use the arrow keys on a line, to see what it is.</span>`
        : this.tell(mark)
    }</p><ul class="legend" aria-label="What the marks mean">${
      (["done", "failed", "running", "cancelled", "skipped", "missed"] as const).map((look) =>
        html`<li><span class="mark ${look}"></span>${lookName(look)}</li>`
      )
    }<li><span class="mark planned"></span>Planned</li></ul></div>`
  }

  private tell(mark: Mark): TemplateResult {
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

const nothingThere = html`<div class="empty"><h2>Nothing to draw yet</h2>
  <p>Every recurring task has a line here: its runs as long as they took, what was skipped or missed, and what is planned. Add one
    under "Recurring" to see its line.</p></div>`

customElements.define("brinjal-timeline", BrinjalTimeline)
