/**
 * All pictures of the dashboard, as SVG: icons of actions, the status of a task as a shape, and the aubergine.
 */
import { html, nothing, svg, type TemplateResult } from "lit"
import type { Status } from "../core/wire.ts"

const stroke = (d: string): TemplateResult =>
  html`<svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5"
    stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${d}></path></svg>`

/**
 * Icons of actions. They have no name of their own: the button around them has one.
 *
 * @category icons
 * @since 0.1.0
 */
export const icon = {
  add: stroke("M8 3v10M3 8h10"),
  cancel: stroke("M8 1.75a6.25 6.25 0 1 0 0 12.5a6.25 6.25 0 1 0 0-12.5M5.75 5.75h4.5v4.5h-4.5z"),
  retry: stroke("M13.5 8A5.5 5.5 0 1 1 11.7 3.9M13.5 2v3.2h-3.2"),
  remove: stroke("M2.5 4.25h11M6.25 4V2.5h3.5V4M4 4.5l.6 9h6.8l.6-9M6.75 7v4M9.25 7v4"),
  run: stroke("M4.5 2.9v10.2L13 8z"),
  edit: stroke("M10.6 2.9l2.5 2.5-7.6 7.6-3 .5.5-3zM9 4.5L11.5 7"),
  copy: stroke("M5.5 5.5h8v8h-8zM10.5 3v-.5h-8v8H3"),
  check: stroke("M3 8.5l3.2 3.2L13 5"),
  close: stroke("M3.5 3.5l9 9M12.5 3.5l-9 9"),
  open: stroke("M6 3.5L10.5 8 6 12.5"),
  search: stroke("M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9M10.4 10.4l3.1 3.1"),
  moon: stroke("M13.3 9.8A5.8 5.8 0 0 1 6.2 2.7a5.8 5.8 0 1 0 7.1 7.1z"),
  sun: stroke(
    "M8 5.2a2.8 2.8 0 1 0 0 5.6a2.8 2.8 0 1 0 0-5.6M8 1.2v1.4M8 13.4v1.4M1.2 8h1.4M13.4 8h1.4M3.2 3.2l1 1M11.8 11.8l1 1M3.2 12.8l1-1M11.8 4.2l1-1"
  ),
  warning: stroke("M8 2.2l6.3 11.1H1.7zM8 6.5v3.2M8 11.6v.1"),
  left: stroke("M10 3.5L5.5 8l4.5 4.5"),
  right: stroke("M6 3.5L10.5 8 6 12.5"),
  later: stroke("M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12M8 4.8V8l2.2 1.4"),
  tasks: stroke("M2.5 4h2M2.5 8h2M2.5 12h2M7 4h6.5M7 8h6.5M7 12h6.5"),
  recurring: stroke("M2.5 7.2A5.5 5.5 0 0 1 12.6 5M13.5 2.2V5.4h-3.2M13.5 8.8A5.5 5.5 0 0 1 3.4 11M2.5 13.8v-3.2h3.2"),
  below: stroke("M3.5 2v9.500h3M3.5 5.500h3M9 5.500h4M9 11.500h4"),
  parent: stroke("M4 2.5v6.500h8.500M9.500 6l3 3-3 3"),
  timeline: stroke("M2.5 4h6M5.5 8h7M3.5 12h4")
}

/**
 * The aubergine.
 *
 * @category icons
 * @since 0.1.0
 */
export const aubergine = html`<svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">
  <path fill="#6d2a78" d="M21.6 9.2c3.2 2.4 4.7 6.6 3.3 10.9-2 6.2-8.700 9.600-14.700 7.700C5.300 26.300 3.100 21.900 4.600 18.200c1.300-3.100 4.600-3.300 7-5.300 2-1.700 2.600-3.800 4.800-4.600 1.800-.6 3.700-.2 5.200.9z"></path>
  <path fill="#b06abd" opacity=".75" d="M8.200 18.600c1.300-1.500 4-1.900 6-3.500.700-.6 1.600.3 1.100 1-1.500 2.200-4.200 2.700-5.500 4.600-.9 1.300-2.900-.6-1.600-2.100z"></path>
  <path fill="#3f9b63" d="M15.300 8.900c.2-1.300 1.700-2.700 3.900-2.600 1 0 1.900.3 2.600.700L25 3.400c.5-.6 1.400-.7 2-.2.600.5.700 1.400.200 2l-3 3.700c1 1.700 1.100 4-.1 5.400-.900-.3-1.500-1-1.900-1.800-.8.5-1.800.6-2.700.300.1-1-.1-1.800-.6-2.500-1.200.1-2.500-.3-3.600-1.400z"></path>
</svg>`

const names: Record<Status, string> = {
  queued: "Waiting",
  running: "Running",
  done: "Done",
  failed: "Failed",
  cancelled: "Cancelled"
}

/**
 * The name of a status.
 *
 * @category icons
 * @since 0.1.0
 */
export const statusName = (status: Status): string => names[status]

const circumference = 2 * Math.PI * 5.5

/** A ring that fills with the progress; it turns if the progress is indeterminate. */
const ring = (progress: number) =>
  svg`<circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-width="2.5" opacity=".25"></circle>
    <circle class=${progress < 0 ? "spin" : "fill"} cx="8" cy="8" r="5.5" fill="none" stroke="currentColor"
      stroke-width="2.5" stroke-linecap="round"
      stroke-dasharray="${
    circumference * (progress < 0 ? .28 : Math.min(100, progress) / 100)
  } ${circumference}"></circle>`

const shapes: Record<Exclude<Status, "running">, TemplateResult> = {
  queued: svg`<circle cx="8" cy="8" r="5.75" fill="none" stroke="currentColor" stroke-width="1.5"
    stroke-dasharray="2.2 2.3"></circle>`,
  done: svg`<circle cx="8" cy="8" r="6.5" fill="currentColor"></circle>
    <path class="cut" d="M5 8.300l2.100 2.100L11.200 6" fill="none" stroke-width="1.6" stroke-linecap="round"
      stroke-linejoin="round"></path>`,
  failed: svg`<path fill="currentColor" d="M8 1.300L14.700 8 8 14.700 1.300 8z"></path>
    <path class="cut" d="M8 5v3.600M8 10.800v.1" fill="none" stroke-width="1.6" stroke-linecap="round"></path>`,
  cancelled: svg`<circle cx="8" cy="8" r="5.75" fill="none" stroke="currentColor" stroke-width="1.5"></circle>
    <path d="M4 12L12 4" stroke="currentColor" stroke-width="1.500"></path>`
}

/**
 * The status of a task as a shape: a dotted circle is queued, a ring is running, a tick is done, a diamond has failed,
 * a circle with a stroke was cancelled.
 *
 * @category icons
 * @since 0.1.0
 */
export const statusShape = (status: Status, progress: number): TemplateResult =>
  html`<svg class="status ${status}" width="16" height="16" viewBox="0 0 16 16" role="img"
    aria-label=${statusName(status)}>${status === "running" ? ring(progress) : shapes[status]}</svg>`

/**
 * A button with an icon and a name. While it is busy, it keeps the keyboard focus.
 *
 * @category icons
 * @since 0.1.0
 */
export const iconButton = (
  name: string,
  picture: TemplateResult,
  onClick: (event: Event) => void,
  options: { readonly danger?: boolean; readonly disabled?: boolean } = {}
): TemplateResult =>
  html`<button class="icon ${options.danger ? "danger" : ""}" type="button" aria-label=${name} title=${name}
    aria-disabled=${options.disabled ? "true" : nothing} @click=${(event: Event) => {
    if (!options.disabled) onClick(event)
  }}>${picture}</button>`
