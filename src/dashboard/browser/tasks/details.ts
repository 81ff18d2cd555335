/**
 * The expanded part of a task: times, ids, payload, and the error with a trace that can be copied.
 */
import { html, nothing, type TemplateResult } from "lit"
import { instant, json } from "../core/format.ts"
import type { Failure, Task } from "../core/wire.ts"
import { copyButton } from "../parts/copy.ts"

const fact = (name: string, value: TemplateResult | string | null): TemplateResult | typeof nothing =>
  value === null ? nothing : html`<div><dt>${name}</dt><dd>${value}</dd></div>`

const time = (iso: string | null): TemplateResult | null =>
  iso === null ? null : html`<time datetime=${iso}>${instant(iso)}</time>`

/**
 * The open part of a row.
 *
 * @category templates
 * @since 0.1.0
 */
export const details = (task: Task, parentName: string | undefined, showParent: () => void): TemplateResult =>
  html`<div class="more">
    ${task.error === null ? nothing : problem(task.error)}
    ${task.body === null || task.body === "" ? nothing : html`<p class="full">${task.body}</p>`}
    <dl>
      ${fact("Task", html`<code>${task.task_id}</code>`)}
      ${fact("Type", task.task_type)}
      ${parent(task, parentName, showParent)}
      ${fact("Created", time(task.created_at))}
      ${fact("Scheduled for", time(task.scheduled_at))}
      ${fact("Started", time(task.started_at))}
      ${fact("Next attempt", time(task.retry_at))}
      ${fact("Ended", time(task.completed_at))}
      ${fact("Attempt", task.attempt === 0 ? null : String(task.attempt))}
      ${fact("Priority", task.priority === 0 ? null : String(task.priority))}
    </dl>
    <section aria-label="Payload">
      <div class="label"><span>Payload</span>${copyButton("Copy the payload", () => json(task.payload))}</div>
      <pre tabindex="0">${json(task.payload)}</pre>
    </section>
  </div>`

const parent = (task: Task, parentName: string | undefined, showParent: () => void) => {
  if (task.parent_id === null) return nothing
  const id = task.parent_id
  return fact(
    parentName === undefined ? "Started by task" : "Started by",
    html`<button class="link" type="button" @click=${showParent}>${parentName ?? id}</button>`
  )
}

const problem = ({ message, trace, type }: Failure): TemplateResult =>
  html`<section aria-label="Error">
    <div class="label"><span class="problem">${type}: ${message}</span>${
    copyButton("Copy the error with its trace", () => trace || `${type}: ${message}`)
  }</div>
    ${trace === "" ? nothing : html`<pre class="trace" tabindex="0">${trace}</pre>`}
  </section>`
