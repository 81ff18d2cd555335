/**
 * Packs the package, installs it into an empty folder as a user does, type-checks a program there without skipping any
 * declaration file, and runs it. It finds what the tests, which see `src`, cannot: a file that is not packed, a declaration
 * that does not resolve, an entry point that does not load.
 */
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"

const root = Path.join(import.meta.dirname, "../..")
const manifest = JSON.parse(Fs.readFileSync(Path.join(root, "package.json"), "utf8"))
const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "brinjal-package-"))

const run = (cwd: string, command: string, ...args: ReadonlyArray<string>) => {
  const line = [Path.basename(command), ...args].join(" ")
  console.log(`$ ${line}`)
  const { status } = spawnSync(command, args, { cwd, stdio: "inherit", timeout: 300_000, shell: process.platform === "win32" })
  if (status !== 0) throw new Error(`failed: ${line}`)
}

/** The version in the project's own `node_modules`, so that a release elsewhere cannot change the result. */
const installed = (name: string): string => {
  const { version } = JSON.parse(Fs.readFileSync(Path.join(root, "node_modules", name, "package.json"), "utf8"))
  return `${name}@${version}`
}

const write = (file: string, content: object) => Fs.writeFileSync(Path.join(folder, file), JSON.stringify(content))

const install = () => {
  run(root, "npm", "pack", "--pack-destination", folder)
  write("package.json", { name: "consumer", private: true, type: "module" })
  const peers = Object.keys(manifest.peerDependencies).map(installed)
  run(
    folder,
    "npm",
    "install",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    `./brinjal-${manifest.version}.tgz`,
    ...peers
  )
}

const typeCheck = () => {
  for (const name of Fs.readdirSync(import.meta.dirname).filter((name) => name.startsWith("consumer"))) {
    Fs.copyFileSync(Path.join(import.meta.dirname, name), Path.join(folder, name))
  }
  const compilerOptions = {
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    target: "ES2022",
    lib: ["ES2023", "ESNext.Disposable", "DOM"],
    module: "NodeNext",
    types: []
  }
  write("tsconfig.json", { compilerOptions, files: ["consumer.ts"] })
  run(folder, process.execPath, Path.join(root, "node_modules/@typescript/native/bin/tsc"))
  run(folder, process.execPath, Path.join(root, "node_modules/typescript/bin/tsc6"))
}

try {
  install()
  typeCheck()
  run(folder, process.execPath, "consumer.ts")
  console.log("The packed package installs, type-checks with TypeScript 6 and 7, and runs.")
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  Fs.rmSync(folder, { recursive: true, force: true })
}
