/**
 * What can be done to all tasks that a filter lets through: buttons that ask the server how many there are, then the
 * user whether it is meant, and then do it part by part.
 */
import { html, type LitElement, nothing, type TemplateResult } from "lit"
import { count, plural } from "../core/format.ts"
import type { Live } from "../core/live.ts"
import type { Filter } from "../core/state.ts"
import type { BulkResult, Status, TasksToRemove } from "../core/wire.ts"
import { confirm, type Question } from "../parts/confirm.ts"
import { say } from "../parts/notices.ts"

/**
 * What is done to them.
 *
 * @category models
 * @since 0.1.0
 */
export type Act = "retry" | "cancel" | "remove"

interface Words {
  readonly label: string
  readonly title: string
  readonly doing: string
  readonly done: string
  readonly text: string
  readonly more?: Partial<Question>
}

const note = { label: "Why", placeholder: "For whoever looks later" }

const words: Record<Act, Words> = {
  retry: {
    label: "Retry all",
    title: "Retry",
    doing: "Retrying",
    done: "Retried",
    text: "Each is queued again in place of the old one, whose error and trace go with it.",
    more: { mild: true }
  },
  cancel: {
    label: "Cancel all",
    title: "Cancel",
    doing: "Cancelling",
    done: "Cancelled",
    text: "What waits will not run, also what was to start later. What runs is interrupted.",
    more: { note }
  },
  remove: {
    label: "Remove all",
    title: "Remove",
    doing: "Removing",
    done: "Removed",
    text: "Their results, errors and traces will be forgotten."
  }
}

const ended: ReadonlyArray<Status> = ["failed", "done", "cancelled"]

/** The statuses of what it is done to, one after the other; none for those that the server chooses. */
const statusesFor = (act: Act, { status }: Filter): ReadonlyArray<Status | undefined> => {
  if (status !== "") return [status]
  return act === "remove" ? ended : [undefined]
}

/** How the user's filter is told the server. */
const conditionsOf = ({ parentId, taskType, text }: Filter): Omit<TasksToRemove, "status"> => ({
  ...taskType !== "" && { task_type: taskType },
  ...parentId !== "" && { parent_id: parentId },
  ...text.trim() !== "" && { q: text.trim() }
})

const kinds: Record<Status, string> = {
  queued: "that wait",
  running: "that run",
  failed: "that have failed",
  done: "that are done",
  cancelled: "that were cancelled"
}

const kindOf: Record<Act, string> = { retry: kinds.failed, cancel: "that have not ended", remove: "that have ended" }

/** Which tasks are meant. The server looks for a text in fewer places than the page. */
const meant = (act: Act, { parentId, status, taskType, text }: Filter): string =>
  [
    status === "" ? kindOf[act] : kinds[status],
    taskType === "" ? "" : `of the type ${taskType}`,
    parentId === "" ? "" : `started by ${parentId}`,
    text.trim() === "" ? "" : `with "${text.trim()}" in their heading, body, type or id`
  ].filter((part) => part !== "").join(", ")

/** How many a request acts on: so few that it is answered soon. */
const atOnce = 500

interface Progress {
  readonly act: Act
  readonly done: number
  readonly of: number
}

/**
 * The buttons of a list, and what they have begun.
 *
 * @category models
 * @since 0.1.0
 */
export class ManyTasks {
  private readonly host: LitElement & { readonly live: Live }
  private progress: Progress | undefined

  constructor(host: LitElement & { readonly live: Live }) {
    this.host = host
  }

  /** The button for all that this filter lets through. */
  button(act: Act, filter: Filter, label = words[act].label): TemplateResult {
    const { progress } = this
    const isDoing = progress?.act === act
    return html`<button class="clear ${act}" type="button" aria-disabled=${
      progress === undefined ? nothing : "true"
    } @click=${() => void this.ask(act, filter)}>${
      isDoing && progress.of > 0 ? `${words[act].doing} ${count(progress.done)} of ${count(progress.of)}` : label
    }</button>`
  }

  private async ask(act: Act, filter: Filter): Promise<void> {
    if (this.progress !== undefined) return
    this.show({ act, done: 0, of: 0 })
    try {
      await this.confirmed(act, filter)
    } catch (cause) {
      say(this.host, cause instanceof Error ? cause.message : String(cause), "bad")
    } finally {
      this.show(undefined)
    }
  }

  private async confirmed(act: Act, filter: Filter): Promise<void> {
    const of = await this.count(act, filter)
    if (of === 0) return say(this.host, `The server has no tasks ${meant(act, filter)}.`, "bad")
    const { more, text, title } = words[act]
    const answer = await confirm(this.host, {
      title: `${title} ${plural(of, "task")}?`,
      text: `All ${meant(act, filter)}. ${text}`,
      yes: `${title} ${plural(of, "task")}`,
      ...more
    })
    if (answer === undefined) return
    this.show({ act, done: 0, of })
    await statusesFor(act, filter).reduce(
      (before, status) =>
        before.then(() => this.act(act, { ...conditionsOf(filter), ...status && { status } }, answer.note)),
      Promise.resolve()
    )
    say(this.host, `${words[act].done} ${plural(this.progress?.done ?? 0, "task")}.`)
  }

  private async count(act: Act, filter: Filter): Promise<number> {
    const counts = statusesFor(act, filter).map((status) =>
      this.send(act, { ...conditionsOf(filter), ...status && { status }, dry_run: true })
    )
    return (await Promise.all(counts)).reduce((sum, { count }) => sum + count, 0)
  }

  /** Does it part by part, each to those that are older than the ones that were retried before. */
  private async act(act: Act, conditions: TasksToRemove, note: string, before?: string): Promise<void> {
    const { count, more, next, refused } = await this.send(act, {
      ...conditions,
      limit: atOnce,
      ...before !== undefined && { before },
      ...note !== "" && { note }
    })
    this.show({ act, done: this.progress!.done + count, of: this.progress!.of })
    for (const { count, message } of refused) say(this.host, `Left ${plural(count, "task")}. ${message}`, "bad")
    if (more) await this.act(act, conditions, note, next ?? undefined)
  }

  private send(act: Act, body: object): Promise<BulkResult> {
    return this.host.live.api.send<BulkResult>("POST", `/tasks/${act}`, body)
  }

  private show(progress: Progress | undefined): void {
    this.progress = progress
    this.host.requestUpdate()
  }
}
