/**
 * Commits changes of a recurring task by compare-and-swap: only when all of a transition is stored does anything start
 * or stop.
 */
import * as Effect from "effect/Effect"
import type * as Tracer from "effect/Tracer"
import type { RecurringTaskNotFound, TaskStoreError } from "../TaskError.ts"
import type { Cancel, ConfigRecord, TaskRecord } from "../TaskStore.ts"
import { act } from "./afterCommit.ts"
import * as background from "./background.ts"
import * as configs from "./configs.ts"
import * as eagerStart from "./eagerStart.ts"
import { overlap } from "./endings.ts"
import * as members from "./members.ts"
import { reload } from "./reloading.ts"
import type { Config, State } from "./state.ts"
import * as storing from "./storing.ts"
import { decide, isIdle, type Transition } from "./transition.ts"
import * as writes from "./writes.ts"

/** A change on top of what is due. */
export type Change<E> = (transition: Transition) => Effect.Effect<Transition, E>

/**
 * Decides what is due, applies a change, and commits both; again, if another process was quicker. Returns the new
 * record.
 */
export const apply = <E>(
  state: State,
  config: Config,
  change: Change<E>
): Effect.Effect<ConfigRecord, E | RecurringTaskNotFound | TaskStoreError> =>
  Effect.suspend(() =>
    config.knowledge === "current"
      ? attempt(state, config, change)
      : Effect.andThen(reload(state, config), attempt(state, config, change))
  )

const attempt = <E>(
  state: State,
  config: Config,
  change: Change<E>
): Effect.Effect<ConfigRecord, E | RecurringTaskNotFound | TaskStoreError> =>
  Effect.suspend(() => {
    const due = decide(state, config)
    // what was too much for one decision is committed in parts
    if (due.wakeAt !== undefined && due.wakeAt <= due.at) {
      return Effect.andThen(commit(state, config, due), attempt(state, config, change))
    }
    return Effect.flatMap(change(due), (transition) => {
      if (transition === due && isIdle(config, due)) return Effect.succeed(config.record)
      const record = { ...transition.record, version: config.record.version + 1 }
      return Effect.flatMap(
        commit(state, config, transition),
        (done) => done ? Effect.succeed(record) : attempt(state, config, change)
      )
    })
  })

/**
 * Commits a transition and acts on it; `false` if another process was quicker, whose row is then taken over. With
 * `mayBegin`, which must not be set in a transaction of the caller, its instance may run at once.
 */
export const commit = (
  state: State,
  config: Config,
  transition: Transition,
  mayBegin = false
): Effect.Effect<boolean, RecurringTaskNotFound | TaskStoreError> =>
  state.traced && transition.tasks.length > 0
    ? background.useSpan("brinjal.decide", {
      "recurring.id": config.record.recurringId,
      "occurrences": transition.outcomes.length
    }, (span) => write(state, config, transition, mayBegin, span))
    : write(state, config, transition, mayBegin, undefined)

const write = (
  state: State,
  config: Config,
  transition: Transition,
  mayBegin: boolean,
  link: Tracer.AnySpan | undefined
): Effect.Effect<boolean, RecurringTaskNotFound | TaskStoreError> => {
  const { spec, template, version } = config.record
  const record = { ...transition.record, version: version + 1 }
  const task = mayBegin ? onlyInstance(transition) : undefined
  const begin = task && eagerStart.request(state, config, task)
  const written = writes.commit(state, {
    expected: version,
    config: record,
    outcomes: transition.outcomes,
    tasks: transition.tasks,
    active: activeOf(state, config, transition),
    cancels: state.store.durable ? cancelsOf(transition) : undefined,
    isRevised: record.spec !== spec || record.template !== template,
    begin
  })
  const carriedOut = Effect.matchCauseEffectEager(written, {
    onFailure: (cause) => {
      if (begin !== undefined) eagerStart.fail(state, task!)
      return Effect.failCause(cause)
    },
    onSuccess: (answer) => {
      const claimed = typeof answer === "object" ? answer : undefined
      if (begin !== undefined && claimed === undefined) eagerStart.giveUp(state, task!)
      if (answer === false) return Effect.as(reload(state, config), false)
      const done = () => act(state, config, transition, record, link, claimed)
      // whatever may begin is not part of a caller's transaction, and therefore committed
      const isCommitted = mayBegin || !state.store.durable
      return Effect.mapEager(isCommitted ? done() : whenCommitted(state, config, done), () => true)
    }
  })
  return state.store.durable ? storing.during(state, transition.tasks, carriedOut) : carriedOut
}

/** One that was added in the same transaction may have got another loop meanwhile. */
const lookAgain = ({ configs: all }: State, config: Config): void => {
  const known = all.get(config.record.recurringId) ?? config
  if (known === config) configs.wake(config)
  else configs.invalidate(known)
}

/**
 * Acts now or, within a transaction of the caller, after its commit: by then the loop sleeps until an instant that may
 * have changed, so it is woken.
 */
const whenCommitted = (state: State, config: Config, done: () => Effect.Effect<void>): Effect.Effect<void> =>
  Effect.suspend(() => {
    let isNow = true
    const acted = Effect.suspend(() => isNow ? done() : Effect.map(done(), () => lookAgain(state, config)))
    return Effect.map(state.store.afterCommit(acted), () => void (isNow = false))
  })

/** The instance that is started, if it is the only one and does not wait for another one to stop. */
const onlyInstance = ({ interrupts, tasks }: Transition): TaskRecord | undefined =>
  tasks.length === 1 && interrupts.length === 0 ? tasks[0] : undefined

/** Requests to the instances that are to stop, because another process may have to stop them. */
const cancelsOf = ({ interrupts }: Transition): ReadonlyArray<Cancel> =>
  interrupts.map(({ taskId, terminate }) => ({ taskId, request: { ...overlap, grace: terminate ? 0 : null } }))

/**
 * How many instances a decision that finds no room relies on: instances in other processes may have ended unnoticed. A
 * decision that finds room is valid whatever has ended.
 */
const activeOf = (
  state: State,
  config: Config,
  { interrupts, outcomes, record }: Transition
): number | undefined => {
  if (members.isAlone(state) && (config.elsewhere?.size ?? 0) === 0) return undefined
  const isBlocked = record.buffer.length > 0 || interrupts.length > 0 ||
    outcomes.some((one) => one.blockedBy.length > 0)
  return isBlocked ? configs.activeIds(config).length : undefined
}
