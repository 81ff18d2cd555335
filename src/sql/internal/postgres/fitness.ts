/**
 * What a database of Postgres must have so that tasks can be kept in it.
 *
 * The isolation of transactions has to let the limits hold that several processes share: what has run meanwhile is
 * counted after a lock has been waited for. A transaction that sees only what was committed before it began would not
 * see it, and `repeatable read` does not fail for that reason, as `serializable` does.
 *
 * The encoding has to hold every text. Of others than these, a result that cannot be written is found out only when its
 * task has run.
 *
 * The clock of the process has to agree with the one that all processes can see. A process whose clock is ahead decides
 * occurrences that are not due for the others yet, and what is decided stays decided. There is no such clock on SQLite,
 * whose processes share a machine.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import { iso } from "../../../internal/format.ts"
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

/**
 * How far the clock of a process may be from that of the database, in milliseconds: the default lease. A process that is
 * further away seems dead while it runs its tasks, or alive when it is dead. One that is closer works well alone, so it
 * is not refused.
 */
const tolerance = 30_000

/** When a process asked for the time, when the answer came, and what it was, in epoch milliseconds. */
export interface Comparison {
  readonly asked: number
  readonly answered: number
  readonly database: number
}

/** How far a process is ahead of the database, at least, in milliseconds: negative if it is behind. */
const lead = ({ answered, asked, database }: Comparison): number =>
  Math.max(0, asked - database) - Math.max(0, database - answered)

/** What is wrong with the clock of a process, if it is too far from that of the database. */
export const clock = (comparison: Comparison): string | undefined => {
  const ahead = lead(comparison)
  if (Math.abs(ahead) <= tolerance) return undefined
  const apart = Duration.format(Duration.seconds(Math.round(Math.abs(ahead) / 1000)))
  const [here, there] = [comparison.answered, comparison.database].map((at) => iso(DateTime.makeUnsafe(at)))
  return `The clock of this process is ${apart} ${ahead > 0 ? "ahead of" : "behind"} that of the database: it is ` +
    `${here} here, and ${there} there. Occurrences and leases are by the clocks of the processes, which must agree. ` +
    `Set the clock of the machine that is wrong (by NTP), and start again.`
}

/** Another clock than the one of the machine, as tests and simulations have it, need not agree with anything. */
const isOfMachine = (clock: Clock.Clock): boolean => clock === Context.get(Context.empty(), Clock.Clock)

const misfit = (row: rows.Row | undefined): IncompatibleDatabase | undefined => {
  const name = String(row?.encoding)
  if (row?.level === "repeatable read") return new IncompatibleDatabase({ reason: "Isolation", detail: isolation })
  return encodings.has(name) ? undefined : new IncompatibleDatabase({ reason: "Encoding", detail: encoding(name) })
}

/** Fails if tasks cannot be kept there. */
export const check = ({ sql }: Database): Effect.Effect<void, SqlError | IncompatibleDatabase> =>
  Effect.gen(function*() {
    const machine = yield* Clock.Clock
    const asked = machine.currentTimeMillisUnsafe()
    const [row] = yield* sql<rows.Row>`select current_setting('default_transaction_isolation') as level,
      current_setting('server_encoding') as encoding, extract(epoch from clock_timestamp()) * 1000 as now`
    const answered = machine.currentTimeMillisUnsafe()
    const unfit = misfit(row)
    if (unfit !== undefined) return yield* unfit
    const detail = isOfMachine(machine)
      ? clock({ asked, answered, database: Math.round(Number(row?.now)) })
      : undefined
    if (detail !== undefined) return yield* new IncompatibleDatabase({ reason: "Clock", detail })
  })
