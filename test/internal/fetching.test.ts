import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import * as fetching from "../../src/internal/fetching.ts"
import * as members from "../../src/internal/members.ts"
import type { State } from "../../src/internal/state.ts"

/** What it takes to read the queue, of all that a manager has; nothing waits there, and to see that takes some time. */
const stateOf = (onRead: Effect.Effect<void>): State =>
  ({
    peers: members.noPeers(),
    storeFailures: { since: undefined },
    registry: { get: () => ({}) },
    pauses: { known: new Map(), held: new Map() },
    store: { queuedTasks: () => Effect.as(Effect.andThen(onRead, Effect.sleep("3 millis")), []) }
  }) as unknown as State

describe("the queue", () => {
  /** When it is read, in milliseconds, where somebody hears at these instants that there may be something in it. */
  const readAt = Effect.fnUntraced(function*(heardAt: ReadonlyArray<number>) {
    const reads: Array<number> = []
    const from = yield* Clock.currentTimeMillis
    const state = stateOf(Effect.map(Clock.currentTimeMillis, (at) => void reads.push(at - from)))
    for (let millis = 0; millis <= heardAt.at(-1)! + 200; millis++) {
      if (heardAt.includes(millis)) {
        yield* Effect.forkChild(fetching.fetchType(state, "Backup"), { startImmediately: true })
      }
      yield* TestClock.adjust("1 millis")
    }
    return reads
  })

  it.effect("is read at once, and soon again when more was queued meanwhile", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* readAt([0, 10]), [0, 10])
      assert.deepStrictEqual(yield* readAt([0, 1]), [0, 8])
    }))

  it.effect("is read less and less often while there is always more", () =>
    Effect.gen(function*() {
      const reads = yield* readAt(Array.from({ length: 1_000 }, (_, millis) => millis))
      const rests = reads.slice(1).map((at, i) => at - reads[i]! - 3)
      assert.deepStrictEqual(rests.slice(0, 7), [5, 10, 20, 40, 80, 100, 100])
    }))
})
