/**
 * What a process has done, written outside the database, one line each and at once: a process that is killed a moment
 * later has written it all the same.
 */
import { Schema } from "effect"
import * as Fs from "node:fs"

/** What is written: acknowledgements of the manager, and what handlers do. `life` counts the starts of the program. */
export const Entry = Schema.TaggedUnion({
  /** The program has begun, with a manager whose tasks belong to `owner`. */
  Started: { life: Schema.Int, owner: Schema.String },
  /** The manager has queued a task. */
  Queued: { life: Schema.Int, taskId: Schema.String },
  /** The manager has begun to be asked to switch a recurring task, and has answered. */
  Asked: { life: Schema.Int, recurringId: Schema.String, change: Schema.String },
  Answered: { life: Schema.Int, recurringId: Schema.String, change: Schema.String },
  /** The manager is about to be asked to cancel a task. */
  Cancelling: { life: Schema.Int, taskId: Schema.String },
  /** A handler begins, comes to its end, and is left in whatever way. */
  Began: {
    life: Schema.Int,
    taskId: Schema.String,
    attempt: Schema.Int,
    parentId: Schema.NullOr(Schema.String),
    scheduledAt: Schema.NullOr(Schema.Finite)
  },
  Ended: { life: Schema.Int, taskId: Schema.String, attempt: Schema.Int },
  Left: { life: Schema.Int, taskId: Schema.String, attempt: Schema.Int },
  /** The program has ended its manager. */
  Stopped: { life: Schema.Int },
  /** Said by who has seen it: the process is dead, or does not run for so long that others take over. */
  Gone: { life: Schema.Int }
})

export type Entry = typeof Entry.Type

/** A function that appends to the journal in a file, in which several processes may write. */
export const writer = (file: string): (entry: Entry) => void => {
  const descriptor = Fs.openSync(file, "a")
  return (entry) => void Fs.writeSync(descriptor, `${JSON.stringify(entry)}\n`)
}

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Entry))

/** All entries, oldest first. */
export const read = (file: string): ReadonlyArray<Entry> =>
  Fs.existsSync(file) ? Fs.readFileSync(file, "utf8").split("\n").filter(Boolean).map((line) => decode(line)) : []

/** The entries of one kind. */
export const only = <const T extends Entry["_tag"]>(
  entries: ReadonlyArray<Entry>,
  tag: T
): ReadonlyArray<Extract<Entry, { readonly _tag: T }>> =>
  entries.filter((entry): entry is Extract<Entry, { readonly _tag: T }> => entry._tag === tag)
