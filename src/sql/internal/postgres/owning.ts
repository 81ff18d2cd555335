/**
 * Functions in the database that go through the tasks that processes own: those that run and those that are reserved.
 * They are few among all tasks, and are read in the order of partial indexes that contain no others.
 */
import type * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { TaskStore } from "../../../TaskStore.ts"
import * as columns from "../columns.ts"
import type { Database } from "../database.ts"
import type * as rows from "../rows.ts"
import { toJson, toText } from "../text.ts"
import { fullName, lockedWhere, madeFunction } from "./planning.ts"
import type { Names } from "./pools.ts"

const holdingName = (names: Names): string => fullName(names, "hold_tasks")

/** Extends the leases of the tasks of an owner, and returns these. They are locked in the common order. */
const holding = (names: Names): string => {
  const tasks = fullName(names, "tasks")
  return madeFunction(
    `${holdingName(names)}(holder text, until bigint)
    returns table (task_id text, attempt bigint, cancel_request text, seq bigint)`,
    `declare
      _places tid[];
    begin
      select array_agg(place) into _places
      from ${lockedWhere(tasks, "owner = holder", "semaphore, owner")};

      return query update ${tasks} as t set lease_until = until where t.ctid = any(_places)
      returning t.task_id, t.attempt, t.cancel_request::text, t.seq;
    end`
  )
}

const missingName = (names: Names): string => fullName(names, "abandoned_tasks")

/** The ids of tasks whose leases have ended, or which another start of the same process had. */
const missing = (names: Names): string => {
  const tasks = fullName(names, "tasks")
  const had = (owner: string, until: string, order: string) =>
    `select task_id from (
        select task_id, task_type, ${owner} as holder, ${until} as ends_at from ${tasks}
        where ${owner} is not null order by ${order} offset 0
      ) as had
      where task_type = any(array(select json_array_elements_text(task_types)))
        and (ends_at < now or process <> '' and holder <> asker and starts_with(holder, process))`
  return madeFunction(
    `${missingName(names)}(asker text, process text, now bigint, task_types json)
    returns setof text stable`,
    `begin
      return query ${had("owner", "lease_until", "semaphore, owner")};
      return query ${had("reserved_by", "reserved_until", "reserved_by")};
    end`
  )
}

/** Makes the functions. */
export const owning: ReadonlyArray<(names: Names) => string> = [holding, missing]

/** Extends the leases of an owner's tasks, and gives what there is of these. */
export const hold = (
  database: Database,
  owner: string,
  leaseUntil: number
): Effect.Effect<ReadonlyArray<rows.Row>, SqlError> => {
  const { sql } = database
  return sql<rows.Row>`select * from ${sql.literal(holdingName(database))}(${owner}, ${leaseUntil})`
}

/** Running and reserved tasks that lost their owner, oldest first. */
export const abandonedTasks = (
  database: Database,
  { now, owner, taskTypes }: Parameters<typeof TaskStore.Service["abandonedTasks"]>[0]
): Effect.Effect<ReadonlyArray<rows.Row>, SqlError> => {
  const { read, sql, tasks } = database
  const name = owner.slice(0, owner.lastIndexOf("/") + 1)
  const asker = sql`${toText(owner)}, ${toText(name)}, ${Math.ceil(now)}, ${toJson(taskTypes)}::json`
  return sql<rows.Row>`select ${read(columns.task, "t")}
    from ${sql.literal(missingName(database))}(${asker}) as missing(id)
    cross join lateral (select * from ${tasks} where task_id = missing.id offset 0) as t order by t.seq`
}
