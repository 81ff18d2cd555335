/**
 * Makes a `.tar.gz` of a folder and reads one back, both as streams: memory does not grow with the size.
 *
 * Writing and verifying give the same summary, so that two equal ones prove that the archive holds what was read.
 */
import { NodeStream } from "@effect/platform-node"
import { type Cause, Effect, FileSystem, type PlatformError, Stream } from "effect"
import { Tar } from "effect/encoding"
import { createHash } from "node:crypto"
import { createGunzip, createGzip } from "node:zlib"
import { ArchiveDamaged, fromWriting, type SourceError } from "./BackupError.ts"
import * as source from "./source.ts"

/** How many bytes go through at a time. */
const chunkSize = 262_144

/**
 * What is in an archive: `bytes` are those of its `files`, `entries` are folders and links too. `sha256` is that of the
 * compressed file, in hexadecimal.
 */
export interface Summary {
  readonly entries: number
  readonly files: number
  readonly bytes: number
  readonly archiveBytes: number
  readonly sha256: string
}

/** Counts what goes through, and hashes what goes to the disk or comes from it. */
class Tally {
  readonly hash = createHash("sha256")
  entries = 0
  files = 0
  bytes = 0
  archiveBytes = 0

  onEntry({ type }: Tar.Header) {
    this.entries++
    if (type === "File") this.files++
  }
  onDisk(chunk: Uint8Array) {
    this.hash.update(chunk)
    this.archiveBytes += chunk.length
  }
  summary(): Summary {
    const { archiveBytes, bytes, entries, files } = this
    return { entries, files, bytes, archiveBytes, sha256: this.hash.digest("hex") }
  }
}

/**
 * Writes the archive of `root` to a new file, and returns when the disk has it. Only this user may read the file,
 * whatever the files in it allow.
 */
export const write = Effect.fn("archive.write")(function*(options: {
  readonly root: string
  readonly path: string
  /** The name that errors say: the one that the file will have in the end. */
  readonly target: string
  /** Of gzip: 0 (none) to 9 (smallest). */
  readonly compressionLevel: number
  readonly onRead: source.OnRead
}) {
  const fs = yield* FileSystem.FileSystem
  const tally = new Tally()
  const toWritingError = Effect.mapError(fromWriting(options.target))
  const file = yield* fs.open(options.path, { flag: "wx", mode: 0o600 }).pipe(toWritingError)
  yield* source.entries(options.root, (name, bytes) => {
    tally.bytes += bytes
    return options.onRead(name, bytes)
  }).pipe(
    Stream.tap(({ header }) => Effect.sync(() => tally.onEntry(header))),
    Stream.pipeThroughChannel(Tar.encode<SourceError, unknown, source.Entry>()),
    NodeStream.pipeThroughDuplex({ evaluate: () => createGzip({ level: options.compressionLevel, chunkSize }) }),
    Stream.runForEach((chunk) => {
      tally.onDisk(chunk)
      return toWritingError(file.writeAll(chunk))
    }),
    // neither a header made from a file's own attributes nor zlib can fail on correct input
    Effect.catchTag(["TarError", "UnknownError"], Effect.die)
  )
  yield* toWritingError(file.sync)
  return tally.summary()
}, Effect.scoped)

/** Reads an archive back to its end: every checksum of gzip, every header of tar, every byte of every entry. */
export const read = Effect.fn("archive.read")(function*(
  path: string,
  onRead: (bytes: number) => Effect.Effect<void> = () => Effect.void
) {
  const fs = yield* FileSystem.FileSystem
  const tally = new Tally()
  yield* fs.stream(path, { chunkSize }).pipe(
    Stream.tap((chunk) => {
      tally.onDisk(chunk)
      return onRead(chunk.length)
    }),
    NodeStream.pipeThroughDuplex({ evaluate: () => createGunzip({ chunkSize }) }),
    Stream.pipeThroughChannel(Tar.decode<Cause.UnknownError | PlatformError.PlatformError>()),
    Stream.runForEach(({ body, header }) => {
      tally.onEntry(header)
      return Stream.runForEach(body, (chunk) => Effect.sync(() => tally.bytes += chunk.length))
    })
  )
  return tally.summary()
})

/** Fails when the archive at `path` is not the one that was written. */
export const verify = Effect.fnUntraced(function*(options: {
  readonly path: string
  /** The name that errors say. */
  readonly target: string
  readonly written: Summary
  readonly onRead?: (bytes: number) => Effect.Effect<void>
}) {
  const damaged = (reason: string) => new ArchiveDamaged({ path: options.target, reason })
  const found = yield* Effect.mapError(read(options.path, options.onRead), (error) => damaged(reasonOf(error)))
  const difference = differenceOf(options.written, found)
  if (difference !== undefined) return yield* damaged(difference)
})

const reasonOf = (error: Error): string => error.cause instanceof Error ? error.cause.message : error.message

const differenceOf = (written: Summary, found: Summary): string | undefined => {
  if (found.sha256 !== written.sha256) return `its SHA-256 is ${found.sha256}, not ${written.sha256}`
  if (found.entries !== written.entries) return `it has ${found.entries} entries, not ${written.entries}`
  return found.bytes === written.bytes ? undefined : `its files have ${found.bytes} bytes, not ${written.bytes}`
}
