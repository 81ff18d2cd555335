/**
 * Who may run what, if a store outlives its processes: a process keeps its tasks by heartbeats, gives up those that it
 * has lost, and stops those that others want stopped.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { TaskStoreError } from "../TaskError.ts"
import type { Held, Process } from "../TaskStore.ts"
import * as announcing from "./announcing.ts"
import * as members from "./members.ts"
import { listed, reclaim } from "./recovery.ts"
import { type Live, now, type State } from "./state.ts"
import * as stopping from "./stopping.ts"
import { answered, logDefects, untilStored } from "./storeFailures.ts"

/**
 * Sends heartbeats for ever, three per lease. A process that is alone and runs nothing rests, and sends one per lease.
 * `onGone` runs when another process has disappeared. No heartbeat waits for what follows from the one before it, which
 * may take longer than a lease.
 */
export const keep = (state: State, onGone: Effect.Effect<void>): Effect.Effect<never> =>
  Effect.forever(Effect.suspend(() => {
    const { peers, settings: { lease } } = state
    peers.isResting = members.isAlone(state) && !runsAnything(state)
    peers.interval = peers.isResting ? lease : lease / 3
    const next = untilStored(state, Effect.suspend(() => beat(state))).pipe(
      Effect.flatMap(({ gone }) => {
        for (const taskId of state.peers.followed.keys()) state.refresh(taskId)
        if (gone) state.fork(onGone)
        return Effect.void
      })
    )
    return Effect.andThen(pause(state, peers.interval), logDefects("A heartbeat", next))
  }))

const runsAnything = (state: State): boolean => {
  if (state.starting.size > 0) return true
  for (const live of state.live.values()) if (live.fiber !== undefined) return true
  return false
}

/** Waits for a duration, unaffected by steps of the wall clock, or until the next heartbeat is hurried. */
const pause = ({ peers }: State, millis: number): Effect.Effect<void> => {
  const hurried = Effect.callback<void>((resume) => {
    if (peers.isHurried) resume(Effect.void)
    peers.isHurried = false
    peers.hurry = () => resume(Effect.void)
  })
  return Effect.asVoid(Effect.timeoutOption(hurried, Duration.millis(millis)))
}

/** Sends one heartbeat, acts on its answer, and returns who has come and gone. */
export const beat = (state: State): Effect.Effect<members.Change, TaskStoreError> =>
  Effect.suspend(() => {
    const at = now(state)
    const { beatAt, hints } = state.peers
    const running = [...state.live.values()].filter(({ record, reservation }) =>
      record.status === "running" && reservation === undefined
    )
    return Effect.flatMap(heartbeat(state, at), ({ displaced = false, held, processes }) => {
      const change = members.take(state, processes, { at, hints })
      // a process that has just started does not know those that were there before, nor do they know one that was
      // frozen
      if (change.come || change.wasSilent) announcing.presence(state)
      if (change.come && change.wasAlone) announcing.gap(state)
      return answered(state, "heartbeat").pipe(
        // with its first heartbeat, a process displaces its earlier start
        Effect.andThen(displaced && beatAt > -Infinity ? warnOfNamesake(state) : Effect.void),
        Effect.andThen(Effect.forEach(change.ahead, (process) => warnOf(state, process), { discard: true })),
        Effect.andThen(keepOnly(state, held, running, at - beatAt)),
        Effect.as(change)
      )
    })
  })

const heartbeat = (state: State, at: number) =>
  state.store.heartbeat({ ...members.itself(state), now: at, leaseUntil: at + state.settings.lease })

/** The tasks that are stored as running here. */
export const held = (state: State): Effect.Effect<ReadonlyArray<Held>, TaskStoreError> =>
  Effect.suspend(() => Effect.map(heartbeat(state, now(state)), ({ held }) => held))

const warnOfNamesake = ({ peers, settings: { name = "" } }: State): Effect.Effect<void> => {
  if (peers.hasNamesake) return Effect.void
  peers.hasNamesake = true
  return Effect.logWarning(
    `Another process runs under the name "${name}", too: each takes over what the other one is running, and runs it again. ` +
      "Give each a name of its own (TaskManager.configure({ name })), or none."
  )
}

/** Clocks that are further apart than a lease break what leases promise, and nobody would know why. */
const warnOf = (state: State, { leaseUntil, owner }: Process): Effect.Effect<void> => {
  const ahead = Duration.format(Duration.millis(leaseUntil - now(state) - state.settings.lease))
  return Effect.logWarning(
    `The clock of process ${owner} is about ${ahead} ahead of this one's, unless its lease is that much longer: it ` +
      "treats the tasks of others as abandoned and runs them again, and it starts recurring tasks too early."
  )
}

/**
 * Stops tasks that no longer belong to this process. Only tasks that were running when the heartbeat was sent can be
 * missing from its answer: one that was claimed meanwhile may not be in it.
 */
const keepOnly = (
  state: State,
  held: ReadonlyArray<Held>,
  running: ReadonlyArray<Live>,
  silence: number
): Effect.Effect<void> => {
  const ours = new Set(held.map(({ taskId }) => taskId))
  const lost = running.filter(({ record, settled }) => !settled && !ours.has(record.taskId))
  return reportLoss(state, lost, silence).pipe(
    Effect.andThen(Effect.forEach(lost, (live) => stopping.lose(state, live), { discard: true })),
    Effect.andThen(Effect.sync(() => {
      for (const one of held) checkHeld(state, one)
    }))
  )
}

/**
 * Within the lease, a task that is no longer held has been ended by another process, on purpose. After it, the process
 * was taken for dead: its thread was blocked, its machine asleep, or its database away.
 */
const reportLoss = (
  { settings: { lease } }: State,
  lost: ReadonlyArray<Live>,
  silence: number
): Effect.Effect<void> => {
  if (lost.length === 0 || silence <= lease) return Effect.void
  const [silent, allowed] = [silence, lease].map((millis) => Duration.format(Duration.millis(Math.round(millis))))
  return Effect.logWarning(
    `Tasks of this process were taken over by others, and stop here: ${listed(lost.map(({ record }) => record))}. ` +
      `It had sent no heartbeat for ${silent}, and its lease is ${allowed}.`
  )
}

/** Stops a held task if somebody has asked for that. */
const checkHeld = (state: State, { cancelRequest, taskId }: Held): void => {
  const live = state.live.get(taskId)
  if (live === undefined) state.fork(reclaim(state, taskId))
  else if (cancelRequest !== null) state.fork(stopping.cancelAsRequested(state, live, cancelRequest))
}
