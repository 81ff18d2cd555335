/**
 * What the statements of the store cost on Postgres once its tables have grown: each connection plans a statement when
 * it sees it first, when there may be nothing in the tables, and keeps that plan until somebody gathers statistics.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import type { TaskStoreError } from "../../src/TaskError.ts"
import { TaskStore, type Turn } from "../../src/TaskStore.ts"
import {
  beginOf,
  claimed,
  claimOf,
  config,
  ended,
  insertConfigWithInstance,
  instance,
  keepAll,
  outcome,
  started,
  t0,
  task
} from "../../src/testing/store/records.ts"
import { databases, postgresOf, schemaName, storeOver } from "./databases.ts"

type Step = Effect.Effect<unknown, TaskStoreError | SqlError.SqlError, TaskStore>

/** Something that the store does: what is there before, and what it does then. */
interface Operation {
  readonly before?: (id: string) => Step
  readonly run: (id: string, store: typeof TaskStore.Service) => Step
  /** How many rows it may read, where these are not few. */
  readonly most?: number
}

const me = "me/2"
const leaseUntil = t0 + 30_000
const keepFew = { done: 2, failed: 2, cancelled: 2, outcomes: 2 }
const request = { reason: "Requested", note: "", grace: null } as const
const search = { where: {}, payload: {}, offset: 0, limit: 10 }
const page = { taskTypes: ["Backup"], createdBefore: Infinity, limit: 10 }

const ids = (name: string, count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, i) => `${name}-${i}`)

const nothing = (): Step => Effect.void

const queued = (id: string) => TaskStore.use((store) => store.insertTasks([task(id)]))
const asleep = (id: string) => TaskStore.use((store) => store.insertTasks([task(id, { retryAt: t0 + 1 })]))
const running = (id: string) => Effect.andThen(queued(id), claimed(id, { owner: me }))
const recurring = (id: string) => insertConfigWithInstance(id, `${id}-1`)
const past = (id: string) =>
  TaskStore.use((store) => store.insertTasks(ids(`${id}-past`, 5).map((one) => ended(instance(one, id), "done"))))
const runs = (id: string) => task(id, { status: "running", attempt: 1, startedAt: t0, owner: me })

const turn = (given: Partial<Turn>): Turn => ({
  owner: me,
  endings: [],
  retention: keepFew,
  claims: [],
  reservations: [],
  leaseUntil,
  returns: [],
  ...given
})

const commit = (id: string, given: object = {}) => ({
  expected: 1,
  config: config(id, { version: 2 }),
  outcomes: [started(2, `${id}-2`), outcome(3), outcome(4)],
  tasks: [instance(`${id}-2`, id)],
  ...given
})

const operations: Readonly<Record<string, Operation>> = {
  insertTasks: { run: (id, store) => store.insertTasks([task(id)]) },
  claim: { before: queued, run: (id, store) => store.claim(claimOf(task(id), { limit: 10, maxConcurrent: 10 })) },
  settle: { before: running, run: (id, store) => store.settle(ended(runs(id), "done"), 1, keepFew) },
  "settle that takes others away": {
    before: (id) => Effect.andThen(recurring(id), past(id)),
    run: (id, store) => store.settle(ended(instance(`${id}-1`, id), "done"), 0, keepFew)
  },
  turn: {
    before: (id) => Effect.all([running(id), queued(`${id}-2`), queued(`${id}-3`)]),
    run: (id, store) =>
      store.turn(turn({
        endings: [{ task: ended(runs(id), "failed"), attempt: 1 }],
        claims: [claimOf(task(`${id}-2`))],
        reservations: [task(`${id}-3`)]
      }))
  },
  lend: { before: running, run: (id, store) => store.lend(id, 1) },
  takeBack: {
    before: (id) => Effect.andThen(running(id), TaskStore.use((store) => store.lend(id, 1))),
    run: (id, store) => store.takeBack(id, 1, 10_000)
  },
  update: { before: running, run: (id, store) => store.update({ ...runs(id), progress: 5 }, 1) },
  requeue: { before: running, run: (id, store) => store.requeue(task(id, { attempt: 1 }), 1) },
  requestCancel: { before: running, run: (id, store) => store.requestCancel(id, request) },
  getTask: { before: queued, run: (id, store) => store.getTask(id) },
  getTasks: {
    before: queued,
    run: (id, store) => store.getTasks([id, ...Array.from({ length: 50 }, (_, i) => `gone-${i}`)])
  },
  "searchTasks": { run: (_, store) => store.searchTasks(search) },
  "searchTasks after another": { before: queued, run: (id, store) => store.searchTasks({ ...search, before: id }) },
  "searchTasks by status": { run: (_, store) => store.searchTasks({ ...search, where: { status: "failed" } }) },
  "searchTasks by parent": { run: (id, store) => store.searchTasks({ ...search, where: { parentId: id } }) },
  removeTasks: { before: recurring, run: (id, store) => store.removeTasks([`${id}-1`]) },
  activeTasks: { before: recurring, run: (id, store) => store.activeTasks(id) },
  queuedTasks: { run: (_, store) => store.queuedTasks(page) },
  "queuedTasks after another": { run: (_, store) => store.queuedTasks({ ...page, after: task("queued-500") }) },
  backlog: { run: (_, store) => store.backlog({ most: 10 }) },
  "backlog without what is handled": { run: (_, store) => store.backlog({ most: 10, except: ["Backup", "Other"] }) },
  wakeTasks: { before: asleep, run: (_, store) => store.wakeTasks(t0 + 1, 10) },
  abandonedTasks: {
    run: (_, store) => store.abandonedTasks({ now: t0, taskTypes: ["Backup"], owner: me }),
    most: 2_500
  },
  insertConfig: { run: (id) => recurring(id) },
  commit: { before: recurring, run: (id, store) => store.commit(commit(id), keepFew) },
  "commit that cancels": {
    before: recurring,
    run: (id, store) => store.commit(commit(id, { active: 1, cancels: [{ taskId: `${id}-1`, request }] }), keepFew)
  },
  "commit that begins": {
    before: recurring,
    run: (id, store) => store.commit(commit(id, { begin: beginOf({ limit: 10, maxConcurrent: 10 }) }), keepFew)
  },
  getConfig: { before: recurring, run: (id, store) => store.getConfig(id) },
  removeConfig: { before: (id) => Effect.andThen(recurring(id), past(id)), run: (id, store) => store.removeConfig(id) },
  outcomes: { before: recurring, run: (id, store) => store.outcomes(id, { offset: 0, limit: 10 }) },
  once: { run: (id, store) => store.once({ key: id, request: "", now: t0, until: t0 + 1 }, Effect.succeed("")) },
  heartbeat: {
    before: running,
    run: (_, store) => store.heartbeat({ owner: me, now: t0, leaseUntil, taskTypes: ["Backup"] }),
    most: 2_500
  },
  leave: { run: (id, store) => store.leave(id) }
}

/** Those that are done by functions in the database. */
const functions = [
  "claim",
  "settle",
  "settle that takes others away",
  "turn",
  "lend",
  "takeBack",
  "update",
  "requeue",
  "removeTasks",
  "wakeTasks",
  "abandonedTasks",
  "insertConfig",
  "commit",
  "commit that cancels",
  "commit that begins",
  "removeConfig",
  "heartbeat"
]

/** How many rows of the tables an effect reads. */
const rowsRead = <A, E>(self: Effect.Effect<A, E, TaskStore>) =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const schema = yield* schemaName
    const read = Effect.map(
      sql<{ read: number }>`select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) as read
        from pg_stat_xact_user_tables where schemaname = ${schema}`,
      ([row]) => Number(row!.read)
    )
    return yield* sql.withTransaction(
      Effect.flatMap(read, (before) => Effect.map(Effect.andThen(self, read), (after) => after - before))
    )
  })

/** Many rows of every kind, with which nobody does anything. */
const fill = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const store = yield* TaskStore
  const endings = ["done", "failed", "cancelled"] as const
  yield* store.insertTasks(
    ids("ended", 20_000).map((id, i) => ended(instance(id, `filled-${i % 2_000}`), endings[i % 3]!))
  )
  yield* store.insertTasks(ids("queued", 1_000).map((id) => task(id)))
  yield* store.insertTasks(ids("asleep", 1_000).map((id) => task(id, { retryAt: t0 + 3_600_000 })))
  const held = ids("held", 1_000).map((id) => task(id, { semaphore: "another" }))
  yield* store.insertTasks(held)
  yield* store.turn(turn({ claims: held.map((one) => claimOf(one, { owner: me, leaseUntil })) }))
  const told = Array.from({ length: 10 }, (_, i) => outcome(i))
  yield* Effect.forEach(ids("filled", 2_000), (id) => store.insertConfig(config(id), told, [], keepAll), everybody)
  yield* sql`insert into ${sql(`${yield* schemaName}.brinjal_answers`)} (request_key, request, until_at)
    select i::text, '', ${t0 + 1_000} from generate_series(1, 5000) as i`
})

const everybody = { concurrency: "unbounded", discard: true } as const

/** Every table of the store. */
const everyTable = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const schema = yield* schemaName
  const all = yield* sql<{ name: string }>`select relname as name from pg_stat_user_tables where schemaname = ${schema}`
  return all.map(({ name }) => sql(`${schema}.${name}`))
})

/** Has nobody gather statistics but the test. */
const withoutStatistics = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  for (const table of yield* everyTable) yield* sql`alter table ${table} set (autovacuum_enabled = false)`
})

const counted = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  yield* Effect.all([recurring("few-1"), queued("few-2"), running("few-3")])
  for (const table of yield* everyTable) yield* sql`analyze ${table}`
})

const postgres = databases.some(([name]) => name === "Postgres")

/** Of a plan that does not depend on the values the first five are not kept. */
const plans = 10

/** Which operations read more of full tables than they need to, after they were planned for what is there. */
const excessive = Effect.fnUntraced(function*(names: ReadonlyArray<string>) {
  const store = yield* TaskStore
  const all = names.map((name) => [name, operations[name]!] as const)
  for (const [name, { before = nothing, run }] of all) {
    yield* Effect.forEach(ids(name, plans), (id) => Effect.andThen(before(id), run(id, store)), { discard: true })
  }
  yield* fill
  const found: Array<string> = []
  for (const [name, { before = nothing, most = 200, run }] of all) {
    yield* before(name)
    const read = yield* rowsRead(run(name, store))
    if (read > most) found.push(`${name} has read ${read} rows`)
  }
  return found
})

describe.runIf(postgres)("a full table is not read through", () => {
  const layer = storeOver(postgresOf(1))

  it.effect("by what was planned when it was empty", () =>
    Effect.gen(function*() {
      yield* withoutStatistics
      assert.deepStrictEqual(yield* excessive(Object.keys(operations)), [])
    }).pipe(Effect.provide(layer)), 120_000)

  it.effect("by a function that was planned when it was small, and had been counted", () =>
    Effect.gen(function*() {
      yield* withoutStatistics
      yield* counted
      assert.deepStrictEqual(yield* excessive(functions), [])
    }).pipe(Effect.provide(layer)), 120_000)
})
