/**
 * The expanded part of a task: times, ids, payload, result, and the error with a trace that can be copied.
 */
import { html, nothing, type TemplateResult } from "lit"
import { instant, json } from "../core/format.ts"
import { type Tally, total } from "../core/lineage.ts"
import type { Failure, Task } from "../core/wire.ts"
import { copyButton } from "../parts/copy.ts"
import { result } from "./result.ts"

const fact = (name: string, value: TemplateResult | string | null): TemplateResult | typeof nothing =>
  value === null ? nothing : html`<div><dt>${name}</dt><dd>${value}</dd></div>`

const time = (iso: string | null): TemplateResult | null =>
  iso === null ? null : html`<time datetime=${iso}>${instant(iso)}</time>`

/**
 * What has started a task; it is unknown if it is no longer there.
 *
 * @category models
 * @since 0.1.0
 */
export type Origin = "recurring" | "task" | "unknown"

/**
 * Where a task comes from, and what it has started.
 *
 * @category models
 * @since 0.1.0
 */
export interface Relatives {
  readonly parentName: string
  readonly origin: Origin
  readonly below: Tally
}

/**
 * The open part of a row. `whole` says whether all of a long result is shown.
 *
 * @category templates
 * @since 0.1.0
 */
export const details = (
  task: Task,
  relatives: Relatives & { readonly whole: boolean },
  show: (what: "parent" | "children" | "result") => void
): TemplateResult =>
  html`<div class="more">
    ${task.error === null ? nothing : problem(task.error)}
    ${task.body === null || task.body === "" ? nothing : html`<p class="full">${task.body}</p>`}
    <dl>
      ${fact("Task", html`<code>${task.task_id}</code>`)}
      ${fact("Type", task.task_type)}
      ${task.parent_id === null ? nothing : parent(relatives, () => show("parent"))}
      ${
    total(relatives.below) === relatives.below.gone
      ? nothing
      : fact("Has started", link("Show its tasks", () => show("children")))
  }
      ${fact("Created", time(task.created_at))}
      ${fact("Scheduled for", time(task.scheduled_at))}
      ${fact("Started", time(task.started_at))}
      ${fact("Next attempt", time(task.retry_at))}
      ${fact("Ended", time(task.completed_at))}
      ${fact("Attempt", task.attempt === 0 ? null : String(task.attempt))}
      ${fact("Concurrency key", task.concurrency_key === null ? null : html`<code>${task.concurrency_key}</code>`)}
      ${fact("Priority", task.priority === 0 ? null : String(task.priority))}
    </dl>
    <section aria-label="Payload">
      <div class="label"><span>Payload</span>${copyButton("Copy the payload", () => json(task.payload))}</div>
      <pre tabindex="0">${json(task.payload)}</pre>
    </section>
    ${result(task, relatives.whole, () => show("result"))}
  </div>`

const link = (name: string, onClick: () => void): TemplateResult =>
  html`<button class="link" type="button" @click=${onClick}>${name}</button>`

const parent = ({ origin, parentName }: Relatives, onClick: () => void) => {
  if (origin === "unknown") return fact("Started by", html`<code>${parentName}</code>, which is no longer kept`)
  return fact(origin === "task" ? "Started by task" : "Started by", link(parentName, onClick))
}

const problem = ({ message, trace, type }: Failure): TemplateResult =>
  html`<section aria-label="Error">
    <div class="label"><span class="problem">${type}: ${message}</span>${
    copyButton("Copy the error with its trace", () => trace || `${type}: ${message}`)
  }</div>
    ${trace === "" ? nothing : html`<pre class="trace" tabindex="0">${trace}</pre>`}
  </section>`
