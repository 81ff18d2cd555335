/**
 * The field that chooses a task type.
 */
import { html, type TemplateResult } from "lit"
import type { TaskType } from "../core/wire.ts"

/**
 * A choice among the types that the server knows.
 *
 * @category templates
 * @since 0.1.0
 */
export const typeField = (
  types: ReadonlyArray<TaskType> | undefined,
  chosen: TaskType | undefined,
  onChoose: (type: TaskType) => void
): TemplateResult => {
  if (types === undefined) return html`<p class="soft" role="status">Loading the types of task…</p>`
  if (types.length === 0) {
    return html`<p class="soft">No task can be queued here: none is known. Provide the layer that <code>toLayer(...)</code>
      of a task gives, or its <code>handledElsewhere</code> if another process runs it, and its form will be here.</p>`
  }
  return html`<div class="field"><label for="type">Task</label><select id="type" @change=${(event: Event) =>
    onChoose(types[(event.target as HTMLSelectElement).selectedIndex]!)}>${
    types.map((type) => html`<option ?selected=${type === chosen}>${type.task_type}</option>`)
  }</select></div>`
}
