/**
 * Packs the package, installs it into an empty folder as a user does, type-checks programs there without skipping any
 * declaration file, and runs them. It finds what the tests, which see `src`, cannot: a file that is not packed, a
 * declaration that does not resolve, an entry point that does not load, a dependency that is not declared.
 */
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"

const root = Path.join(import.meta.dirname, "../..")
const manifest = JSON.parse(Fs.readFileSync(Path.join(root, "package.json"), "utf8"))
const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "brinjal-package-"))

/** Strict, every declaration file, and no more of the platform than `effect` itself needs. */
const compilerOptions = {
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  target: "ES2022",
  lib: ["ES2022", "DOM"],
  module: "NodeNext",
  types: []
}

const run = (cwd: string, command: string, ...args: ReadonlyArray<string>) => {
  const line = [Path.basename(command), ...args].join(" ")
  console.log(`$ ${line}`)
  const { status } = spawnSync(command, args, {
    cwd,
    stdio: "inherit",
    timeout: 300_000,
    shell: process.platform === "win32"
  })
  if (status !== 0) throw new Error(`failed: ${line}`)
}

/** The version in the project's own `node_modules`, so that a release elsewhere cannot change the result. */
const installed = (name: string): string => {
  const { version } = JSON.parse(Fs.readFileSync(Path.join(root, "node_modules", name, "package.json"), "utf8"))
  return `${name}@${version}`
}

const write = (file: string, content: object | string) =>
  Fs.writeFileSync(Path.join(folder, file), typeof content === "string" ? content : JSON.stringify(content))

const copy = (file: string) => Fs.copyFileSync(Path.join(import.meta.dirname, file), Path.join(folder, file))

/** A program that loads every entry point. */
const entryPoints = () =>
  Object.keys(manifest.exports)
    .filter((name) => !name.endsWith(".json"))
    .map((name, index) => `export * as entry${index} from "${Path.posix.join("brinjal", name)}"\n`)
    .join("")

const install = (...packages: ReadonlyArray<string>) =>
  run(folder, "npm", "install", "--no-audit", "--no-fund", "--prefer-offline", ...packages)

const bin = (...path: ReadonlyArray<string>) => Path.join(root, "node_modules", ...path)

const typeCheck = (...files: ReadonlyArray<string>) => {
  write("tsconfig.json", { compilerOptions, files })
  run(folder, process.execPath, bin("@typescript/native/bin/tsc"))
  run(folder, process.execPath, bin("typescript/bin/tsc6"))
}

const check = () => {
  run(root, "npm", "pack", "--pack-destination", folder)
  write("package.json", { name: "consumer", private: true, type: "module" })

  install(`./brinjal-${manifest.version}.tgz`, installed("effect"))
  copy("consumer.ts")
  typeCheck("consumer.ts")
  run(folder, process.execPath, "consumer.ts")

  install(installed("vitest"), installed("@effect/vitest"))
  copy("consumer.test.ts")
  write("entryPoints.ts", entryPoints())
  typeCheck("consumer.test.ts", "entryPoints.ts")
  run(folder, process.execPath, "entryPoints.ts")
  run(folder, process.execPath, "node_modules/vitest/vitest.mjs", "run")
}

try {
  check()
  console.log("The packed package installs, type-checks with TypeScript 6 and 7, and runs.")
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  Fs.rmSync(folder, { recursive: true, force: true })
}
