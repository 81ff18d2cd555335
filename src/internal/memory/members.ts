/**
 * The managers that share a store in memory: like processes on a database, they send heartbeats and announcements.
 */
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import type { Announcement } from "../../Announcement.ts"
import type { Alive, Heartbeat, Process } from "../../TaskExchange.ts"
import type { TaskStore } from "../../TaskStore.ts"

/** Those that are alive, by owner. */
export type Members = Map<string, Process>

/** `backup/` of `backup/0199...`; empty if there is no name. */
const nameOf = (owner: string): string => owner.slice(0, owner.lastIndexOf("/") + 1)

/** Whether `owner` is another start of the same process as `other`. */
export const isOtherStart = (owner: string, other: string): boolean => {
  const name = nameOf(other)
  return name !== "" && owner !== other && owner.startsWith(name)
}

/** Records a heartbeat, forgets those whose lease has ended and other starts, and returns those that are alive. */
export const beat = (members: Members, { now, ...process }: Heartbeat): Omit<Alive, "held"> => {
  const { owner } = process
  let displaced = false
  members.set(owner, process)
  for (const other of members.values()) {
    const isOther = isOtherStart(other.owner, owner)
    displaced ||= isOther && other.leaseUntil >= now
    if (isOther || other.leaseUntil < now) members.delete(other.owner)
  }
  return { processes: [...members.values()].sort((a, b) => a.owner < b.owner ? -1 : 1), displaced }
}

/** Announcements within the process. */
export const bus: Effect.Effect<Pick<typeof TaskStore.Service, "announce" | "announcements">> = Effect.map(
  PubSub.unbounded<{ readonly owner: string; readonly announcement: Announcement }>(),
  (pubsub) => ({
    announce: (owner, announcements) =>
      Effect.asVoid(PubSub.publishAll(pubsub, announcements.map((announcement) => ({ owner, announcement })))),
    announcements: (owner) =>
      Effect.map(PubSub.subscribe(pubsub), (subscription) =>
        Stream.fromSubscription(subscription).pipe(
          Stream.filter((message) => message.owner !== owner),
          Stream.map(({ announcement }) => announcement)
        ))
  })
)
