/**
 * Why a database cannot be used by this version of the library.
 */
import * as Schema from "effect/Schema"

/**
 * The database cannot hold the tasks of this program: its tables were made by a newer version (`NewerVersion`), its
 * transactions do not let limits hold over several processes (`Isolation`), its encoding does not hold every text
 * (`Encoding`), its clock and that of this process are more than 30 seconds apart (`Clock`), or it is neither SQLite nor
 * Postgres (`Dialect`).
 *
 * @category errors
 * @since 0.1.0
 */
export class IncompatibleDatabase extends Schema.TaggedError<IncompatibleDatabase>()("IncompatibleDatabase", {
  reason: Schema.Literals(["NewerVersion", "Isolation", "Encoding", "Clock", "Dialect"]),
  detail: Schema.String
}) {
  override get message() {
    return `The database cannot be used: ${this.detail}`
  }
}
