/**
 * Packs the package, installs it into an empty folder as a user does, type-checks programs there without skipping any
 * declaration file, and runs them. It finds what the tests, which see `src`, cannot: a file that is not packed, a
 * declaration that does not resolve, an entry point that does not load, a dependency that is not declared, a type that
 * the declarations of another package cannot name.
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

/** The command as a user's shell finds it, and what it prints. */
const brinjal = (...args: ReadonlyArray<string>): string => {
  console.log(`$ brinjal ${args.join(" ")}`)
  const { stderr, stdout } = spawnSync("npx", ["--no-install", "brinjal", ...args], {
    cwd: folder,
    encoding: "utf8",
    timeout: 60_000,
    shell: process.platform === "win32"
  })
  return stdout + stderr
}

const expect = (what: string, text: string, part: string) => {
  if (!text.includes(part)) throw new Error(`${what} prints ${JSON.stringify(text)}, without ${JSON.stringify(part)}`)
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

const tsc7 = bin("@typescript/native/bin/tsc")
const tsc6 = bin("typescript/bin/tsc6")

const typeCheck = (...files: ReadonlyArray<string>) => {
  write("tsconfig.json", { compilerOptions, files })
  run(folder, process.execPath, tsc7)
  run(folder, process.execPath, tsc6)
}

/**
 * Compiles what users export without annotations into declarations, and type-checks these: a type that has no name
 * outside the package is an error in the first step, and one that is named by a path that is closed in the second.
 */
const emitDeclarations = (
  compiler: string,
  resolution: { readonly module: string; readonly moduleResolution: string }
) => {
  const options = { ...compilerOptions, ...resolution }
  const emit = {
    ...options,
    noEmit: false,
    emitDeclarationOnly: true,
    declaration: true,
    allowImportingTsExtensions: true,
    rootDir: "declarations",
    outDir: "emitted"
  }
  Fs.rmSync(Path.join(folder, "emitted"), { recursive: true, force: true })
  write("tsconfig.json", { compilerOptions: emit, include: ["declarations"] })
  run(folder, process.execPath, compiler)
  write("tsconfig.json", {
    compilerOptions: { ...options, allowImportingTsExtensions: true },
    include: ["emitted"],
    exclude: []
  })
  run(folder, process.execPath, compiler)
}

/** The package and `effect`, which is all that it needs. */
const checkAlone = () => {
  install(`./brinjal-${manifest.version}.tgz`, installed("effect"))
  copy("consumer.ts")
  typeCheck("consumer.ts")
  run(folder, process.execPath, "consumer.ts")
  expect("the command without its peer", brinjal("--version"), "npm install @effect/platform-node")
}

const checkEntryPoints = () => {
  install(installed("vitest"), installed("@effect/vitest"))
  copy("consumer.test.ts")
  write("entryPoints.ts", entryPoints())
  typeCheck("consumer.test.ts", "entryPoints.ts")
  run(folder, process.execPath, "entryPoints.ts")
  run(folder, process.execPath, "node_modules/vitest/vitest.mjs", "run")
}

const checkDeclarations = () => {
  Fs.cpSync(Path.join(import.meta.dirname, "declarations"), Path.join(folder, "declarations"), { recursive: true })
  emitDeclarations(tsc7, { module: "NodeNext", moduleResolution: "NodeNext" })
  emitDeclarations(tsc6, { module: "ESNext", moduleResolution: "Bundler" })
}

const checkServer = () => {
  install(installed("@effect/platform-node"), installed("@types/node"))
  copy("server.ts")
  typeCheck("server.ts")
  run(folder, process.execPath, "server.ts")
}

const checkCommand = () => {
  expect("--version", brinjal("--version"), `v${manifest.version}`)
  const { cron_expression, upcoming } = JSON.parse(brinjal("next", "0 2 * * *", "--count", "2", "--json"))
  expect("next", cron_expression, "0 2 * * *")
  if (upcoming.length !== 2) throw new Error(`next prints ${upcoming.length} instants, and not 2`)
}

const check = () => {
  run(root, "npm", "pack", "--pack-destination", folder)
  write("package.json", { name: "consumer", private: true, type: "module" })
  checkAlone()
  checkEntryPoints()
  checkDeclarations()
  checkServer()
  checkCommand()
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
