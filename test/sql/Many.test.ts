/**
 * What it takes Postgres to write many things at once: each is found by its name or number, and never by comparing each one
 * with all others, which nobody would notice with ten of them.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { TaskStoreError } from "../../src/TaskError.ts"
import { TaskStore } from "../../src/TaskStore.ts"
import {
  beginOf,
  claimOf,
  config,
  ended,
  insertConfigWithInstance,
  instance,
  outcome,
  started,
  t0,
  task
} from "../../src/testing/store/records.ts"
import { storeOver } from "./databases.ts"
import * as explained from "./explained.ts"

type Step = Effect.Effect<unknown, TaskStoreError, TaskStore>

const many = 200
const me = "me/2"
const leaseUntil = t0 + 30_000
const keepFew = { done: 2, failed: 2, cancelled: 2, outcomes: 2 }
const limits = { owner: me, leaseUntil, limit: 10_000, maxConcurrent: 10 }
const request = { reason: "Requested", note: "", grace: null } as const

const ids = Array.from({ length: many }, (_, i) => `one-${i}`)

/** The same with each, at once: calls that are made in the same moment are written together. */
const each = (step: (id: string, store: typeof TaskStore.Service) => Step): Step =>
  TaskStore.use((store) => Effect.forEach(ids, (id) => step(id, store), { concurrency: "unbounded", discard: true }))

const first = (id: string) => instance(`${id}-1`, id)
const second = (id: string) => instance(`${id}-2`, id)

const commit = (id: string, given: object) => ({
  expected: 1,
  config: config(id, { version: 2 }),
  outcomes: [started(2, `${id}-2`), outcome(3), outcome(4)],
  tasks: [second(id)],
  ...given
})

/** What a recurring task goes through, each step with all of them. */
const life: ReadonlyArray<readonly [name: string, step: Step]> = [
  ["insertConfig", each((id) => insertConfigWithInstance(id, `${id}-1`))],
  [
    "commit",
    each((id, store) =>
      store.commit(commit(id, { begin: beginOf(limits), cancels: [{ taskId: `${id}-1`, request }] }), keepFew)
    )
  ],
  [
    "update",
    each((id, store) => store.update({ ...second(id), status: "running", attempt: 1, startedAt: t0, progress: 5 }, 1))
  ],
  ["lend", each((id, store) => store.lend(`${id}-2`, 1))],
  ["takeBack", each((id, store) => store.takeBack(`${id}-2`, 1, 10_000))],
  ["requeue", each((id, store) => store.requeue({ ...second(id), attempt: 1 }, 1))],
  ["insertTasks", TaskStore.use((store) => store.insertTasks(ids.map((id) => task(`${id}-3`))))],
  [
    "turn",
    TaskStore.use((store) =>
      store.turn({
        owner: me,
        endings: ids.map((id) => ({ task: ended(first(id), "failed"), attempt: 0 })),
        retention: keepFew,
        claims: ids.map((id) => claimOf({ ...second(id), attempt: 1 }, limits)),
        reservations: ids.map((id) => task(`${id}-3`)),
        leaseUntil,
        returns: []
      })
    )
  ],
  [
    "turn",
    TaskStore.use((store) =>
      store.turn({
        owner: me,
        endings: ids.map((id) => ({ task: ended({ ...second(id), attempt: 2, startedAt: t0 }, "done"), attempt: 2 })),
        retention: keepFew,
        claims: [],
        reservations: [],
        leaseUntil,
        returns: ids.map((id) => task(`${id}-3`))
      })
    )
  ],
  ["removeTasks", TaskStore.use((store) => store.removeTasks(ids.map((id) => `${id}-3`)))]
]

/** The statuses of the tasks that are there at last. */
const statuses = TaskStore.use((store) =>
  Effect.map(
    store.searchTasks({ where: {}, payload: {}, offset: 0, limit: 10 * many }),
    (tasks) => tasks.map(({ status }) => status).toSorted()
  )
)

const url = process.env.BRINJAL_TEST_POSTGRES_URL

describe.runIf(url !== undefined)("many things at once", () => {
  it.effect("are not compared with each other", () => {
    const plans: Array<explained.Explained> = []
    return Effect.gen(function*() {
      const excessive: Array<string> = []
      for (const [name, step] of life) {
        plans.length = 0
        yield* step
        assert.isAbove(plans.length, 0)
        for (const { Plan, "Query Text": text } of plans) {
          const compared = explained.comparedInVain(Plan)
          if (compared > 2 * many) {
            excessive.push(`${name} has compared ${compared} pairs in "${text.trim().slice(0, 60)}"`)
          }
        }
      }
      assert.deepStrictEqual(excessive, [])
      assert.deepStrictEqual(yield* statuses, [...ids.map(() => "done"), ...ids.map(() => "failed")])
    }).pipe(Effect.provide(storeOver(explained.layer(url!, plans))))
  })
})
