/**
 * Limits how many instances of a recurring task run at once in this process, whichever decision started them. Most find
 * room and run without a permit. The semaphore is made when an instance may have to wait for the first time; then those
 * that already run get permits too.
 */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Config, Live } from "./state.ts"

/** Takes a permit, if one is needed. A returned Effect must be waited for. */
export const take = (live: Live): Effect.Effect<unknown> | undefined => {
  const { config } = live
  if (config === undefined || config.record.spec.overlap === "allowAll") return undefined
  const others = config.semaphore === undefined ? provide(config) : undefined
  live.holdsPermit = true
  const taken = config.semaphore!.take(1)
  return others === undefined ? taken : Effect.andThen(others, taken)
}

/** Makes the semaphore. Those that already run get their permits first, even if they are now too many. */
const provide = (config: Config): Effect.Effect<unknown> => {
  const { maxConcurrent } = config.record.spec
  const running = config.active?.filter(({ record, settled }) => record.status === "running" && !settled) ?? []
  for (const live of running) live.holdsPermit = true
  const semaphore = config.semaphore = Semaphore.makeUnsafe(maxConcurrent + running.length)
  return Effect.andThen(semaphore.take(running.length), semaphore.resize(maxConcurrent))
}

/** Releases the permit of an instance, if it has one. A returned Effect must be waited for. */
export const give = (live: Live): Effect.Effect<unknown> | undefined => {
  if (!live.holdsPermit) return undefined
  live.holdsPermit = false
  return live.config!.semaphore!.release(1)
}
