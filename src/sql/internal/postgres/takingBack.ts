/**
 * A function in the database that takes back places in pools that tasks have lent. It first locks what it counts, and
 * then counts in a statement that sees what was committed until it had the locks. It is one call, since a process that
 * is frozen between two statements would keep the locks, and all others out of the pool.
 */
import * as columns from "../columns.ts"
import * as conditions from "../conditions.ts"
import { fullName, locked, madeFunction } from "./planning.ts"
import * as pools from "./pools.ts"

/** Who takes a place back, and how many there are; a list of these is in the order of their ids. */
const returnColumns = { ...columns.target, most: "integer" } as const

/** The full name of the function. */
export const functionName = (names: pools.Names): string => fullName(names, "take_back")

/** The function, as it is made. */
export const takingBack = (names: pools.Names): string => {
  const tasks = fullName(names, "tasks")
  const meant = `select * from ${
    locked("targets", returnColumns, {
      table: tasks,
      where: "t.task_id = x.task_id",
      isMeant: conditions.runs,
      wanted: "semaphore as pool, lent, "
    })
  } where place is not null`
  return madeFunction(
    `${functionName(names)}(targets json)
    returns table (task_id text, is_free boolean)`,
    `begin
      perform ${pools.locks(names, `(${meant}) as x where most is not null`)};

      return query with
        x as (${meant}),
        holders as (${pools.holders(names, "x where most is not null")}),
        judged as (
          select x.*, not lent or most is null or
            row_number() over (partition by x.pool, lent order by ord) <= most - coalesce(held, 0) as is_free
          from x left join holders on holders.pool = x.pool
        ),
        hit as (
          update ${tasks} as t set lent = false from judged where is_free and judged.lent and t.ctid = judged.place
        )
        select judged.task_id, judged.is_free from judged;
    end`
  )
}
