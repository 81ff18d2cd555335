/**
 * Announcements to other processes through the database. They are collected for a moment and sent together, by a fiber
 * of their own and never in a transaction of the caller. Of several about one task in that moment, the last is sent.
 * What cannot be sent is lost, as any hint may be.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import type { SqlError } from "effect/sql/SqlError"
import type * as Stream from "effect/Stream"
import type { Announcement } from "../../Announcement.ts"
import * as background from "../../internal/background.ts"
import type { TaskStore } from "../../TaskStore.ts"

/** A way to send announcements to other processes, and to receive theirs. */
export interface Channel {
  readonly send: (owner: string, announcements: ReadonlyArray<Announcement>) => Effect.Effect<void, SqlError>
  /** What others announce from now on. */
  readonly listen: (owner: string) => Effect.Effect<Stream.Stream<Announcement>, never, Scope.Scope>
}

/**
 * The least time between two sends, in milliseconds. Every send is a commit, so it grows while there is always more to
 * send, up to a time that no observer notices. A process that waits for a task to start elsewhere would notice it:
 * while there are such tasks it grows less, as long as sending takes at most a tenth of the time.
 */
const shortest = 5
const longest = 50
const longestQueued = 10

/** What each process has still to send, by what it is about. */
interface Outbox {
  readonly waiting: Map<string, Map<string, Announcement>>
  isSending: boolean
}

const put = ({ waiting }: Outbox, owner: string, announcements: ReadonlyArray<Announcement>): void => {
  let own = waiting.get(owner)
  if (own === undefined) waiting.set(owner, own = new Map())
  for (const announcement of announcements) {
    const key = keyOf(announcement)
    const earlier = own.get(key)
    // moved to the end, so that a receiver has heard all that was announced before
    own.delete(key)
    own.set(key, earlier === undefined ? announcement : joined(earlier, announcement))
  }
}

const keyOf = (announcement: Announcement): string =>
  announcement._tag === "Task" ? announcement.taskId : JSON.stringify(announcement)

/** That a task is gone is announced without its recurring task, which an earlier announcement names. */
const joined = (earlier: Announcement, announcement: Announcement): Announcement =>
  earlier._tag === "Task" && announcement._tag === "Task" && announcement.recurringId === null
    ? { ...announcement, recurringId: earlier.recurringId, ended: earlier.ended || announcement.ended }
    : announcement

/** Whether any announcement offers a task to others now. */
const hasQueued = ({ waiting }: Outbox): boolean => {
  for (const announcements of waiting.values()) {
    for (const one of announcements.values()) if (one._tag === "Queued" && one.at === undefined) return true
  }
  return false
}

/** Sends everything in the outbox. */
const flush = ({ waiting }: Outbox, { send }: Channel): Effect.Effect<void> =>
  Effect.suspend(() => {
    const all = [...waiting]
    waiting.clear()
    return Effect.forEach(
      all,
      ([owner, announcements]) =>
        Effect.catchCause(send(owner, [...announcements.values()]), (cause) =>
          Effect.logDebug("An announcement was lost", cause)),
      { discard: true }
    )
  })

/** Sends until the outbox is empty. */
const drain = (outbox: Outbox, channel: Channel): Effect.Effect<void> =>
  Effect.suspend(() => {
    let pause = 0
    return Effect.whileLoop({
      while: () => outbox.isSending = outbox.waiting.size > 0,
      body: () => {
        const isHurried = hasQueued(outbox)
        // what was taken out must be sent, even if the scope ends meanwhile
        return Effect.flatMap(Effect.timed(Effect.uninterruptible(flush(outbox, channel))), ([took]) => {
          const most = isHurried ? Math.min(Math.max(10 * Duration.toMillis(took), longestQueued), longest) : longest
          pause = Math.min(Math.max(2 * pause, shortest), most)
          return Effect.sleep(pause)
        })
      },
      step: () => undefined
    })
  })

/** Announces through a channel. When the scope ends, what is left is sent. */
export const make = (
  channel: Channel
): Effect.Effect<Pick<typeof TaskStore.Service, "announce" | "announcements">, never, Scope.Scope> =>
  Effect.gen(function*() {
    const outbox: Outbox = { waiting: new Map(), isSending: false }
    const fork = background.forkWith(yield* Effect.context<never>())
    const scope = yield* Scope.Scope
    yield* Effect.addFinalizer(() => flush(outbox, channel))
    return {
      announce: (owner, announcements) =>
        Effect.sync(() => {
          if (announcements.length === 0) return
          put(outbox, owner, announcements)
          if (outbox.isSending) return
          outbox.isSending = true
          fork(Effect.forkIn(drain(outbox, channel), scope))
        }),
      announcements: channel.listen
    }
  })
