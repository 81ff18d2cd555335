/**
 * The built files of the dashboard, read once, with everything about them that can be known in advance. No other file
 * can be requested.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import { DashboardNotBuilt } from "../DashboardNotBuilt.ts"

/**
 * One file, in the encodings that exist.
 *
 * @category models
 * @since 0.1.0
 */
export interface BuiltFile {
  /** Relative to the dashboard, such as `assets/brinjal-a1b2c3.js`. */
  readonly name: string
  readonly contentType: string
  /** Whether the name changes with the content, so that clients may cache it for ever. */
  readonly immutable: boolean
  readonly plain: Uint8Array
  readonly gzip: Uint8Array
  readonly br: Uint8Array
}

/**
 * Everything that is served. In `page`, `page.ts` puts the address of the API where the build has left a mark for it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Built {
  readonly page: string
  readonly files: ReadonlyArray<BuiltFile>
}

const contentTypes: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml"
}

/** The place in the package, relative to this file; it is the same relative to the sources. */
const folder = new URL("../../../dist/dashboard/public/", import.meta.url)

const notBuilt = (cause: PlatformError) => new DashboardNotBuilt({ folder: folder.href, cause })

const isFile = (name: string) => /^(elements\.js|assets[\\/][^\\/]+\.(js|css|svg))$/.test(name)

/**
 * Reads the files that the build has made.
 *
 * @category reading
 * @since 0.1.0
 */
export const read: Effect.Effect<Built, DashboardNotBuilt, FileSystem.FileSystem | Path.Path> = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const root = yield* Effect.orDie(path.fromFileUrl(folder))
  const readFile = Effect.fnUntraced(function*(name: string) {
    const at = path.join(root, name)
    const [plain, gzip, br] = yield* Effect.all([fs.readFile(at), fs.readFile(`${at}.gz`), fs.readFile(`${at}.br`)])
    const contentType = contentTypes[path.extname(name)]!
    return { name: name.replaceAll("\\", "/"), contentType, immutable: name !== "elements.js", plain, gzip, br }
  })
  const page = yield* fs.readFileString(path.join(root, "index.html"))
  const names = yield* fs.readDirectory(root, { recursive: true })
  return { page, files: yield* Effect.forEach(names.filter(isFile), readFile) }
}).pipe(Effect.mapError(notBuilt))
