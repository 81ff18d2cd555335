/**
 * What limits how many instances of a recurring task run at once, over everything that decides so. Most find room and run
 * without a permit; the semaphore is there from when one may have to wait, and then those that run have permits of it too.
 */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Config, Live } from "./state.ts"

/** Takes a permit, if it has to; what is given must be waited for. */
export const take = (live: Live): Effect.Effect<unknown> | undefined => {
  const { config } = live
  if (config === undefined || config.record.spec.overlap === "allowAll") return undefined
  const others = config.semaphore === undefined ? provide(config) : undefined
  live.holdsPermit = true
  const taken = config.semaphore!.take(1)
  return others === undefined ? taken : Effect.andThen(others, taken)
}

/** Makes the semaphore; those that run get their permits first, also if they are too many by now. */
const provide = (config: Config): Effect.Effect<unknown> => {
  const { maxConcurrent } = config.record.spec
  const running = config.active?.filter(({ record, settled }) => record.status === "running" && !settled) ?? []
  for (const live of running) live.holdsPermit = true
  const semaphore = config.semaphore = Semaphore.makeUnsafe(maxConcurrent + running.length)
  return Effect.andThen(semaphore.take(running.length), semaphore.resize(maxConcurrent))
}

/** Gives the permit of an instance back, if it has one; what is given must be waited for. */
export const give = (live: Live): Effect.Effect<unknown> | undefined => {
  if (!live.holdsPermit) return undefined
  live.holdsPermit = false
  return live.config!.semaphore!.release(1)
}
