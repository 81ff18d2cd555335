/**
 * Keeps the keyboard on a row of the list while the row moves: one that goes to another section, as when its task ends,
 * is made anew there, and so is one whose task is no longer kept.
 */
import type { ReactiveController } from "lit"
import { BrinjalTask } from "./row.ts"

/** What a row shows: a task, or the family of one that is not there. */
const idOf = (row: Element): string | undefined =>
  row instanceof BrinjalTask ? row.task.task_id : row instanceof HTMLElement ? row.dataset.family : undefined

/**
 * Gives the keyboard back to the row that had it before an update.
 *
 * @category controllers
 * @since 0.1.0
 */
export class KeepsKeyboard implements ReactiveController {
  private readonly host: HTMLElement
  private had: { readonly row: Element; readonly id: string; readonly onFold: boolean } | undefined

  constructor(host: HTMLElement) {
    this.host = host
  }

  hostUpdate(): void {
    const row = this.host.shadowRoot?.activeElement ?? null
    const id = row === null ? undefined : idOf(row)
    this.had = row === null || id === undefined
      ? undefined
      : { row, id, onFold: !(row instanceof BrinjalTask) || row.isOnFold }
  }

  hostUpdated(): void {
    const { had } = this
    if (had === undefined || had.row.isConnected) return
    const rows = [...this.host.shadowRoot!.querySelectorAll<HTMLElement>("brinjal-task, [data-family]")]
    const row = rows.find((other) => idOf(other) === had.id)
    if (row !== undefined) void this.give(row, had.onFold)
  }

  private async give(row: HTMLElement, onFold: boolean): Promise<void> {
    if (row instanceof BrinjalTask) await row.updateComplete
    // the user may have gone elsewhere meanwhile
    if (document.activeElement !== document.body) return
    if (onFold && row instanceof BrinjalTask) row.focusFold()
    else row.focus()
  }
}
