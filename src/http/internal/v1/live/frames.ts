/**
 * Encodes events as the bytes of server-sent events, once for all readers.
 */
import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import type { RecurringTaskInfo } from "../../../../RecurringTaskInfo.ts"
import type { Gap, TaskEvent } from "../../../../TaskEvent.ts"
import type { TaskInfo } from "../../../../TaskInfo.ts"
import * as wellFormed from "../../wellFormed.ts"
import * as convert from "../convert.ts"
import { Event } from "../events.ts"

type Event = typeof Event.Type

const encoder = new TextEncoder()

const encode = Schema.encodeSync(Event)

const frame = (event: Event): Uint8Array => {
  const { data, event: name, id } = encode(event)
  return encoder.encode(`${id === undefined ? "" : `id: ${id}\n`}event: ${name}\ndata: ${wellFormed.json(data)}\n\n`)
}

/** An event of the manager, under an id. */
export const change = (id: string, event: Exclude<TaskEvent, Gap>): Uint8Array => {
  switch (event._tag) {
    case "TaskUpdate":
      return frame({ id, event: "task", data: event })
    case "TaskRemoved":
      return frame({ id, event: "task_removed", data: { taskId: event.taskId } })
    case "RecurringTaskUpdate":
      return frame({ id, event: "recurring", data: convert.recurringTask(event.recurringTask) })
    case "RecurringTaskRemoved":
      return frame({ id, event: "recurring_removed", data: { recurringId: event.recurringId } })
  }
}

/** The reader has lost changes. */
export const gap = (reason: "SlowReader" | "UnknownId" | "Restarted", lost: number | null): Uint8Array =>
  frame({ event: "gap", data: { reason, lost } })

/** Nothing has happened for a while. */
export const heartbeat = (serverTime: DateTime.Utc): Uint8Array => frame({ event: "heartbeat", data: { serverTime } })

/** A part of the present state. Only the last part has an id, so that a reader that did not get it starts again. */
export const snapshot = (
  part: {
    readonly id: string
    readonly part: number
    readonly parts: number
    readonly serverTime: DateTime.Utc
    readonly tasks: ReadonlyArray<TaskInfo>
    readonly recurring: ReadonlyArray<RecurringTaskInfo>
  }
): Uint8Array => {
  const { id, recurring, ...data } = part
  return frame({
    ...(part.part + 1 === part.parts ? { id } : {}),
    event: "snapshot",
    data: { ...data, recurring: recurring.map(convert.recurringTask) }
  })
}
