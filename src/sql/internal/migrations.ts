/**
 * The tables, created by `Migrator` step by step. A step that was released is never changed; changes are new steps.
 */
import * as Effect from "effect/Effect"
import * as Migrator from "effect/sql/Migrator"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { IncompatibleDatabase } from "../IncompatibleDatabase.ts"
import { type Database, quoted, tableName } from "./database.ts"
import { adding } from "./postgres/adding.ts"
import { changing } from "./postgres/changing.ts"
import { deciding } from "./postgres/deciding.ts"
import * as fitness from "./postgres/fitness.ts"
import { owning } from "./postgres/owning.ts"
import { parking } from "./postgres/parking.ts"
import { removing, removingTasks } from "./postgres/removing.ts"
import { reserving } from "./postgres/reserving.ts"
import { takingBack } from "./postgres/takingBack.ts"
import { turning } from "./postgres/turning.ts"
import { waking } from "./postgres/waking.ts"

type Step = (database: Database) => Effect.Effect<void, SqlError>

const run = ({ sql }: Database, statements: ReadonlyArray<string>): Effect.Effect<void, SqlError> =>
  Effect.forEach(statements, (statement) => sql.unsafe(statement).unprepared, { discard: true })

const tasks: Step = (database) => {
  const { dialect: { no, sequence, tableOptions, types }, place } = database
  const table = quoted(database.sql, tableName(place, "tasks"))
  const index = (name: string) => quoted(database.sql, `${place.prefix}tasks_${name}`)
  return run(database, [
    `create table ${table} (
      ${sequence},
      task_id ${types.text} not null unique,
      recurring_id ${types.text},
      parent_id ${types.text},
      history_of ${types.text} not null,
      task_type ${types.text} not null,
      payload ${types.json},
      priority ${types.number} not null,
      semaphore ${types.text} not null,
      created_at ${types.integer} not null,
      scheduled_at ${types.integer},
      covers ${types.json},
      status ${types.text} not null,
      attempt ${types.integer} not null,
      progress ${types.number} not null,
      heading ${types.text},
      body ${types.text},
      img ${types.text},
      started_at ${types.integer},
      retry_at ${types.integer},
      completed_at ${types.integer},
      success ${types.json},
      error ${types.json},
      failure ${types.json},
      owner ${types.text},
      lease_until ${types.integer},
      lent ${types.boolean} not null default ${no},
      cancel_request ${types.json},
      constraint known_status check (status in ('queued', 'running', 'done', 'failed', 'cancelled')),
      constraint completed_iff_ended check ((completed_at is null) = (status in ('queued', 'running'))),
      constraint owned_iff_running check ((owner is null) = (status <> 'running')),
      constraint lease_has_owner check (lease_until is null or owner is not null),
      constraint lent_by_owner check (owner is not null or not lent),
      constraint requested_before_end check (completed_at is null or cancel_request is null),
      constraint running_has_started check (started_at is not null or status <> 'running'),
      constraint attempt_counts check (attempt >= 0)
    ) ${tableOptions.busy}`,
    `create index ${
      index("queue")
    } on ${table} (task_type, priority desc, created_at, task_id) where status = 'queued'`,
    `create index ${index("owner")} on ${table} (semaphore, owner) where owner is not null`,
    `create index ${index("active")} on ${table} (recurring_id, seq)
      where completed_at is null and recurring_id is not null`,
    `create index ${index("status")} on ${table} (status, seq) where completed_at is not null`,
    `create index ${index("history")} on ${table} (history_of, status, completed_at, seq)
      where completed_at is not null`,
    `create index ${index("parent")} on ${table} (parent_id, seq) where parent_id is not null`
  ])
}

const configs: Step = (database) => {
  const { dialect: { sequence, tableOptions, types }, place } = database
  return run(database, [
    `create table ${quoted(database.sql, tableName(place, "configs"))} (
      ${sequence},
      recurring_id ${types.text} not null unique,
      created_at ${types.integer} not null,
      version ${types.integer} not null,
      spec ${types.json} not null,
      template ${types.json} not null,
      enabled ${types.boolean} not null,
      note ${types.text} not null,
      last_decided ${types.integer} not null,
      buffer ${types.json},
      runs ${types.integer} not null,
      declared ${types.boolean} not null,
      updated_at ${types.integer} not null,
      outcome_count ${types.integer} not null,
      total_runs ${types.integer} not null default 0,
      total_failures ${types.integer} not null default 0,
      consecutive_failures ${types.integer} not null default 0,
      last_run ${types.integer},
      constraint counts_are_counts check (
        runs >= 0 and outcome_count >= 0 and total_runs >= 0 and consecutive_failures >= 0 and
        total_failures >= consecutive_failures
      ),
      constraint last_run_iff_runs check ((last_run is null) = (total_runs = 0))
    ) ${tableOptions.busy}`
  ])
}

const outcomes: Step = (database) => {
  const { dialect: { tableOptions, types }, place } = database
  const table = quoted(database.sql, tableName(place, "outcomes"))
  const index = (name: string) => quoted(database.sql, `${place.prefix}outcomes_${name}`)
  return run(database, [
    `create table ${table} (
      recurring_id ${types.text} not null
        references ${quoted(database.sql, tableName(place, "configs"))} (recurring_id) on delete cascade,
      ordinal ${types.integer} not null,
      from_at ${types.integer} not null,
      to_at ${types.integer} not null,
      count ${types.integer} not null,
      outcome ${types.text} not null,
      reason ${types.text} not null,
      blocked_by ${types.json},
      into_at ${types.integer},
      triggered_by ${types.text} not null,
      decided_at ${types.integer} not null,
      task_id ${types.text},
      status ${types.text},
      primary key (recurring_id, ordinal),
      constraint known_outcome check (outcome in ('Started', 'Skipped', 'Missed', 'Absorbed')),
      constraint known_trigger check (triggered_by in ('schedule', 'manual', 'registration')),
      constraint known_status check (status in ('queued', 'running', 'done', 'failed', 'cancelled')),
      constraint range_is_one check (from_at <= to_at and count >= 0),
      constraint task_iff_started check ((task_id is not null) = (outcome = 'Started')),
      constraint status_iff_task check ((status is null) = (task_id is null))
    ) ${tableOptions.calm}`,
    `create unique index ${index("task")} on ${table} (task_id) where task_id is not null`,
    `create unique index ${index("started")} on ${table} (recurring_id, from_at)
      where outcome = 'Started' and triggered_by = 'schedule'`
  ])
}

const processes: Step = (database) => {
  const { dialect: { tableOptions, types }, place } = database
  return run(database, [
    `create table ${quoted(database.sql, tableName(place, "processes"))} (
      owner ${types.text} not null primary key,
      lease_until ${types.integer} not null,
      task_types ${types.json} not null
    ) ${tableOptions.calm}`
  ])
}

/** Announcements between processes, if the database itself has no way to send them. */
const announcements: Step = (database) => {
  const { dialect: { name, sequence, tableOptions, types }, place } = database
  if (name !== "sqlite") return Effect.void
  return run(database, [
    `create table ${quoted(database.sql, tableName(place, "announcements"))} (
      ${sequence},
      owner ${types.text} not null,
      announcement ${types.json} not null
    ) ${tableOptions.calm}`
  ])
}

/** How often a recurring task was changed; 1 for those that are older than this column. */
const revisions: Step = (database) => {
  const { dialect: { types }, place, sql } = database
  const table = quoted(sql, tableName(place, "configs"))
  return run(database, [`alter table ${table} add column revision ${types.integer} not null default 1`])
}

/** Answers by key. An answer is null only inside the transaction of its work. */
const answers: Step = (database) => {
  const { dialect: { tableOptions, types }, place, sql } = database
  const table = quoted(sql, tableName(place, "answers"))
  return run(database, [
    `create table ${table} (
      request_key ${types.text} not null primary key,
      request ${types.text} not null,
      answer ${types.text},
      until_at ${types.integer} not null
    ) ${tableOptions.calm}`,
    `create index ${quoted(sql, `${place.prefix}answers_until`)} on ${table} (until_at)`
  ])
}

/** The times of the tasks of outcomes, which stay when the tasks are gone. */
const runs: Step = (database) => {
  const { dialect: { types }, place, sql } = database
  const table = quoted(sql, tableName(place, "outcomes"))
  const column = (name: string) => `alter table ${table} add column ${name} ${types.integer}`
  return run(database, [column("started_at"), column("completed_at")])
}

const functions = (...made: ReadonlyArray<(database: Database) => string>): Step => (database) =>
  database.dialect.name === "postgres" ? run(database, made.map((make) => make(database))) : Effect.void

/**
 * Which process has reserved a queued task, which then is not in the queue; and a function for turns that knows of it.
 */
const reservations: Step = (database) => {
  const { dialect: { types }, place, sql } = database
  const table = quoted(sql, tableName(place, "tasks"))
  const index = (name: string) => quoted(sql, `${place.prefix}tasks_${name}`)
  const inSchema = (name: string) => quoted(sql, tableName(place, `tasks_${name}`))
  const columns = run(database, [
    `alter table ${table} add column reserved_by ${types.text}
      constraint reserved_while_queued check (reserved_by is null or status = 'queued')`,
    `alter table ${table} add column reserved_until ${types.integer}
      constraint reservation_ends check ((reserved_until is null) = (reserved_by is null))`,
    `create index ${index("reserved")} on ${table} (reserved_by) where reserved_by is not null`,
    `drop index ${inSchema("queue")}`,
    `create index ${index("queue")} on ${table} (task_type, priority desc, created_at, task_id)
      where status = 'queued' and reserved_by is null`
  ])
  return Effect.andThen(columns, functions(turning, reserving)(database))
}

/** An outcome is written twice. Room on its page lets the second write leave its indexes alone. */
const turns: Step = (database) => {
  const { dialect: { name }, place, sql } = database
  if (name === "sqlite") return Effect.void
  const table = quoted(sql, tableName(place, "outcomes"))
  const room = run(database, [`alter table ${table} set (fillfactor = 70)`])
  return Effect.andThen(room, functions(turning, reserving, takingBack)(database))
}

/** Tasks that sleep are not in the queue, however many there are, and are found by when they are due. */
const sleepers: Step = (database) => {
  const { place, sql } = database
  const table = quoted(sql, tableName(place, "tasks"))
  const index = (name: string) => quoted(sql, `${place.prefix}tasks_${name}`)
  const indexes = run(database, [
    `drop index ${quoted(sql, tableName(place, "tasks_queue"))}`,
    `create index ${index("queue")} on ${table} (task_type, priority desc, created_at, task_id)
      where status = 'queued' and reserved_by is null and retry_at is null`,
    `create index ${index("asleep")} on ${table} (retry_at) where status = 'queued' and retry_at is not null`
  ])
  return Effect.andThen(indexes, functions(turning, waking)(database))
}

/**
 * How often a task was abandoned, so that one that ends its processes does not run for ever; null if never, which takes
 * no room in its row.
 */
const abandonments: Step = (database) => {
  const { dialect: { types }, place, sql } = database
  const table = quoted(sql, tableName(place, "tasks"))
  const column = run(database, [`alter table ${table} add column abandoned ${types.integer}`])
  return Effect.andThen(column, functions(...changing)(database))
}

/** The sizes of the pools of a process; null if it is of a version before this column. */
const poolSizes: Step = (database) => {
  const { dialect: { types }, place, sql } = database
  return run(database, [`alter table ${quoted(sql, tableName(place, "processes"))} add column pools ${types.json}`])
}

/** How far tasks have come with their retry schedules; null for those that have had no retry, which takes no room. */
const retries: Step = (database) => {
  const { dialect: { types }, place, sql } = database
  const table = quoted(sql, tableName(place, "tasks"))
  const column = run(database, [`alter table ${table} add column retries ${types.json}`])
  return Effect.andThen(column, functions(...changing)(database))
}

/**
 * Which tasks share a concurrency key, which is null for most and takes no room then; and which of them are parked, and
 * therefore not in the queue.
 */
const concurrency: Step = (database) => {
  const { dialect: { no, types }, place, sql } = database
  const table = quoted(sql, tableName(place, "tasks"))
  const index = (name: string) => quoted(sql, `${place.prefix}tasks_${name}`)
  const made = run(database, [
    `alter table ${table} add column concurrency_key ${types.text}`,
    `alter table ${table} add column concurrency_limit ${types.integer}
      constraint limit_iff_key check ((concurrency_limit is null) = (concurrency_key is null))`,
    `alter table ${table} add column parked ${types.boolean} not null default ${no}
      constraint parked_while_queued check (not parked or (status = 'queued' and concurrency_key is not null))`,
    `drop index ${quoted(sql, tableName(place, "tasks_queue"))}`,
    `create index ${index("queue")} on ${table} (task_type, priority desc, created_at, task_id)
      where status = 'queued' and reserved_by is null and retry_at is null and not parked`,
    `create index ${index("parked")} on ${table} (concurrency_key, priority desc, created_at, task_id)
      where parked and retry_at is null`,
    `create index ${index("concurrency")} on ${table} (concurrency_key)
      where concurrency_key is not null and completed_at is null and not parked`
  ])
  return Effect.andThen(made, functions(adding, deciding, turning, reserving, waking, parking)(database))
}

/** Task types that are paused. */
const pauses: Step = (database) => {
  const { dialect: { tableOptions, types }, place } = database
  return run(database, [
    `create table ${quoted(database.sql, tableName(place, "pauses"))} (
      task_type ${types.text} not null primary key,
      since ${types.integer} not null,
      note ${types.text} not null
    ) ${tableOptions.calm}`
  ])
}

const steps: Readonly<Record<string, Step>> = {
  "0001_tasks": tasks,
  "0002_configs": configs,
  "0003_outcomes": outcomes,
  "0004_processes": processes,
  "0005_announcements": announcements,
  "0006_functions": functions(takingBack),
  "0007_revisions": revisions,
  "0008_answers": answers,
  "0009_runs": runs,
  "0010_turns": functions(turning, takingBack),
  "0011_reservations": reservations,
  "0012_removals": functions(removing),
  "0013_decisions": functions(adding, deciding, ...changing, ...owning, removing, removingTasks),
  "0014_turns": turns,
  "0015_begins": functions(deciding),
  "0016_arrays": functions(turning, reserving),
  "0017_sleepers": sleepers,
  "0018_locks": functions(deciding),
  "0019_abandonments": abandonments,
  "0020_pools": poolSizes,
  "0021_usual": functions(adding, deciding),
  "0022_children": functions(turning),
  "0023_retries": retries,
  "0024_concurrency": concurrency,
  "0025_pauses": pauses
}

/** The number of the last step. */
export const latest = Number.parseInt(Object.keys(steps).at(-1)!)

const loaderOf = (database: Database): Migrator.Loader =>
  Migrator.fromRecord(
    Object.fromEntries(
      Object.entries(steps).map(([name, step]) => [name, Effect.suspend(() => step(database))])
    )
  )

/**
 * Creates the schema only if it is missing: a program may be allowed to use a schema, but not to create one. If several
 * processes find it missing at the same time, Postgres lets one create it and fails the others, for which it then
 * exists.
 */
const ensureSchema = (database: Database): Effect.Effect<void, SqlError> => {
  const { place: { schema }, sql } = database
  if (schema === undefined) return Effect.void
  const isThere = Effect.map(
    sql`select 1 as found from pg_catalog.pg_namespace where nspname = ${schema}`,
    (found) => found.length > 0
  )
  const made = Effect.catch(
    run(database, [`create schema if not exists ${quoted(database.sql, schema)}`]),
    (error) => Effect.flatMap(isThere, (is) => is ? Effect.void : Effect.fail(error))
  )
  return Effect.flatMap(isThere, (is) => is ? Effect.void : made)
}

const refuseNewer = (database: Database, table: string) =>
  Effect.flatMap(
    database.sql<{ readonly latest: number }>`select max(migration_id) as latest from ${database.sql(table)}`,
    ([row]) => {
      const found = Number(row?.latest ?? 0)
      if (found <= latest) return Effect.void
      const detail = `Its tables were made by a newer version of brinjal (step ${found}, this one knows ${latest}). ` +
        `Update brinjal, or use another prefix or schema.`
      return Effect.fail(new IncompatibleDatabase({ reason: "NewerVersion", detail }))
    }
  )

/** Brings the tables to this version. Nothing is done twice, even if two processes start at once. */
export const migrate = (
  database: Database
): Effect.Effect<void, SqlError | Migrator.MigrationError | IncompatibleDatabase> => {
  const table = tableName(database.place, "migrations")
  const isFit = database.dialect.name === "postgres" ? fitness.check(database) : Effect.void
  return isFit.pipe(
    Effect.andThen(ensureSchema(database)),
    Effect.andThen(Migrator.make({})({ loader: loaderOf(database), table })),
    Effect.andThen(refuseNewer(database, table)),
    Effect.provideService(SqlClient, database.sql)
  )
}
