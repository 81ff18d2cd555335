/**
 * What can go wrong with a backup, as values: each names the path and says to a person what to do.
 *
 * A failed run records one of these and shows its message; the next run goes on.
 */
import { type PlatformError, Schema } from "effect"

export class SourceMissing extends Schema.TaggedError<SourceMissing>()("SourceMissing", { path: Schema.String }) {
  override get message() {
    return `There is no folder ${this.path}. Create it, mount it, or name another one as the source.`
  }
}

export class SourceNotFolder extends Schema.TaggedError<SourceNotFolder>()("SourceNotFolder", { path: Schema.String }) {
  override get message() {
    return `${this.path} is not a folder. Name the folder that it is in as the source.`
  }
}

export class SourceUnreadable extends Schema.TaggedError<SourceUnreadable>()("SourceUnreadable", {
  path: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.path} cannot be read: ${this.reason}. Allow this user to read it, or move it out of the source.`
  }
}

/** The file was not the same before and after it was read; a moment later it usually is, so this one is retried. */
export class SourceChanged extends Schema.TaggedError<SourceChanged>()("SourceChanged", {
  path: Schema.String,
  change: Schema.Literals(["vanished", "shrank", "was modified", "was replaced"])
}) {
  override get message() {
    return `${this.path} ${this.change} while it was read. Back up when nothing writes there, or back up a snapshot.`
  }
}

export class DestinationInsideSource extends Schema.TaggedError<DestinationInsideSource>()("DestinationInsideSource", {
  path: Schema.String,
  source: Schema.String
}) {
  override get message() {
    return `The destination ${this.path} lies inside the source ${this.source}, ` +
      `so that every backup would contain the earlier ones. Choose a folder outside.`
  }
}

export class DestinationUnusable extends Schema.TaggedError<DestinationUnusable>()("DestinationUnusable", {
  path: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.path} cannot be written: ${this.reason}. Allow this user to write there, or choose another destination.`
  }
}

export class DiskFull extends Schema.TaggedError<DiskFull>()("DiskFull", { path: Schema.String }) {
  override get message() {
    return `No space is left for ${this.path}. Free some, keep fewer backups, or choose another destination.`
  }
}

export class ArchiveDamaged extends Schema.TaggedError<ArchiveDamaged>()("ArchiveDamaged", {
  path: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.path} was read back and is not what was written: ${this.reason}. Check the disk.`
  }
}

export const SourceError = Schema.Union([SourceMissing, SourceNotFolder, SourceUnreadable, SourceChanged])
export type SourceError = typeof SourceError.Type

export const DestinationError = Schema.Union([DestinationInsideSource, DestinationUnusable, DiskFull])
export type DestinationError = typeof DestinationError.Type

export const BackupError = Schema.Union([...SourceError.members, ...DestinationError.members, ArchiveDamaged])
export type BackupError = typeof BackupError.Type

/** Node's name of the error (`ENOSPC`), where it has one. */
const codeOf = ({ reason }: PlatformError.PlatformError): string | undefined => {
  const cause = reason.cause
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined
}

const words: Partial<Record<PlatformError.PlatformError["reason"]["_tag"], string>> = {
  AlreadyExists: "there is something else of that name",
  BadResource: "it is not what it should be, a file or a folder",
  Busy: "it is in use",
  NotFound: "it is not there",
  PermissionDenied: "permission denied"
}

/** Where Node's name of the error says more. */
const wordsOfCode: Readonly<Record<string, string>> = {
  ELOOP: "a link leads back to itself",
  EROFS: "the disk is read-only"
}

const reasonOf = (error: PlatformError.PlatformError): string => {
  const code = codeOf(error)
  return wordsOfCode[code ?? ""] ?? words[error.reason._tag] ?? code ?? error.message
}

/** A name that is not UTF-8 comes from Node with replacement characters, and then nothing has that name. */
const isUndecodable = (path: string) => path.includes("\uFFFD")

/** For a failure to read `path`, which was there when its folder was listed. */
export const fromReading = (path: string) => (error: PlatformError.PlatformError): SourceError => {
  if (error.reason._tag !== "NotFound") return new SourceUnreadable({ path, reason: reasonOf(error) })
  return isUndecodable(path)
    ? new SourceUnreadable({ path, reason: "its name is not valid UTF-8" })
    : new SourceChanged({ path, change: "vanished" })
}

/** For a failure to write, rename or remove `path`. */
export const fromWriting = (path: string) => (error: PlatformError.PlatformError): DestinationError =>
  codeOf(error) === "ENOSPC" || codeOf(error) === "EDQUOT"
    ? new DiskFull({ path })
    : new DestinationUnusable({ path, reason: reasonOf(error) })
