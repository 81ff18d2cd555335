import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Exit, Random, Scope } from "effect"
import * as databases from "./databases.ts"
import { ways } from "./ends.ts"
import * as life from "./life.ts"
import * as rounds from "./rounds.ts"

const postgresUrl = process.env.BRINJAL_TEST_POSTGRES_URL

const backends = [
  ["SQLite", Effect.map(rounds.folder, databases.sqlite)] as const,
  ...(postgresUrl === undefined ? [] : [["Postgres", databases.postgres(postgresUrl)] as const])
]

/** How many lives end in each of the five ways; BRINJAL_TEST_LIVES=40 makes 200, in some minutes. */
const lives = Number(process.env.BRINJAL_TEST_LIVES ?? 8)

const scope = Scope.makeUnsafe()
let program = ""

beforeAll(async () => {
  const folder = await Effect.runPromise(Scope.provide(rounds.folder, scope))
  program = await Effect.runPromise(life.bundle(folder))
}, 60_000)

afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

for (const [backend, makeDatabase] of backends) {
  describe(`a program that is killed, on ${backend}`, () => {
    for (const [name, way] of Object.entries(ways)) {
      it.live(`loses nothing and starts nothing twice, ${lives} times ${name}`, () =>
        Effect.gen(function*() {
          const ends = yield* Effect.forEach(Array.from({ length: lives }), () => way)
          const { deaths, occurrences, problems, tasks } = yield* rounds.run(program, yield* makeDatabase, ends, 8)
          assert.deepStrictEqual(problems, [])
          const overdue = deaths.filter((death) => death.overdue).length
          yield* Effect.log(`${overdue} of ${lives} had to be ended; ${tasks} tasks, ${occurrences} occurrences`)
        }).pipe(Effect.scoped, Random.withSeed(name)), 300_000)
    }
  })
}
