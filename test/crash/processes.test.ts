import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Random, Scope } from "effect"
import * as cluster from "./cluster.ts"
import * as databases from "./databases.ts"
import { ways } from "./ends.ts"
import { factor } from "./fastClock.ts"
import * as fleet from "./fleet.ts"
import * as life from "./life.ts"
import * as rounds from "./rounds.ts"

const url = process.env.BRINJAL_TEST_POSTGRES_URL

const scope = Scope.makeUnsafe()
let program = ""

beforeAll(async () => {
  if (url === undefined) return
  program = await Effect.runPromise(Effect.flatMap(Scope.provide(rounds.folder, scope), life.bundle))
}, 60_000)

afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

const ensureAllIsWell = Effect.fnUntraced(function*({ end }: fleet.Fleet, enough: number) {
  const { problems, tasks } = yield* end
  assert.deepStrictEqual(problems, [])
  assert.isAbove(tasks, enough)
})

const never = { _tag: "Never" } as const

/** Goes on when so many leases have passed since now, and the process has worked all the time. */
const outlive = Effect.fnUntraced(function*(one: fleet.Member, leases: number) {
  const until = (yield* Clock.currentTimeMillis) + leases * fleet.lease / factor
  while ((yield* Clock.currentTimeMillis) < until) yield* one.entries(1)
})

/** The same with a lease that has surely ended. */
const outliveLease = (one: fleet.Member) => outlive(one, 1.5)

describe.runIf(url !== undefined)("processes that share a Postgres", () => {
  it.live("lose nothing when one after the other is killed", () =>
    Effect.gen(function*() {
      const all = yield* fleet.make(program, yield* databases.postgres(url!))
      const steady = yield* all.launch()
      let victims = [yield* all.launch(), yield* all.launch()]
      for (const way of Object.values(ways).flatMap((way) => [way, way])) {
        const [first, second] = victims
        yield* first!.entries(15)
        yield* first!.signal("SIGKILL")
        const { plan } = yield* way
        victims = [second!, yield* all.launch(plan)]
        yield* steady.entries(15)
      }
      yield* ensureAllIsWell(all, 100)
    }).pipe(Effect.scoped, Random.withSeed("kills")), 300_000)

  it.live("lose nothing when one is frozen beyond its lease and goes on", () =>
    Effect.gen(function*() {
      const all = yield* fleet.make(program, yield* databases.postgres(url!))
      const others = [yield* all.launch(), yield* all.launch()]
      for (let i = 0; i < 3; i++) {
        const frozen = yield* all.launch()
        yield* frozen.entries(20)
        yield* frozen.signal("SIGSTOP")
        yield* frozen.gone
        yield* outliveLease(others[0]!)
        yield* frozen.signal("SIGCONT")
        yield* frozen.entries(20)
      }
      yield* ensureAllIsWell(all, 100)
    }).pipe(Effect.scoped), 300_000)

  it.live("lose nothing when any of them is frozen for about a lease, again and again", () =>
    Effect.gen(function*() {
      const all = yield* fleet.make(program, yield* databases.postgres(url!))
      const members = [yield* all.launch(), yield* all.launch(), yield* all.launch()]
      yield* members[0]!.entries(50)
      for (let i = 0; i < 6; i++) {
        const [frozen, other] = yield* Random.shuffle(members)
        yield* frozen!.signal("SIGSTOP")
        yield* frozen!.gone
        yield* outlive(other!, 0.7 + 0.6 * (yield* Random.next))
        yield* frozen!.signal("SIGCONT")
        yield* frozen!.entries(10)
      }
      yield* ensureAllIsWell(all, 100)
    }).pipe(Effect.scoped), 300_000)

  it.live(
    "lose nothing of thousands of short tasks when one is frozen beyond its lease, and one is killed",
    () =>
      Effect.gen(function*() {
        const all = yield* fleet.make(program, yield* databases.postgres(url!))
        const [steady, killed, frozen] = [
          yield* all.launch(),
          yield* all.launch(never, 2_000),
          yield* all.launch(never, 2_000)
        ]
        yield* frozen.entries(3_000)
        yield* frozen.signal("SIGSTOP")
        yield* frozen.gone
        yield* killed.entries(3_000)
        yield* killed.signal("SIGKILL")
        yield* outliveLease(steady)
        yield* frozen.signal("SIGCONT")
        const { code, complaint } = yield* frozen.death
        assert.deepStrictEqual([code, complaint], [0, ""])
        yield* ensureAllIsWell(all, 4_000)
      }).pipe(Effect.scoped),
    300_000
  )

  it.live("lose nothing when every process is replaced again and again", () =>
    Effect.gen(function*() {
      const all = yield* fleet.make(program, yield* databases.postgres(url!))
      const running = [yield* all.launch(), yield* all.launch(), yield* all.launch()]
      for (let i = 0; i < 8; i++) {
        const next = yield* all.launch()
        yield* next.entries(10)
        const old = running.shift()!
        yield* old.signal("SIGTERM")
        running.push(next)
        const { code, complaint } = yield* old.death
        assert.deepStrictEqual([code, complaint], [0, ""])
      }
      yield* ensureAllIsWell(all, 100)
    }).pipe(Effect.scoped), 300_000)
})

describe.runIf(url !== undefined && cluster.isThere)("processes that share a Postgres which is restarted", () => {
  it.live("lose nothing", () =>
    Effect.gen(function*() {
      const server = yield* cluster.make
      const all = yield* fleet.make(program, yield* databases.postgres(server.url))
      const both = [yield* all.launch(), yield* all.launch()]
      for (let i = 0; i < 3; i++) {
        yield* Effect.forEach(both, (one) => one.entries(40))
        yield* server.restart
      }
      yield* Effect.forEach(both, (one) => one.entries(40))
      yield* ensureAllIsWell(all, 100)
    }).pipe(Effect.scoped), 300_000)
})
