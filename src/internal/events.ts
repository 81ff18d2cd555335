/**
 * Publishes events. Most happens while nobody reads, and is only counted then: not even the function that would make
 * the event is made.
 */
import type { TaskEvent } from "../TaskEvent.ts"
import type { State } from "./state.ts"

/** Publishes an event about a subject. */
export const publish = <A>(
  { events }: State,
  eventOf: (subject: A) => (sequence: number) => TaskEvent,
  subject: A
): void => events.publish(events.hasReaders() ? eventOf(subject) : unread)

const unread = (): never => {
  throw new Error("An event was made that nobody reads.")
}
