/**
 * Loads `node:sqlite` on first use, without the warning that Node 22 prints about it.
 */
import * as Effect from "effect/Effect"
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import type * as Sqlite from "node:sqlite"

/** What `node:sqlite` exports. */
export type NodeSqlite = typeof Sqlite

const isNotice = (warning: unknown, type: unknown) => type === "ExperimentalWarning" && /sqlite/i.test(String(warning))

/**
 * Node 22 calls `process.emitWarning` while it loads the module. Loading is synchronous, so no other warning can come
 * in between; any that did would be passed on.
 */
const withoutNotice = <A>(load: () => A): A => {
  const emitWarning = process.emitWarning
  process.emitWarning = (...args: Array<unknown>) => {
    if (!isNotice(args[0], args[1])) Reflect.apply(emitWarning, process, args)
  }
  try {
    return load()
  } finally {
    process.emitWarning = emitWarning
  }
}

/** `undefined` if the runtime has no such module, whatever its types say. */
const load = (): NodeSqlite | undefined => withoutNotice(() => process.getBuiltinModule?.("node:sqlite"))

/** The module, or an error that says which runtimes have it. */
export const nodeSqlite: Effect.Effect<NodeSqlite, SqlError> = Effect.suspend(() => {
  const module = load()
  if (module !== undefined) return Effect.succeed(module)
  const message = "This runtime has no node:sqlite: Node.js has it since 22.13"
  return Effect.fail(new SqlError({ reason: new ConnectionError({ cause: undefined, message, operation: "open" }) }))
})
