/**
 * The ways in which a life can end, drawn from a seed: at a call of the store, between the statements of a transaction, in
 * a handler, while stopping, or at any moment.
 */
import { Effect, Random } from "effect"
import type * as life from "./life.ts"
import type { End } from "./rounds.ts"

/** A whole number, the second one excluded. */
const between = (from: number, to: number) =>
  Effect.map(Random.next, (random) => from + Math.floor(random * (to - from)))
const oneOf = <A>(items: ReadonlyArray<A>) => Effect.map(between(0, items.length), (i) => items[i]!)
const when = oneOf(["before", "after"] as const)

/** The calls of the store that belong to the life of an instance, with how often one may happen before it is the last. */
const methods: ReadonlyArray<readonly [method: string | null, most: number]> = [
  [null, 120],
  ["insertTasks", 8],
  ["claim", 25],
  ["update", 25],
  ["settle", 20],
  ["commit", 25],
  ["requeue", 4],
  ["turn", 40],
  ["abandonedTasks", 3],
  ["heartbeat", 3],
  ["configs", 1],
  ["activeTasks", 1]
]

/** The end of a life that does not come to its point: it has shown what it has to show, and the next one begins. */
const lastBlow: life.Blow = { signal: "SIGKILL", entries: 150, delay: 0 }

/** Ways to die, by name. */
export const ways: Readonly<Record<string, Effect.Effect<End>>> = {
  "at a call of the store": Effect.gen(function*() {
    const [method, most] = yield* oneOf(methods)
    const plan = { _tag: "Call", method, n: yield* between(1, most + 1), when: yield* when } as const
    return { plan, blows: [lastBlow] }
  }),
  "between the statements of a transaction": Effect.gen(function*() {
    return { plan: { _tag: "Statement", n: yield* between(1, 250), when: yield* when }, blows: [lastBlow] }
  }),
  "in a handler": Effect.gen(function*() {
    const place = yield* oneOf(["begin", "middle", "end", "finalizer"] as const)
    return { plan: { _tag: "Handler", place, n: yield* between(1, 12) }, blows: [lastBlow] }
  }),
  "while stopping": Effect.gen(function*() {
    const plan = { _tag: "Stopping", n: yield* between(1, 15), when: yield* when } as const
    return { plan, blows: [{ signal: "SIGTERM", entries: yield* between(1, 40), delay: 0 }] }
  }),
  "at any moment": Effect.gen(function*() {
    const blow = { signal: "SIGKILL", entries: yield* between(0, 150), delay: yield* between(0, 30) } as const
    return { plan: { _tag: "Never" }, blows: [blow] }
  })
}

/** What ends a life of so many short tasks: it makes four entries of each, the first when it is queued. */
const endOfBurst = (burst: number): Effect.Effect<Pick<End, "plan" | "blows">> =>
  Effect.gen(function*() {
    const n = yield* between(1, 40)
    const plan = yield* oneOf(
      [
        { _tag: "Call", method: "turn", n, when: yield* when },
        { _tag: "Handler", place: "end", n: 40 * n },
        { _tag: "Stopping", n: yield* between(1, 8), when: yield* when },
        { _tag: "Never" },
        { _tag: "Never" }
      ] as const
    )
    const signal = plan._tag === "Stopping" ? "SIGTERM" : yield* oneOf(["SIGTERM", "SIGKILL"] as const)
    return { plan, blows: [{ signal, entries: yield* between(burst, 5 * burst), delay: 0 }] }
  })

/** A life of some thousand short tasks, that ends in any way, or when all of them have ended. */
export const burst: Effect.Effect<End> = Effect.gen(function*() {
  const many = yield* between(500, 2_000)
  return { ...yield* endOfBurst(many), burst: many }
})
