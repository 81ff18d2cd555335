import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import * as following from "../../src/internal/following.ts"
import type { Awaited, Ending, State } from "../../src/internal/state.ts"
import type { TaskRecord } from "../../src/TaskStore.ts"

const record = { taskId: "t1" } as TaskRecord

const ending: Ending = { record, exit: Exit.void }

/** A state of which only the followed tasks matter. */
const emptyState = () => ({ peers: { followed: new Map<string, Awaited>() }, refresh: () => {} }) as unknown as State

/** Waits for the end of the task, from now on. */
const waiting = (state: State) => Effect.forkChild(following.endElsewhere(state, record), { startImmediately: true })

describe("following", () => {
  it.effect("tells everybody who waits that a task has ended", () =>
    Effect.gen(function*() {
      const state = emptyState()
      const [first, second] = [yield* waiting(state), yield* waiting(state)]
      following.ended(state, ending)
      assert.strictEqual(yield* Fiber.join(first), ending)
      assert.strictEqual(yield* Fiber.join(second), ending)
      assert.strictEqual(state.peers.followed.size, 0)
    }))

  it.effect("forgets a task for which nobody waits any more", () =>
    Effect.gen(function*() {
      const state = emptyState()
      yield* Fiber.interrupt(yield* waiting(state))
      assert.strictEqual(state.peers.followed.size, 0)
    }))

  it.effect("tells those who were handed over when the others have stopped waiting", () =>
    Effect.gen(function*() {
      const state = emptyState()
      const before = yield* waiting(state)
      const told: Array<Ending> = []
      following.handOver(state, { record, ending: undefined, waiters: [(end) => told.push(end)] })
      yield* Fiber.interrupt(before)
      following.ended(state, ending)
      assert.deepStrictEqual(told, [ending])
    }))

  it.effect("lets somebody who was handed over stop waiting", () =>
    Effect.gen(function*() {
      const state = emptyState()
      const here: Awaited = { record, ending: undefined, waiters: undefined }
      let told = 0
      const leave = following.wait(here, () => told++)
      following.handOver(state, here)
      leave()
      following.ended(state, ending)
      assert.strictEqual(told, 0)
    }))
})
