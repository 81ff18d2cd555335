/**
 * One task as it changes, until it has ended. A server that goes away in the meantime, as it does for a deploy, is
 * waited for, but not for long: scripts wait for the command.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { millis } from "../../internal/elapsed.ts"
import { isFinal } from "../../TaskInfo.ts"
import { Client } from "./Client.ts"
import { isAway } from "./complaints.ts"
import * as eventStream from "./eventStream.ts"
import * as format from "./format.ts"
import * as live from "./live.ts"
import { Patience, Silence } from "./Patience.ts"
import type * as views from "./views.ts"

const get = (taskId: string) => Client.use((client) => client.tasks.get({ params: { task_id: taskId } }))

/** One task as it changes, from the first complete snapshot to its end. */
const sightings = (taskId: string) =>
  eventStream.read().pipe(
    Stream.mapAccum(() => live.nothing, (known, event: live.Event) => {
      const [next] = live.step(known, event)
      return [next, next.complete ? [Option.fromUndefinedOr(next.tasks.get(taskId))] : []]
    }),
    Stream.changesWith((a, b) => Option.getOrUndefined(a) === Option.getOrUndefined(b)),
    // a task that was removed already is read, to report what is known about it
    Stream.mapEffect(Option.match({
      onNone: () => get(taskId),
      onSome: Effect.succeed
    })),
    Stream.takeUntil((task) => isFinal(task.status))
  )

/** What has happened to a stream that has ended before the task. */
const fate = (error: unknown): string =>
  error instanceof Silence
    ? `The server has said nothing for ${format.duration(error.limit)}`
    : "The connection to the server was lost"

/** How to follow a task. */
export interface Options<R> {
  readonly see: (task: views.Task) => void
  /** What is done when the server goes away. */
  readonly lost: Effect.Effect<void, never, R>
}

/**
 * Follows a task, and returns what has become of it: the task as it ended, or what happened to the server, if that has
 * not come back in time.
 */
export const follow = Effect.fnUntraced(function*<R>(taskId: string, { lost, see }: Options<R>) {
  const clock = yield* Clock.Clock
  const { absence } = yield* Patience
  let away: { readonly since: number; readonly fate: string } | undefined
  let end: views.Task | undefined
  const seen = (task: views.Task) =>
    Effect.sync(() => {
      away = undefined
      see(task)
      if (isFinal(task.status)) end = task
    })
  const read = Stream.runForEach(sightings(taskId), seen).pipe(
    Effect.as("The server stopped"),
    Effect.catchIf(isAway, (error) => Effect.succeed(fate(error)))
  )
  // a proxy that lets no stream through may still let answers through
  const asked = Effect.isSuccess(Effect.flatMap(get(taskId), seen))
  for (;;) {
    const fate = yield* read
    const isThere = end !== undefined || (yield* asked)
    if (end !== undefined) return end
    if (!isThere) {
      if (away === undefined) yield* lost
      away ??= { since: millis(clock), fate }
      if (millis(clock) - away.since >= Duration.toMillis(absence)) return away.fate
    }
    yield* Effect.sleep(eventStream.reconnectDelay)
  }
})
