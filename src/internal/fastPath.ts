/**
 * The life of an instance that waits for nothing but its program: the store is in memory and answers at once, or has
 * already said that the instance runs or is reserved; there is room, and the program has no retries, timeouts or spans.
 * It does what `runner.ts` does in general, but without an Effect per step and with a fiber for the program only, which
 * takes half the time. Most instances run this way.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import type { Registration } from "../TaskRegistry.ts"
import type { Claimed } from "../TaskStore.ts"
import * as children from "./children.ts"
import * as endings from "./endings.ts"
import * as members from "./members.ts"
import * as permits from "./permits.ts"
import * as runner from "./runner.ts"
import * as settling from "./settling.ts"
import { type Live, mayStart, now, type State } from "./state.ts"
import * as stopping from "./stopping.ts"
import * as taskContext from "./taskContext.ts"

type Run = taskContext.Run
type Exited = Exit.Exit<unknown, unknown>

/** Starts the program of a task that has a slot, if it can be done this way. Returns whether it was. */
export const start = (state: State, live: Live, claimed?: Claimed): boolean => {
  const registration = state.registry.get(live.record.taskType)
  if (state.traced || registration === undefined) return false
  if (!isPlain(registration) || mustWait(state, live) || !mayStart(state, registration.taskType)) return false
  const hasBegun = claimed === undefined ? claim(state, live) : take(state, live, claimed)
  if (hasBegun) fork(state, live, registration)
  return hasBegun
}

/** Asks a store for it that answers at once, unless it is reserved. */
const claim = (state: State, live: Live): boolean => {
  if (live.reservation !== undefined) return runner.beginReserved(state, live)
  const claimed = state.direct?.claim(live.record, state.owner, now(state), live.stored)
  if (claimed === undefined) return false
  runner.begin(state, live, claimed)
  return true
}

/** Where somebody has had to wait for a permit, so may this one. */
const take = (state: State, live: Live, claimed: Claimed): boolean =>
  live.config?.semaphore === undefined && runner.take(state, live, claimed)

const isPlain = ({ retry, timeout, totalTimeout }: Registration): boolean =>
  retry === undefined && timeout === undefined && totalTimeout === undefined

/** Whether something is in the way. If no more instances are active than may run, none has to wait. */
const mustWait = (state: State, live: Live): boolean => {
  const { config, settled } = live
  if (settled) return true
  if (config === undefined) return false
  return stopping.isTooLate(state, live) || config.active!.length > config.record.spec.maxConcurrent
}

const fork = (state: State, live: Live, handler: Registration): void => {
  live.handler = handler
  const scope = Scope.makeUnsafe()
  const context = taskContext.services(handler.context, { state, live, scope })
  // as long as no instance has had to wait, none needs a permit
  const program = live.config?.semaphore === undefined ? whole : inTurn
  Effect.runForkWith(Context.add(context, Scope.Scope, scope))(program)
}

/** What still has to be waited for; mostly nothing. */
type Rest = Effect.Effect<void, never, any> | undefined

// what runs in a fiber is made once: it finds its task in the context

/** Ends the task when its program has ended. */
const end = (exit: Exited): Rest => {
  const run = taskContext.runIn(Fiber.getCurrent()!.context)
  return Exit.isSuccess(exit) ? encoded(run, run.live.handler!.encode(exit.value)) : close(run, exit)
}

/** The program of the task. */
const own = Effect.withFiber((fiber) => {
  const { live } = taskContext.runIn(fiber.context)
  live.fiber = fiber as Fiber.Fiber<void>
  return live.handler!.program(live.record.payload)
})

/** The same to its end. It can be interrupted from when the handler is called; what comes after the program cannot. */
const whole = Effect.onExitPrimitive(own, end)

/** The same with a permit. The fiber is known to the task even while it waits for the permit. */
const inTurn = Effect.uninterruptible(Effect.withFiber((fiber) => {
  const { live } = taskContext.runIn(fiber.context)
  live.fiber = fiber as Fiber.Fiber<void>
  const whole = Effect.onExitPrimitive(Effect.interruptible(own), end)
  const turn = permits.take(live)
  return turn === undefined ? whole : Effect.flatMap(turn, () => whole)
}))

/** Continues with the encoded success, which is mostly there at once. */
const encoded = (run: Run, self: Effect.Effect<unknown, never, any>): Rest =>
  Exit.isExit(self)
    ? close(run, self)
    : Effect.flatMap(Effect.exit(Effect.interruptible(self)), (exit) => close(run, exit) ?? Effect.void)

/** Closes the scope, which is mostly empty, and ends the task. */
const close = (run: Run, exit: Exited): Rest => {
  const closing = Scope.closeUnsafe(run.scope!, exit)
  if (closing === undefined) return join(run, exit)
  const closed = Effect.exit(Effect.onExit(exit, () => closing))
  return Effect.flatMap(closed, (exit) => join(run, exit) ?? Effect.void)
}

/** Ends what the program has forked, which is mostly nothing. */
const join = (run: Run, exit: Exited): Rest => {
  const joined = children.interrupt()
  return joined === undefined ? release(run, exit) : Effect.flatMap(joined, () => release(run, exit) ?? Effect.void)
}

/** Releases the permit, if there is one, before the task ends, so that what starts at its end finds the permit. */
const release = (run: Run, exit: Exited): Rest => {
  const given = permits.give(run.live)
  return given === undefined ? settle(run, exit) : Effect.flatMap(given, () => settle(run, exit) ?? Effect.void)
}

const settle = ({ live, state }: Run, exit: Exited): Rest => {
  const { direct } = state
  if (direct === undefined || live.settled || Exit.isFailure(exit)) return settling.endNow(state, live, exit)
  const { attempt } = settling.close(state, live)
  const ending = endings.succeeded(state, live, exit)
  settling.settle(state, live, ending, direct.settle(ending.record, attempt, members.retention(state), live.stored))
  return undefined
}
