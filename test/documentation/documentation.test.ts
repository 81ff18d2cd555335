import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as programs from "./programs.ts"

const compiler = Path.join(import.meta.dirname, "../../node_modules/@typescript/native/bin/tsc")

/** As in an application that is strict; nobody is told that he uses nothing of an example. */
const compilerOptions = {
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  target: "ES2022",
  lib: ["ES2023", "ESNext.Disposable", "DOM"],
  module: "NodeNext",
  moduleDetection: "force",
  customConditions: ["source"],
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  types: ["node"]
}

/** What the compiler says of the programs. The folder is here, so that packages are found. */
const compile = (all: ReadonlyArray<programs.Program>): string => {
  const folder = Fs.mkdtempSync(Path.join(import.meta.dirname, "compiled-"))
  try {
    for (const program of all) Fs.writeFileSync(Path.join(folder, `${program.name}.ts`), programs.moduleOf(program))
    Fs.writeFileSync(Path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }))
    const { stderr, stdout } = spawnSync(process.execPath, [compiler, "-p", "."], { cwd: folder, encoding: "utf8" })
    return stdout + stderr
  } finally {
    Fs.rmSync(folder, { recursive: true })
  }
}

describe("the documentation", () => {
  it("has programs that compile as they are read", () => {
    const all = programs.all()
    assert.isAtLeast(all.filter(({ name }) => name.startsWith("README")).length, 9)
    assert.isAtLeast(all.length, 25)
    assert.strictEqual(compile(all), "")
  })

  it("names the language of each block of code, and closes it", () => {
    for (const file of ["README.md", "CHANGELOG.md"]) {
      const text = Fs.readFileSync(Path.join(import.meta.dirname, "../..", file), "utf8")
      const fences = text.match(/^```.*$/gm) ?? []
      assert.deepStrictEqual(fences.filter((fence, i) => (fence === "```") !== (i % 2 === 1)), [], file)
    }
  })

  it("would be found out", () => {
    assert.include(compile([{ name: "wrong", text: "TaskManager.layerMemroy\n" }]), "wrong.ts(2,13)")
  })
})
