/**
 * The program that is killed, 200 times on a database, in each of the five ways equally often.
 */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Exit, Random, Scope } from "effect"
import type { Database } from "./databases.ts"
import { burst, ways } from "./ends.ts"
import * as life from "./life.ts"
import * as rounds from "./rounds.ts"

/** How many lives end in each of the five ways. */
const lives = Number(process.env.BRINJAL_TEST_LIVES ?? 40)

/** Draws other ends. */
const seed = process.env.BRINJAL_TEST_SEED ?? ""

/** After how many lives all is looked at. */
const every = 8

/** A life has something to lose: this many tasks, on average, at the least. */
const least = 2

/** Registers the tests over a database, which is empty for each, if there is such a one. */
export const suite = (
  name: string,
  makeDatabase: Effect.Effect<Database, never, Scope.Scope>,
  isThere = true
): void => {
  const scope = Scope.makeUnsafe()
  let program = ""

  beforeAll(async () => {
    if (!isThere) return
    program = await Effect.runPromise(Effect.flatMap(Scope.provide(rounds.folder, scope), life.bundle))
  }, 60_000)

  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

  describe.runIf(isThere)(`a program that is killed, on ${name}`, () => {
    for (const [name, way] of Object.entries(ways)) {
      it.live(`loses nothing and starts nothing twice, ${lives} times ${name}`, () =>
        Effect.gen(function*() {
          const ends = yield* Effect.forEach(Array.from({ length: lives }), () => way)
          const { problems, tasks } = yield* rounds.run(program, yield* makeDatabase, ends, every)
          assert.deepStrictEqual(problems, [])
          assert.isAbove(tasks, least * lives)
        }).pipe(Effect.scoped, Random.withSeed(name + seed)), 300_000)
    }

    const bursts = Math.ceil(lives / 14)
    it.live(
      `loses nothing and starts nothing twice of some thousand tasks at once, ${bursts} times`,
      () =>
        Effect.gen(function*() {
          const ends = yield* Effect.forEach(Array.from({ length: bursts }), () => burst)
          const { problems, tasks } = yield* rounds.run(program, yield* makeDatabase, ends, every)
          assert.deepStrictEqual(problems, [])
          assert.isAbove(tasks, 500 * bursts / 2)
        }).pipe(Effect.scoped, Random.withSeed(`burst${seed}`)),
      300_000
    )
  })
}
