import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Deferred, Effect, Fiber, FileSystem, Path } from "effect"
import { TestClock } from "effect/testing"
import { createHash } from "node:crypto"
import { gunzipSync } from "node:zlib"
import * as archive from "../../examples/backup/archive.ts"
import type { SourceChanged } from "../../examples/backup/BackupError.ts"
import * as support from "./support.ts"

/** Names that tools stumble over. */
const names = [
  "plain.txt",
  "with space.txt",
  "-rf",
  "new\nline",
  "tab\tand \"quotes\" and 'more'",
  "back\\slash",
  "\u001B[31mred",
  "ünïcödé-文字-📦.txt",
  "e\u0301 is not \u00E9",
  `${"long".repeat(60)}.txt`
]

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 2_654_435_761) >>> 24)

const fill = Effect.fnUntraced(function*(source: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  yield* Effect.forEach(names, (name, i) => fs.writeFile(path.join(source, name), bytes(i * 700)))
  const deep = path.join(source, ...Array.from({ length: 12 }, (_, i) => `folder number ${i} of a deep tree`))
  yield* fs.makeDirectory(deep, { recursive: true })
  yield* fs.writeFile(path.join(deep, "deep.bin"), bytes(300_000))
  yield* fs.makeDirectory(path.join(source, "empty folder"), { mode: 0o700 })
  yield* fs.writeFileString(path.join(source, "script.sh"), "#!/bin/sh\n")
  yield* fs.chmod(path.join(source, "script.sh"), 0o755)
  yield* fs.chmod(path.join(source, "plain.txt"), 0o640)
  yield* fs.utimes(path.join(source, "plain.txt"), 1_000_000_000, 1_000_000_000)
  yield* fs.symlink("plain.txt", path.join(source, "link"))
  yield* fs.symlink("../outside/nothing", path.join(source, "dangling"))
  yield* fs.symlink("..", path.join(source, "loop"))
})

const filesIn = (folder: string) => FileSystem.FileSystem.use((fs) => fs.readDirectory(folder))

describe("Backup", () => {
  it.effect("archives everything in a folder, so that another tar extracts the same", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const folders = yield* support.makeFolders
      yield* fill(folders.source)

      const report = yield* support.runBackup(folders)
      const extracted = path.join(folders.root, "extracted")
      yield* fs.makeDirectory(extracted)
      yield* support.extract(report.path, extracted)

      assert.deepStrictEqual(
        yield* support.snapshot(path.join(extracted, "source")),
        yield* support.snapshot(folders.source)
      )
      assert.strictEqual(report.files, names.length + 2)
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("reports what it did and leaves a checksum that sha256sum reads", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const folders = yield* support.makeFolders
      const task = support.recordingTask()
      yield* fs.writeFile(path.join(folders.source, "a"), bytes(200_000))
      yield* fs.writeFile(path.join(folders.source, "b"), bytes(1_000))
      yield* TestClock.setTime(DateTime.toEpochMillis(DateTime.makeUnsafe("2026-03-29T01:02:03.004Z")))

      const report = yield* support.runBackup(folders, { task })
      const written = yield* fs.readFile(report.path)
      const name = path.basename(report.path)

      assert.match(name, /^source-[0-9a-f]{6}-2026-03-29T01-02-03-004Z\.tar\.gz$/)
      assert.strictEqual(report.files, 2)
      assert.strictEqual(report.bytes, 201_000)
      assert.strictEqual(report.archiveBytes, written.length)
      assert.strictEqual(report.sha256, createHash("sha256").update(written).digest("hex"))
      assert.strictEqual(yield* fs.readFileString(`${report.path}.sha256`), `${report.sha256}  ${name}\n`)
      assert.deepStrictEqual((yield* filesIn(folders.destination)).sort(), [name, `${name}.sha256`])
      assert.strictEqual((yield* fs.stat(report.path)).mode & 0o777, 0o600)

      const progress = task.updates.map((update) => update.progress ?? 0)
      assert.deepStrictEqual(progress, [...progress].sort((a, b) => a - b))
      assert.isTrue(progress.some((at) => at > 0 && at < 90))
      assert.deepInclude(task.updates.at(-1), { heading: "Backed up 2 files, 201 kB", progress: 100 })
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("makes an archive of an empty folder", () =>
    Effect.gen(function*() {
      const folders = yield* support.makeFolders
      const report = yield* support.runBackup(folders)
      assert.deepInclude(report, { files: 0, bytes: 0 })
      assert.strictEqual((yield* archive.read(report.path)).entries, 1)
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("keeps the newest backups of each source in a shared destination", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const folders = yield* support.makeFolders
      const namesake = { ...folders, source: path.join(folders.root, "other", "source") }
      yield* fs.makeDirectory(namesake.source, { recursive: true })
      yield* support.runBackup(namesake)
      yield* fs.writeFileString(path.join(folders.destination, "source-notes.tar.gz"), "mine")

      const reports = yield* Effect.forEach(
        [1, 2, 3, 4],
        () => Effect.andThen(TestClock.adjust("1 minute"), support.runBackup(folders, { keep: 2 }))
      )

      assert.deepStrictEqual(reports.map((report) => report.removed), [0, 0, 2, 2])
      const left = yield* filesIn(folders.destination)
      assert.includeMembers(left, reports.slice(2).map((report) => path.basename(report.path)))
      assert.include(left, "source-notes.tar.gz")
      assert.strictEqual(left.filter((name) => name.endsWith(".tar.gz")).length, 4)
      assert.strictEqual(left.filter((name) => name.endsWith(".sha256")).length, 3)
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("gives two backups of the same millisecond two names", () =>
    Effect.gen(function*() {
      const folders = yield* support.makeFolders
      const first = yield* support.runBackup(folders)
      const second = yield* support.runBackup(folders)
      assert.notStrictEqual(first.path, second.path)
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("cuts a file that grows at the length that it had", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const folders = yield* support.makeFolders
      yield* fs.writeFileString(path.join(folders.source, "app.log"), "one line\n")
      const report = yield* support.runBackup(folders)
      assert.strictEqual(report.bytes, 9)
      assert.include(gunzipSync(yield* fs.readFile(report.path)).toString(), "one line\n\0")
    }).pipe(Effect.provide(support.layerWith(
      support.afterReading("app.log", (file, fs) => fs.writeFileString(file, "another\n", { flag: "a" }))
    ))))

  it.effect("leaves out what no archive can hold, and says so", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const folders = yield* support.makeFolders
      const task = support.recordingTask()
      yield* fs.writeFileString(path.join(folders.source, "socket"), "")
      const report = yield* support.runBackup(folders, { task })
      assert.deepInclude(report, { files: 0, leftOut: 1 })
      assert.include(task.updates.at(-1)?.heading, "without 1 socket, pipe or device")
    }).pipe(Effect.provide(support.layerWith((real) => ({
      lstat: (path) =>
        Effect.map(real.lstat(path), (info) => path.endsWith("socket") ? { ...info, type: "Socket" as const } : info)
    })))))

  it.effect("removes what a killed process has left, and nothing else", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const folders = yield* support.makeFolders
      const { hostname } = yield* Effect.promise(() => import("node:os"))
      yield* fs.makeDirectory(folders.destination, { recursive: true })
      const startedAt = Math.round(performance.timeOrigin)
      const dead = `.a.tar.gz~${hostname()}~999999999~1.partial`
      const predecessor = `.b.tar.gz~${hostname()}~${process.pid}~1.partial`
      const idle = `.c.tar.gz~elsewhere~1~1.partial`
      const own = `.d.tar.gz~${hostname()}~${process.pid}~${startedAt}.partial`
      const busy = `.e.tar.gz~elsewhere~1~1.partial`
      const parent = `.f.tar.gz~${hostname()}~${process.ppid}~1.partial`
      yield* Effect.forEach(
        [dead, predecessor, idle, own, busy, parent],
        (name) => fs.writeFileString(path.join(folders.destination, name), "half")
      )
      yield* TestClock.setTime(7_200_000)
      yield* Effect.forEach([[idle, 3_599], [busy, 3_601]] as const, ([name, seconds]) =>
        fs.utimes(path.join(folders.destination, name), seconds, seconds))

      yield* support.runBackup(folders)
      const left = yield* filesIn(folders.destination)
      assert.deepStrictEqual(
        left.filter((name) =>
          name.endsWith(".partial")
        ).sort(),
        [own, busy, parent]
      )
    }).pipe(Effect.provide(NodeServices.layer)))
})

describe("Backup fails with a typed error and leaves nothing behind", () => {
  const oneFile = Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const folders = yield* support.makeFolders
    const file = path.join(folders.source, "file")
    yield* fs.writeFile(file, bytes(200_000))
    return { ...folders, file }
  })

  const ensureNothingLeft = Effect.fnUntraced(function*(destination: string) {
    const fs = yield* FileSystem.FileSystem
    if (yield* fs.exists(destination)) assert.deepStrictEqual(yield* fs.readDirectory(destination), [])
  })

  it.effect("when the source is missing", () =>
    Effect.gen(function*() {
      const folders = yield* support.makeFolders
      const error = yield* Effect.flip(support.runBackup({ ...folders, source: `${folders.source}/missing` }))
      assert.deepInclude(error, { _tag: "SourceMissing", path: `${folders.source}/missing` })
      assert.match(error.message, /^There is no folder .*\. Create it, mount it, or name another one as the source\.$/)
      yield* ensureNothingLeft(folders.destination)
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("when the source is a file", () =>
    Effect.gen(function*() {
      const folders = yield* oneFile
      const error = yield* Effect.flip(support.runBackup({ ...folders, source: folders.file }))
      assert.deepInclude(error, { _tag: "SourceNotFolder", path: folders.file })
      assert.match(error.message, /is not a folder\. Name the folder that it is in as the source\.$/)
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("when the source is a link to itself", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folders = yield* support.makeFolders
      const link = `${folders.root}/link`
      yield* fs.symlink(link, link)
      const error = yield* Effect.flip(support.runBackup({ ...folders, source: link }))
      assert.deepInclude(error, { _tag: "SourceUnreadable", path: link, reason: "a link leads back to itself" })
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("when the destination lies inside the source, also through a link", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const folders = yield* support.makeFolders
      const inside = path.join(folders.source, "backups")
      const link = path.join(folders.root, "link")
      yield* fs.symlink(folders.source, link)
      for (const destination of [inside, folders.source, link, path.join(link, "backups")]) {
        const error = yield* Effect.flip(support.runBackup({ ...folders, destination }))
        assert.strictEqual(error._tag, "DestinationInsideSource")
      }
      assert.deepStrictEqual(yield* filesIn(folders.source), [])
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("when the destination is a file", () =>
    Effect.gen(function*() {
      const folders = yield* oneFile
      const fs = yield* FileSystem.FileSystem
      const destination = `${folders.root}/taken`
      yield* fs.writeFileString(destination, "")
      const error = yield* Effect.flip(support.runBackup({ ...folders, destination }))
      assert.deepInclude(error, { _tag: "DestinationUnusable", path: destination })
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("when nothing can be made where the destination is to be", () =>
    Effect.gen(function*() {
      const folders = yield* oneFile
      const destination = "/proc/brinjal/backups"
      const error = yield* Effect.flip(support.runBackup({ ...folders, destination }))
      assert.strictEqual(error._tag, "DestinationUnusable")
      assert.match(error.message, /^\/proc\/brinjal\/backups cannot be written: .*, or choose another destination\.$/)
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("when the disk is full", () =>
    Effect.gen(function*() {
      const folders = yield* oneFile
      const error = yield* Effect.flip(support.runBackup(folders))
      assert.strictEqual(error._tag, "DiskFull")
      assert.match(error.message, /^No space is left for .*\/source-[^~]*\.tar\.gz\. Free some, keep fewer backups/)
      yield* ensureNothingLeft(folders.destination)
    }).pipe(Effect.provide(support.layerWith(support.fullAfter(100)))))

  it.effect("when the disk is full for the checksum alone", () =>
    Effect.gen(function*() {
      const folders = yield* support.makeFolders
      const error = yield* Effect.flip(support.runBackup(folders))
      assert.strictEqual(error._tag, "DiskFull")
      yield* ensureNothingLeft(folders.destination)
    }).pipe(Effect.provide(support.layerWith((real) => ({
      open: (path, options) =>
        path.includes(".sha256~")
          ? Effect.fail(support.systemError("Unknown", "ENOSPC"))
          : real.open(path, options)
    })))))

  it.effect("when a file may not be read", () =>
    Effect.gen(function*() {
      const folders = yield* oneFile
      const error = yield* Effect.flip(support.runBackup(folders))
      assert.deepInclude(error, { _tag: "SourceUnreadable", path: folders.file, reason: "permission denied" })
      yield* ensureNothingLeft(folders.destination)
    }).pipe(Effect.provide(support.layerWith((real) => ({
      stream: (path, options) =>
        path.endsWith("/file") ? support.failing("PermissionDenied", "EACCES") : real.stream(path, options)
    })))))

  const whileReading: ReadonlyArray<readonly [change: SourceChanged["change"], effect: support.OnFile]> = [
    ["vanished", (file, fs) => fs.remove(file)],
    ["shrank", (file, fs) => fs.truncate(file, 10)],
    ["was modified", (file, fs) => fs.utimes(file, 1, 1)],
    [
      "was replaced",
      (file, fs) => fs.writeFile(`${file}.new`, bytes(200_000)).pipe(Effect.andThen(fs.rename(`${file}.new`, file)))
    ]
  ]

  for (const [change, effect] of whileReading) {
    it.effect(`when a file ${change} while it is read`, () =>
      Effect.gen(function*() {
        const folders = yield* oneFile
        const error = yield* Effect.flip(support.runBackup(folders))
        assert.deepInclude(error, { _tag: "SourceChanged", path: folders.file, change })
        yield* ensureNothingLeft(folders.destination)
      }).pipe(Effect.provide(support.layerWith(support.afterReading("/file", effect)))))
  }

  it.effect("when a file is shorter than it was a moment ago", () =>
    Effect.gen(function*() {
      const folders = yield* oneFile
      const error = yield* Effect.flip(support.runBackup(folders))
      assert.deepInclude(error, { _tag: "SourceChanged", path: folders.file, change: "shrank" })
      yield* ensureNothingLeft(folders.destination)
    }).pipe(Effect.provide(support.layerWith((real) => ({
      lstat: (path) =>
        Effect.map(
          real.lstat(path),
          (info) => path.endsWith("/file") ? { ...info, size: 300_000n as typeof info.size } : info
        )
    })))))

  it.effect("when a file vanishes before it is read", () =>
    Effect.gen(function*() {
      const folders = yield* oneFile
      const error = yield* Effect.flip(support.runBackup(folders))
      assert.deepInclude(error, { _tag: "SourceChanged", change: "vanished" })
      yield* ensureNothingLeft(folders.destination)
    }).pipe(Effect.provide(support.layerWith((real) => ({
      readDirectory: (path, options) =>
        Effect.map(real.readDirectory(path, options), (names) => path.endsWith("source") ? [...names, "gone"] : names)
    })))))

  it.effect("when the archive is damaged on its way to the disk", () =>
    Effect.gen(function*() {
      const folders = yield* oneFile
      const error = yield* Effect.flip(support.runBackup(folders))
      assert.strictEqual(error._tag, "ArchiveDamaged")
      assert.match(error.message, /was read back and is not what was written: .*\. Check the disk\.$/)
      yield* ensureNothingLeft(folders.destination)
    }).pipe(Effect.provide(support.layerWith(support.flippingBit(1_000)))))

  it.effect("when it is interrupted", () =>
    Effect.gen(function*() {
      const folders = yield* oneFile
      const reached = yield* Deferred.make<void>()
      const task = support.recordingTask()
      const fiber = yield* support.runBackup(folders, { task }).pipe(
        Effect.provide(support.layerWith(support.afterReading("/file", () =>
          Effect.andThen(Deferred.succeed(reached, undefined), Effect.never)))),
        Effect.forkChild
      )
      yield* Deferred.await(reached)
      const half = yield* filesIn(folders.destination)
      assert.match(half.join(), /^\..*\.partial$/)
      yield* Fiber.interrupt(fiber)
      yield* ensureNothingLeft(folders.destination)
    }).pipe(Effect.provide(NodeServices.layer)))
})

describe("reading an archive back", () => {
  const damaged = (change: (archive: Uint8Array) => Uint8Array) =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const folders = yield* support.makeFolders
      yield* fs.writeFile(path.join(folders.source, "file"), bytes(100_000))
      const report = yield* support.runBackup(folders)
      const written = yield* archive.read(report.path)
      yield* fs.writeFile(report.path, change(yield* fs.readFile(report.path)))
      return yield* Effect.flip(archive.verify({ path: report.path, target: report.path, written }))
    })

  it.effect("finds a flipped bit anywhere, a lost end and an addition", () =>
    Effect.gen(function*() {
      const flip = (at: (length: number) => number) => (content: Uint8Array) => {
        content[at(content.length)]! ^= 1
        return content
      }
      const changes = [
        flip(() => 12),
        flip((length) => length >> 1),
        flip((length) => length - 6),
        (content: Uint8Array) => content.slice(0, -1),
        (content: Uint8Array) => content.slice(0, content.length >> 1),
        () => new Uint8Array(0),
        (content: Uint8Array) => Uint8Array.of(...content, 0)
      ]
      const errors = yield* Effect.forEach(changes, damaged)
      assert.deepStrictEqual(errors.map((error) => error._tag), changes.map(() => "ArchiveDamaged"))
    }).pipe(Effect.provide(NodeServices.layer)))
})
