/**
 * In which isolation of transactions the limits hold that several processes share: what has run meanwhile is counted
 * after a lock has been waited for. A transaction that sees only what was committed before it began would not see it,
 * and `repeatable read` does not fail for that reason, as `serializable` does.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import { IncompatibleDatabase } from "../../IncompatibleDatabase.ts"
import type { Database } from "../database.ts"
import type * as rows from "../rows.ts"

const detail = `Its transactions are "repeatable read" by default, in which limits over several processes cannot be ` +
  `kept. Let the client use "read committed": PgClient.layer({ startupParameters: ` +
  `{ default_transaction_isolation: "read committed" } }), or the same by "alter role" or "alter database".`

/** Fails if limits cannot be kept. */
export const check = ({ sql }: Database): Effect.Effect<void, SqlError | IncompatibleDatabase> =>
  Effect.flatMap(
    sql<rows.Row>`select current_setting('default_transaction_isolation') as level`,
    ([row]) =>
      row?.level === "repeatable read"
        ? Effect.fail(new IncompatibleDatabase({ reason: "Isolation", detail }))
        : Effect.void
  )
