/**
 * Functions in the database that change running and reserved tasks. Each locks the rows that are in the expected state,
 * in the order of their ids, and then updates them by their place in the table.
 */
import * as columns from "../columns.ts"
import * as conditions from "../conditions.ts"
import { fullName, locked, madeFunction, numbered } from "./planning.ts"
import type { Names } from "./pools.ts"

/** What a change has to know of each task, the condition for it, and what it writes. */
interface Change {
  readonly target: columns.Columns
  readonly given: columns.Columns
  readonly isMeant: string
  readonly set: string
}

/** Assigns what processes of an older version do not know, and must not forget. */
const kept = (column: "abandoned" | "retries"): string => `${column} = coalesce(x.${column}, t.${column})`

const changes = {
  lend: { target: columns.target, given: {}, isMeant: conditions.runs, set: "lent = true" },
  update: {
    target: columns.target,
    given: columns.update,
    isMeant: conditions.runs,
    set: `${columns.assignments(columns.report)}, ${kept("retries")}`
  },
  requeue: {
    target: columns.ownTarget,
    given: columns.requeued,
    isMeant: conditions.isOwned,
    set: `${columns.assignments(columns.report)}, ${kept("retries")}, ${kept("abandoned")}, ${columns.released}`
  }
} as const satisfies Readonly<Record<string, Change>>

/** What can be done to tasks. */
export type Name = keyof typeof changes

/** The full name of a function. */
export const functionName = (names: Names, name: Name): string => fullName(names, `${name}_tasks`)

const made = (names: Names, name: Name): string => {
  const { given, isMeant, set, target }: Change = changes[name]
  const tasks = fullName(names, "tasks")
  return madeFunction(
    `${functionName(names, name)}(targets json, changes json) returns setof text`,
    `declare
      _places tid[];
    begin
      select array_agg(place) into _places
      from ${locked("targets", target, { table: tasks, where: "t.task_id = x.task_id", isMeant })};

      return query update ${tasks} as t set ${set}
      from ${numbered("changes", given)} where t.ctid = _places[x.ord] returning t.task_id;
    end`
  )
}

/** Makes the functions. */
export const changing: ReadonlyArray<(names: Names) => string> = (["lend", "update", "requeue"] as const).map(
  (name) => (names) => made(names, name)
)
