/**
 * How a process kills itself at a chosen point: before or after the n-th call of the store, the n-th statement of the
 * database, or at the n-th pass of a place in a handler. Nothing of the library takes part in it.
 */
import { TaskStore } from "brinjal"
import { Effect, Layer, Schema } from "effect"
import { Socket } from "node:net"
import { StatementSync } from "node:sqlite"

const point = { n: Schema.Int, when: Schema.Literals(["before", "after"]) }

/** Where to die. `Never` leaves it to others. */
export const Plan = Schema.TaggedUnion({
  Never: {},
  /** A call of the store; any, or of one method. */
  Call: { ...point, method: Schema.NullOr(Schema.String) },
  /** A statement to SQLite, or a message to Postgres. */
  Statement: point,
  /** A place in a handler. */
  Handler: { n: Schema.Int, place: Schema.Literals(["begin", "middle", "end", "finalizer"]) },
  /** A call of the store after the program was told to stop. */
  Stopping: point
})

export type Plan = typeof Plan.Type

type Place = Extract<Plan, { readonly _tag: "Handler" }>["place"]

/** Dies at once: nothing after this runs. */
const die = (): void => void process.kill(process.pid, "SIGKILL")

let plan: Plan = Plan.make({ _tag: "Never" })
let passed = 0
let stopping = false

/** Dies according to the plan from now on. */
export const arm = (chosen: Plan): void => {
  plan = chosen
  passed = 0
}

/** The program was told to stop. */
export const stop = (): void => void (stopping = true)

const pass = ({ n }: { readonly n: number }): boolean => ++passed === n

/** A handler is at this place. */
export const at = (place: Place): Effect.Effect<void> =>
  Effect.sync(() => {
    if (plan._tag === "Handler" && plan.place === place && pass(plan)) die()
  })

/** The point that a call of the store is, if it is the one of the plan. */
const pointOf = (method: string) => {
  if (plan._tag === "Call") return plan.method === null || plan.method === method ? plan : undefined
  return plan._tag === "Stopping" && stopping ? plan : undefined
}

const deadly = <A, E, R>(method: string, self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const chosen = pointOf(method)
    if (chosen === undefined || !pass(chosen)) return self
    if (chosen.when === "before") die()
    return Effect.tap(self, () => Effect.sync(die))
  })

const deadlyMember = (name: string, value: unknown): unknown => {
  if (Effect.isEffect(value)) return deadly(name, value)
  if (typeof value !== "function") return value
  return (...args: ReadonlyArray<unknown>) => {
    const result: unknown = value(...args)
    return Effect.isEffect(result) ? deadly(name, result) : result
  }
}

/** Layer of the same store, whose calls may be the last. */
export const layer = <E, R>(store: Layer.Layer<TaskStore.TaskStore, E, R>): Layer.Layer<TaskStore.TaskStore, E, R> =>
  Layer.effect(
    TaskStore.TaskStore,
    Effect.map(TaskStore.TaskStore, (real) => {
      const members = Object.entries(real).map(([name, value]) => [name, deadlyMember(name, value)])
      return Object.fromEntries(members) as typeof real
    })
  ).pipe(Layer.provide(store))

type Method = (this: unknown, ...args: Array<unknown>) => unknown

/** Puts the points of the plan around a method of a class of Node. */
const patch = <K extends string>(prototype: Record<K, Method>, name: K): void => {
  const real = prototype[name]
  prototype[name] = function(...args) {
    const isPoint = plan._tag === "Statement" && pass(plan)
    if (isPoint && plan._tag === "Statement" && plan.when === "before") die()
    const result = real.apply(this, args)
    if (isPoint) die()
    return result
  }
}

/** From now on, statements to SQLite and messages to Postgres may be the last. */
export const patchDrivers = (): void => {
  patch(StatementSync.prototype as unknown as Record<"all" | "run", Method>, "all")
  patch(StatementSync.prototype as unknown as Record<"all" | "run", Method>, "run")
  patch(Socket.prototype as unknown as Record<"write", Method>, "write")
}
