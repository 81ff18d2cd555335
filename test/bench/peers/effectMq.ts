/**
 * effect-mq over its Postgres store, a hundred takers. It leaves the making of its tables to a migration tool; here they
 * are made from its own definitions.
 */
import { PgClient } from "@effect/sql-pg"
import { SQL } from "drizzle-orm"
import { getTableConfig, type Index, type IndexedColumn, PgDialect, type PgTable } from "drizzle-orm/pg-core"
import { Effect, Layer, ManagedRuntime, Redacted, Schema } from "effect"
import { Job as Mq, Worker } from "effect-mq"
import {
  DrizzleJobStore,
  mqDedupe,
  mqFlowChildren,
  mqFlowOutbox,
  mqJobAttempts,
  mqJobs,
  mqQueueControl,
  mqSchedules
} from "effect-mq/drizzle-postgres"
import { Pool } from "pg"
import type { Make } from "./peer.ts"

class Bench extends Mq.make("Bench", { payload: { index: Schema.Number, queuedAt: Schema.Number } }) {}

const jobs = mqJobs()

const tables = {
  jobs,
  attempts: mqJobAttempts(jobs),
  schedules: mqSchedules(),
  queues: mqQueueControl(),
  dedupe: mqDedupe(),
  flowChildren: mqFlowChildren(),
  flowOutbox: mqFlowOutbox()
}

const dialect = new PgDialect()

const literal = (value: unknown): string => {
  if (value instanceof SQL) return dialect.sqlToQuery(value.inlineParams()).sql
  const text = typeof value === "object" ? JSON.stringify(value) : String(value)
  return `'${text}'`
}

const columnsOf = (table: PgTable): ReadonlyArray<string> =>
  getTableConfig(table).columns.map((column) =>
    [
      column.name,
      column.getSQLType(),
      column.notNull ? "not null" : "",
      column.primary ? "primary key" : "",
      column.generatedIdentity === undefined ? "" : "generated always as identity",
      column.default === undefined ? "" : `default ${literal(column.default)}`
    ].join(" ")
  )

const indexOf = (table: string, { config }: Index): string => {
  const columns = config.columns.map((column) => {
    const { indexConfig, name } = column as Partial<IndexedColumn>
    return `${name} ${config.method === "gin" ? "" : indexConfig?.order ?? ""}`
  })
  const where = config.where === undefined ? "" : ` where ${literal(config.where)}`
  return `create index if not exists ${config.name} on ${table} using ${config.method ?? "btree"} (${
    columns.join(", ")
  })${where}`
}

const statementsOf = (table: PgTable): ReadonlyArray<string> => {
  const { indexes, name, primaryKeys } = getTableConfig(table)
  const keys = primaryKeys.map(({ columns }) => `primary key (${columns.map((column) => column.name).join(", ")})`)
  return [
    `create table if not exists ${name} (${[...columnsOf(table), ...keys].join(", ")})`,
    ...indexes.map((index) => indexOf(name, index))
  ]
}

/** A peer over a database of its own. */
export const make: Make = async (url) => {
  const pool = new Pool({ connectionString: url, max: 2 })
  for (const statement of Object.values(tables).flatMap(statementsOf)) await pool.query(statement)
  const store = DrizzleJobStore.layer(tables).pipe(
    Layer.provide(PgClient.layer({ url: Redacted.make(url), maxConnections: 12 }))
  )
  const producer = ManagedRuntime.make(store)
  return {
    settings: "Postgres store, concurrency 100, LISTEN/NOTIFY",
    reset: () => pool.query("truncate effect_mq_jobs, effect_mq_job_attempts"),
    enqueue: (job) => producer.runPromise(Bench.enqueue(job)),
    enqueueMany: (jobs) => producer.runPromise(Bench.enqueueMany(jobs)),
    work: async (seen) => {
      const handled = Bench.toLayer((job) => Effect.sync(() => seen(job)))
      const worker = ManagedRuntime.make(
        handled.pipe(Layer.provideMerge(Worker.layer({ concurrency: 100 })), Layer.provideMerge(store))
      )
      await worker.context()
      return () => worker.dispose()
    },
    left: async () => {
      const { rows } = await pool.query("select count(*) as n from effect_mq_jobs where state <> 'completed'")
      return Number(rows[0].n)
    },
    close: async () => {
      await producer.dispose()
      await pool.end()
    }
  }
}
