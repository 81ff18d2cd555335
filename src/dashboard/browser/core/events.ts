/**
 * Turns messages of the event stream into changes of the state. A snapshot that arrives in parts becomes one change, so
 * that half of it is never shown.
 */
import type { Message } from "./sse.ts"
import type { Change } from "./state.ts"
import type { Event, Recurring, Task } from "./wire.ts"

/**
 * Reads the messages of one connection.
 *
 * @category reading
 * @since 0.1.0
 */
export class EventReader {
  private tasks: Array<Task> = []
  private recurring: Array<Recurring> = []

  /** The changes in a message. One of an unknown kind has none. */
  read(message: Message, now: number): ReadonlyArray<Change> {
    return this.changes({ event: message.event, data: JSON.parse(message.data) } as Event, now)
  }

  private changes(message: Event, now: number): ReadonlyArray<Change> {
    switch (message.event) {
      case "snapshot":
        return this.snapshot(message.data, now)
      case "task":
        return [{ is: "task", task: message.data }]
      case "task_removed":
        return [{ is: "taskRemoved", id: message.data.task_id }]
      case "recurring":
        return [{ is: "recurring", recurring: message.data }]
      case "recurring_removed":
        return [{ is: "recurringRemoved", id: message.data.recurring_id }]
      case "gap":
        return [{ is: "gap", lost: message.data.lost }]
      case "heartbeat":
        return [{ is: "time", serverTime: Date.parse(message.data.server_time), now }]
      default:
        return []
    }
  }

  private snapshot(data: Extract<Event, { event: "snapshot" }>["data"], now: number): ReadonlyArray<Change> {
    if (data.part === 0) this.tasks = this.recurring = []
    this.tasks = [...this.tasks, ...data.tasks]
    this.recurring = [...this.recurring, ...data.recurring]
    if (data.part + 1 < data.parts) return []
    return [
      { is: "time", serverTime: Date.parse(data.server_time), now },
      { is: "snapshot", tasks: this.tasks, recurring: this.recurring }
    ]
  }
}
