/**
 * Fibers that a program has forked as its children and left behind. Effect interrupts them when the fiber of the program
 * ends. That is too late for a task, whose fiber lives on while its end is written and between its attempts: what is
 * still running would hold no place in any pool.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** Where Effect keeps them. */
interface Parent {
  readonly _children?: ReadonlySet<Fiber.Fiber<unknown, unknown>> | undefined
}

/** Interrupts the children of the current fiber, and waits for their ends. There is mostly nothing to wait for. */
export const interrupt = (): Effect.Effect<void> | undefined => {
  const { _children: children } = Fiber.getCurrent() as Parent
  return children === undefined || children.size === 0 ? undefined : Fiber.interruptAll(children)
}

/** Leaves no children of the current fiber behind. */
export const joined = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.onExitPrimitive(self, interrupt)
