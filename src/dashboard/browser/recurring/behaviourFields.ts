/**
 * The part of the form of a recurring task for its behaviour: room, missed runs, deadline, spread and limits.
 */
import { html, type TemplateResult } from "lit"
import type { Recurring } from "../core/wire.ts"
import { misses, overlaps } from "./options.ts"

const choice = (id: string, label: string, texts: Readonly<Record<string, string>>, chosen: string): TemplateResult =>
  html`<div class="field"><label for=${id}>${label}</label><select id=${id}>${
    Object.entries(texts).map(([value, text]) =>
      html`<option value=${value} ?selected=${value === chosen}>${text[0]!.toUpperCase() + text.slice(1)}</option>`
    )
  }</select></div>`

const number = (id: string, label: string, value: number | null, options: {
  readonly hint?: string
  readonly min?: number
  readonly required?: boolean
  readonly step?: string
  readonly placeholder?: string
}): TemplateResult =>
  html`<div class="field"><label for=${id}>${label}</label>
    <input id=${id} type="number" inputmode="numeric" min=${options.min ?? 1} step=${options.step ?? "1"}
      .value=${value === null ? "" : String(value)} placeholder=${options.placeholder ?? ""} ?required=${
    options.required ?? false
  }>${options.hint === undefined ? "" : html`<span class="hint">${options.hint}</span>`}</div>`

const seconds = (millis: number | null | undefined): number | null =>
  millis === null || millis === undefined ? null : millis / 1_000

/**
 * The fields, with the present values or the defaults.
 *
 * @category templates
 * @since 0.1.0
 */
export const behaviourFields = (recurring: Recurring | undefined): TemplateResult =>
  html`<details ?open=${
    recurring !== undefined
  }><summary>Concurrency, missed runs and limits</summary><div class="inside">
    <div class="pair">
      ${number("max_concurrent", "Concurrent runs", recurring?.max_concurrent ?? 1, { required: true })}
      ${choice("overlap", "When there is no room", overlaps, recurring?.overlap ?? "skip")}
      ${choice("on_missed", "After downtime, run", misses, recurring?.on_missed ?? "latest")}
      ${
    number("start_deadline", "Start within (seconds)", seconds(recurring?.start_deadline_ms), {
      placeholder: "any time later",
      min: 0,
      step: "any",
      hint: "A run that would start later than this is skipped."
    })
  }
      ${
    number("jitter", "Spread over (seconds)", seconds(recurring?.jitter_ms || null), {
      placeholder: "start on the dot",
      min: 0,
      step: "any",
      hint: "Keeps many tasks from starting at once."
    })
  }
      ${number("max_runs", "Maximum runs", recurring?.max_runs ?? null, { placeholder: "without end" })}
      ${
    number("pause_after_failures", "Disable after failures in a row", recurring?.pause_after_failures ?? null, {
      placeholder: "never"
    })
  }
    </div>
    ${
    recurring === undefined
      ? html`<label class="check"><input type="checkbox" id="run_immediately"> Also run once as soon as it is added</label>`
      : ""
  }
  </div></details>`

/**
 * The values of the fields, as the API takes them. An empty limit is `null` in a change, and left out of a new
 * recurring task.
 *
 * @category reading
 * @since 0.1.0
 */
export const readBehaviour = (
  root: ShadowRoot,
  recurring: Recurring | undefined
): Readonly<Record<string, unknown>> => {
  const value = (id: string) => root.querySelector<HTMLInputElement>(`#${id}`)!.value
  const nothing = recurring === undefined ? undefined : null
  const limit = (id: string, factor = 1) => value(id) === "" ? nothing : Math.round(Number(value(id)) * factor)
  return {
    max_concurrent: Number(value("max_concurrent")),
    overlap: value("overlap"),
    on_missed: value("on_missed"),
    start_deadline_ms: limit("start_deadline", 1_000),
    jitter_ms: limit("jitter", 1_000) ?? 0,
    max_runs: limit("max_runs"),
    pause_after_failures: limit("pause_after_failures"),
    ...(root.querySelector<HTMLInputElement>("#run_immediately")?.checked ? { run_immediately: true } : {})
  }
}
