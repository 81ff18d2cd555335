/**
 * The processes on a database: a row for each, which its heartbeats renew, and which others remove when they stop.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { Alive, Heartbeat, Process } from "../../TaskStore.ts"
import * as columns from "./columns.ts"
import type { Database } from "./database.ts"
import * as owning from "./postgres/owning.ts"
import * as rows from "./rows.ts"
import { toText } from "./text.ts"

/**
 * A condition: the column names another start of the same process as `owner`. The name is the part before the last `/`.
 */
export const isOtherStart = (
  { sql }: Database,
  owner: string,
  column: "owner" | "reserved_by" = "owner"
): Fragment => {
  const name = toText(owner.slice(0, owner.lastIndexOf("/") + 1))
  const other = sql.literal(column)
  return name === ""
    ? sql.literal("1 = 0")
    : sql`(${other} <> ${toText(owner)} and substr(${other}, 1, length(${name})) = ${name})`
}

/** Extends the leases of an owner's tasks, and returns them. */
const hold = (
  database: Database,
  owner: string,
  leaseUntil: number
): Effect.Effect<ReadonlyArray<rows.Row>, SqlError> => {
  const { dialect, read, sql, tasks } = database
  return dialect.name === "postgres"
    ? owning.hold(database, owner, leaseUntil)
    : sql<rows.Row>`update ${tasks} set lease_until = ${leaseUntil} where owner = ${owner}
      returning task_id, attempt, seq, ${read({ cancel_request: "json" })}`
}

/** Records a heartbeat. Returns the tasks of the owner, and the processes that are alive. */
export const heartbeat = Effect.fnUntraced(function*(
  database: Database,
  beat: Heartbeat
): Effect.fn.Return<Alive, SqlError> {
  const { dialect, processes, sql } = database
  const { lease_until, owner, pools, task_types } = rows.fromProcess(beat)
  const sizes = pools === null ? null : dialect.toJson(pools)
  yield* sql`insert into ${processes} (owner, lease_until, task_types, pools)
    values (${owner}, ${lease_until}, ${dialect.toJson(task_types)}, ${sizes})
    on conflict (owner) do update
    set lease_until = excluded.lease_until, task_types = excluded.task_types, pools = excluded.pools`
  const now = Math.ceil(beat.now)
  const forgotten = yield* sql<rows.Row>`delete from ${processes} where lease_until < ${now} or ${
    isOtherStart(database, beat.owner)
  } returning lease_until`
  const held = yield* hold(database, owner, lease_until)
  return {
    held: rows.inOrder(held).map(rows.toHeld),
    processes: yield* known(database),
    displaced: forgotten.some((process) => rows.number(process.lease_until) >= now)
  }
})

/** All processes that have not been forgotten, by name. */
export const known = (
  { processes, read, sql }: Database
): Effect.Effect<ReadonlyArray<Process>, SqlError> =>
  Effect.map(
    sql<rows.Row>`select ${read(columns.process)} from ${processes} order by owner`,
    (found) => found.map(rows.toProcess)
  )

/** Removes a process. */
export const leave = ({ processes, sql }: Database, owner: string): Effect.Effect<void, SqlError> =>
  Effect.asVoid(sql`delete from ${processes} where owner = ${toText(owner)}`)
