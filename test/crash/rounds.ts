/**
 * Many lives of the program on one database, one after the other, each ended in another way, with a look at what each has
 * left behind.
 */
import { TaskStore } from "brinjal"
import { Clock, Effect, Layer } from "effect"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import type { Database } from "./databases.ts"
import * as invariants from "./invariants.ts"
import * as journal from "./journal.ts"
import type { Plan } from "./killing.ts"
import * as life from "./life.ts"

/** How a life is to end. */
export interface End {
  readonly plan: Plan
  readonly blows?: ReadonlyArray<life.Blow>
  /** How many short tasks it queues at once, if nothing else. */
  readonly burst?: number
}

/** What many lives came to. */
export interface Summary {
  readonly tasks: number
  readonly problems: ReadonlyArray<string>
}

/** How long a life may take, in milliseconds, before it is killed all the same. */
const bound = 30_000

/** Everything that a store and a journal say. */
export const evidence = (database: Database, journalFile: string) =>
  Effect.gen(function*() {
    yield* database.quiet
    const store = yield* TaskStore.TaskStore
    const configs = yield* store.configs
    const ids = configs.map(({ record }) => record.recurringId)
    const outcomes = yield* Effect.forEach(ids, (id) => store.outcomes(id, { offset: 0, limit: 1_000_000 }))
    return {
      configs,
      tasks: yield* store.searchTasks({ where: {}, payload: {}, offset: 0, limit: 1_000_000 }),
      outcomes: new Map(ids.map((id, i) => [id, outcomes[i]!])),
      journal: journal.read(journalFile)
    }
  }).pipe(Effect.provide(Layer.fresh(database.store)))

/** A folder that is gone afterwards. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "brinjal-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
)

/** Lives one life after the other, and then one in which all comes to its end. */
export const run = Effect.fnUntraced(function*(
  program: string,
  database: Database,
  ends: ReadonlyArray<End>,
  every: number
) {
  const journalFile = Path.join(yield* folder, "journal")
  const settings = {
    ...database.settings,
    journal: journalFile,
    anchor: yield* Clock.currentTimeMillis,
    name: "crash",
    lease: 30_000
  }
  const append = journal.writer(journalFile)
  const problems: Array<string> = []
  let next = yield* life.start(program, settings)
  for (const [i, { blows = [], burst = 0, plan }] of ends.entries()) {
    const current = next
    next = yield* life.start(program, settings)
    const death = yield* Effect.promise(() => life.live(current, { life: i, plan, drains: false, burst }, blows, bound))
    append({ _tag: "Gone", life: i })
    if (death.overdue) {
      const said = journal.read(journalFile).filter((entry) => "life" in entry && entry.life === i).length
      problems.push(
        `Life ${i} was to end by itself, and had made ${said} entries: ${JSON.stringify({ plan, blows, burst })}`
      )
    }
    if (death.complaint !== "") problems.push(`Life ${i} complains: ${death.complaint}`)
    if (death.code === 0) {
      problems.push(...invariants.held(yield* evidence(database, journalFile)).map((it) => `After life ${i}: ${it}`))
    }
    if (i % every !== 0) continue
    const found = yield* evidence(database, journalFile)
    problems.push(
      ...[...invariants.problems(found), ...invariants.forgottenOrders(found)].map((it) => `After life ${i}: ${it}`)
    )
    if (problems.length > 0) break
  }
  const last = yield* Effect.promise(() =>
    life.live(next, { life: ends.length, plan: { _tag: "Never" }, drains: true, burst: 0 }, [], 60_000)
  )
  if (last.code !== 0) problems.push(`The last life did not come to its end: ${JSON.stringify(last)}`)
  const found = yield* evidence(database, journalFile)
  problems.push(...invariants.problemsAtTheEnd(found))
  return {
    tasks: found.tasks.length,
    problems
  } satisfies Summary
})
