/**
 * Reads the events of the manager once for all readers of `/v1/events`. Every event is encoded once and kept for a
 * while in a ring, in which each reader has its own position.
 *
 * Nobody waits for a slow reader, and nothing is kept for it: it is told what it has lost when it reads on. The hub
 * reads the manager only while it has readers, and a minute longer.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { TaskEvent } from "../../../../TaskEvent.ts"
import type * as TaskManager from "../../../../TaskManager.ts"
import * as frames from "./frames.ts"
import * as ring from "./ring.ts"
import type { Snapshot } from "./snapshot.ts"

/**
 * How much is kept and for how long. Times are in milliseconds.
 *
 * - `events`, `bytes`: how far a reader may fall behind and still continue without a gap.
 * - `window`: how long changes are collected before readers are woken again, so that many changes wake them rarely.
 * - `heartbeat`: after how long without a change a reader gets a heartbeat.
 * - `readerTimeout`: after how long a reader that does not read is dropped.
 * - `idle`: how long changes are kept for readers to return to when there are none.
 */
export interface Settings {
  readonly events: number
  readonly bytes: number
  readonly window: number
  readonly heartbeat: number
  readonly readerTimeout: number
  readonly idle: number
}

/** The settings of a server. */
export const defaults: Settings = {
  events: 16_384,
  bytes: 16 * 1_024 * 1_024,
  window: 20,
  heartbeat: 15_000,
  readerTimeout: 120_000,
  idle: 60_000
}

/** A reader. `resume` is set while it waits for something to happen, and may pass it a heartbeat. */
export interface Reader {
  readonly request: Fiber.Fiber<unknown, unknown>
  cursor: number
  /** What it gets before it gets events. */
  pending: ReadonlyArray<Uint8Array>
  askedAt: number
  resume: ((heartbeat?: Uint8Array) => void) | undefined
}

/** The state of a hub. */
export interface Hub {
  readonly manager: typeof TaskManager.TaskManager.Service
  readonly settings: Settings
  readonly clock: Clock.Clock
  readonly fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>
  readonly readers: Set<Reader>
  readonly waiting: Set<Reader>
  ring: ring.Ring
  epoch: string
  source: Fiber.Fiber<void> | undefined
  /** The sequence number of the first events, which only say what there was when reading began. */
  known: number | undefined
  wokenAt: number
  waking: boolean
  quietSince: number
  snapshot: Snapshot | undefined
}

/** Makes a hub that lives as long as its scope. */
export const make = Effect.fnUntraced(function*(
  manager: typeof TaskManager.TaskManager.Service,
  settings: Settings
): Effect.fn.Return<Hub, never, Scope.Scope> {
  const hub: Hub = {
    manager,
    settings,
    clock: yield* Clock.Clock,
    fork: yield* FiberSet.makeRuntime<never, void>(),
    readers: new Set(),
    waiting: new Set(),
    ring: ring.make(settings.events, settings.bytes),
    epoch: "",
    source: undefined,
    known: undefined,
    wokenAt: -Infinity,
    waking: false,
    quietSince: 0,
    snapshot: undefined
  }
  return hub
})

/** The current instant, in epoch milliseconds. */
export const now = (hub: Hub): number => hub.clock.currentTimeMillisUnsafe()

/** The id of an event. */
export const idOf = (hub: Hub, number: number): string => `${hub.epoch}-${number}`

/** Starts to read the manager, unless it is being read. Everything published from then on is in the ring. */
export const start = (hub: Hub): void => {
  if (hub.source !== undefined) return
  hub.epoch = `${now(hub).toString(36)}${hub.ring.next.toString(36)}`
  ring.clear(hub.ring, 0)
  hub.known = undefined
  hub.snapshot = undefined
  const epoch = hub.epoch
  const source = hub.fork(
    Stream.runForEachArray(hub.manager.events, (events) => Effect.sync(() => publish(hub, events))).pipe(
      Effect.ignore,
      Effect.ensuring(Effect.sync(() => ended(hub, epoch)))
    )
  )
  hub.source = source.pollUnsafe() === undefined ? source : undefined
  hub.quietSince = now(hub)
  hub.fork(keep(hub, epoch))
}

/** The stream of the manager has ended: readers are dropped, and may come back. */
const ended = (hub: Hub, epoch: string): void => {
  if (hub.epoch !== epoch) return
  hub.source = undefined
  for (const reader of Array.from(hub.waiting)) reader.resume?.()
}

/** The first events describe the present state, which readers get from snapshots. They all have the same number. */
const isKnown = (hub: Hub, event: TaskEvent): boolean => {
  if (event._tag === "Gap") return false
  if (hub.known === undefined) {
    hub.known = event.sequence
    return false
  }
  return event.sequence === hub.known
}

const publish = (hub: Hub, events: ReadonlyArray<TaskEvent>): void => {
  for (const event of events) {
    if (isKnown(hub, event)) continue
    if (event._tag === "Gap") ring.clear(hub.ring, event.to - event.from + 1)
    else ring.push(hub.ring, frames.change(idOf(hub, hub.ring.next), event))
  }
  wakeSoon(hub)
}

/** Wakes readers at once after a pause, and once per window while there are many changes. */
const wakeSoon = (hub: Hub): void => {
  if (hub.waking) return
  const delay = hub.wokenAt + hub.settings.window - now(hub)
  if (delay <= 0) return wake(hub)
  hub.waking = true
  hub.fork(Effect.delay(Effect.sync(() => wake(hub)), delay))
}

const wake = (hub: Hub): void => {
  hub.waking = false
  hub.wokenAt = now(hub)
  for (const reader of Array.from(hub.waiting)) reader.resume?.()
}

/** Looks after readers from time to time, as long as the manager is read. */
const keep = (hub: Hub, epoch: string): Effect.Effect<void> =>
  Effect.suspend(() =>
    hub.source === undefined || hub.epoch !== epoch
      ? Effect.void
      : Effect.andThen(
        Effect.delay(Effect.sync(() => lookAfter(hub)), hub.settings.heartbeat / 3),
        keep(hub, epoch)
      )
  )

const lookAfter = (hub: Hub): void => {
  const at = now(hub)
  hub.snapshot = undefined
  const heartbeat = frames.heartbeat(serverTime(hub))
  for (const reader of Array.from(hub.readers)) {
    const silence = at - reader.askedAt
    if (reader.resume === undefined) {
      if (silence > hub.settings.readerTimeout) reader.request.interruptUnsafe()
    } else if (silence >= hub.settings.heartbeat) reader.resume(heartbeat)
  }
  if (hub.readers.size > 0) hub.quietSince = at
  else if (at - hub.quietSince > hub.settings.idle) stop(hub)
}

const stop = (hub: Hub): void => {
  const source = hub.source
  hub.source = undefined
  source?.interruptUnsafe()
  ring.clear(hub.ring, 0)
}

/** The current instant. */
export const serverTime = (hub: Hub): DateTime.Utc => DateTime.makeUnsafe(now(hub))
