import { assert, describe, it } from "@effect/vitest"
import { execSync } from "node:child_process"

describe("Tools", () => {
  // two versions of TypeScript are installed, since type tests need the programming interface that version 7 has not got
  it("tsc is TypeScript 7 with Effect's diagnostics", () => {
    assert.match(execSync("npx --no -- tsc --version", { encoding: "utf8" }), /^Version 7\..*effect-tsgo/)
  })
})
