/**
 * What a database of Postgres must have so that tasks can be kept in it.
 *
 * The isolation of transactions has to let the limits hold that several processes share: what has run meanwhile is
 * counted after a lock has been waited for. A transaction that sees only what was committed before it began would not
 * see it, and `repeatable read` does not fail for that reason, as `serializable` does.
 *
 * The encoding has to hold every text. Of others than these, a result that cannot be written is found out only when its
 * task has run.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import { IncompatibleDatabase } from "../../IncompatibleDatabase.ts"
import type { Database } from "../database.ts"
import type * as rows from "../rows.ts"

const isolation =
  `Its transactions are "repeatable read" by default, in which limits over several processes cannot be ` +
  `kept. Let the client use "read committed": PgClient.layer({ startupParameters: ` +
  `{ default_transaction_isolation: "read committed" } }), or the same by "alter role" or "alter database".`

const encoding = (name: string) =>
  `Its encoding is ${name}, which cannot hold every text that a task may have. Use a database whose encoding is UTF8: ` +
  `create database NAME encoding 'UTF8' template template0.`

/** `SQL_ASCII` is no encoding: texts are kept byte by byte as the client sends them, which is UTF-8. */
const encodings = new Set(["UTF8", "SQL_ASCII"])

/** Fails if tasks cannot be kept there. */
export const check = ({ sql }: Database): Effect.Effect<void, SqlError | IncompatibleDatabase> =>
  Effect.flatMap(
    sql<rows.Row>`select current_setting('default_transaction_isolation') as level,
      current_setting('server_encoding') as encoding`,
    ([row]) => {
      const name = String(row?.encoding)
      if (row?.level === "repeatable read") {
        return Effect.fail(new IncompatibleDatabase({ reason: "Isolation", detail: isolation }))
      }
      if (!encodings.has(name)) {
        return Effect.fail(new IncompatibleDatabase({ reason: "Encoding", detail: encoding(name) }))
      }
      return Effect.void
    }
  )
