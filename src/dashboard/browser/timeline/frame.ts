/**
 * The background of the timeline: ticks, the present, and clock changes. Stateless templates.
 */
import { html, nothing, type TemplateResult } from "lit"
import { inWords, inZone } from "../core/format.ts"
import type { Timeline } from "../core/wire.ts"
import { vars } from "../parts/vars.ts"
import { ticksOf, withRoom } from "./axis.ts"

/**
 * What is shown: the span, its time zone, how many minutes lie between ticks, the width in pixels, and the present.
 *
 * @category models
 * @since 0.1.0
 */
export interface Frame {
  readonly from: number
  readonly to: number
  readonly zone: string
  readonly every: number
  readonly width: number
  readonly present: number
}

/**
 * Where an instant is, as a share of the width.
 *
 * @category drawing
 * @since 0.1.0
 */
export const placeOf = ({ from, to }: Frame, at: number): string => `${((at - from) / (to - from) * 100).toFixed(3)}%`

const ticks = (frame: Frame): ReadonlyArray<TemplateResult> => {
  const { every, from, present, to, width, zone } = frame
  const all = ticksOf(from, to, every, zone)
  const labelled = withRoom(all, (instant) => (instant - from) / (to - from) * width, width, present)
  return all.map((tick) =>
    html`<span class="tick ${tick.isDay ? "day" : ""}" ${vars({ "--x": placeOf(frame, tick.at) })}>${
      labelled.has(tick) ? html`<span>${tick.label}</span>` : nothing
    }</span>`
  )
}

const nowLine = (frame: Frame): TemplateResult | typeof nothing =>
  frame.present < frame.from || frame.present > frame.to
    ? nothing
    : html`<span class="now" ${vars({ "--x": placeOf(frame, frame.present) })}><b>now</b></span>`

/**
 * The axis: round times of the time zone, and the present.
 *
 * @category templates
 * @since 0.1.0
 */
export const axis = (frame: Frame): TemplateResult =>
  html`<div class="axis" aria-hidden="true">${ticks(frame)}${nowLine(frame)}</div>`

type Change = Timeline["clock_changes"][number]

const clockChange = (frame: Frame, change: Change): TemplateResult => {
  const by = change.offset_after_ms - change.offset_before_ms
  const what = `${change.timezone}: clocks go ${by > 0 ? "forward" : "back"} ${inWords(Math.abs(by))}`
  const at = Date.parse(change.at)
  const side = at - frame.from > (frame.to - frame.from) * .55 ? "left" : "right"
  return html`<li class=${side} ${vars({ "--x": placeOf(frame, at) })} title="${what}, ${
    inZone(at, frame.zone)
  }"><span>${what}</span></li>`
}

/**
 * The clock changes in the time zones of what is drawn.
 *
 * @category templates
 * @since 0.1.0
 */
export const clockChanges = (frame: Frame, changes: ReadonlyArray<Change>): TemplateResult | typeof nothing =>
  changes.length === 0
    ? nothing
    : html`<ul class="changes" aria-label="Clock changes">${changes.map((change) => clockChange(frame, change))}</ul>`
