/**
 * Pieces of statements that are made from lists of columns.
 */
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import type { Columns } from "./dialect.ts"
import { remembered } from "./remembered.ts"

/** `a, b, c` */
export const listOf = remembered((columns: Columns) => Object.keys(columns).join(", "))

const assignments = remembered((columns: Columns) =>
  Object.keys(columns).map((name) => `${name} = x.${name}`).join(", ")
)

/** `a = x.a, b = x.b, c = x.c` */
export const assign = (sql: SqlClient, columns: Columns): Fragment => sql.literal(assignments(columns))
