/**
 * Values that begin with `-`, as negative durations, tokens and texts do.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as args from "../../src/cli/internal/args.ts"
import { complaint, lines, setClock } from "./support.ts"

describe("a value that begins with -", () => {
  it.effect("is the value of the option before it", () =>
    Effect.gen(function*() {
      yield* setClock
      const run = ["run", "Greet", "--url", "http://127.0.0.1:1"]
      assert.include(yield* complaint([...run, "--in", "-3h", "--detach"]), "\"-3h\" is not a valid value for --in.")
      assert.include(yield* complaint([...run, "-p", "-hello"]), "\"-hello\" is not a valid payload.")
      assert.strictEqual(
        yield* lines(["next", "@hourly", "--after", "-2h", "--count", "1", "-z", "-03:00"]),
        "2026-11-24T07:00:00Z"
      )
      assert.include(yield* complaint(["simulate", "@hourly", "--to", "-1h"]), "it is before from")
    }))

  it.effect("is an argument if it is a number, and an unknown option otherwise", () =>
    Effect.gen(function*() {
      assert.include(yield* complaint(["next", "-1h"]), "\"-1h\" is not a recurrence.")
      assert.include(yield* complaint(["list", "-xh"]), "Unrecognized flag: -x")
      assert.include(yield* complaint(["list", "--hleep"]), "Unrecognized flag: --hleep")
    }))

  it.effect("is missing if an option follows", () =>
    Effect.gen(function*() {
      assert.include(yield* complaint(["next", "@daily", "--count", "-z", "UTC"]), "Missing value for flag --count")
      assert.include(yield* lines(["next", "@daily", "-h"]), "USAGE")
    }))
})

describe("arguments", () => {
  const options: args.Options = {
    valued: new Set(["--in", "--note", "-p"]),
    all: new Set(["--in", "--note", "-p", "--detach", "-d", "--help", "-h", "--json"])
  }
  const rows: ReadonlyArray<readonly [given: string, normal: string]> = [
    ["run x --in -3h --detach", "run x --in=-3h --detach"],
    ["run x -p -x", "run x -p=-x"],
    ["run x -dp -h3", "run x -dp=-h3"],
    ["run x --note --urgent --json", "run x --note=--urgent --json"],
    ["run x --note --json", "run x --note --json"],
    ["run x --in=-3h -d", "run x --in=-3h -d"],
    ["run x --in 3h -dh", "run x --in 3h -dh"],
    ["run x -d -3h", "run x -d -- -3h"],
    ["run -1 x -- --in -3h", "run x -- -1 --in -3h"],
    ["run x --note -- -3h", "run x --note -- -3h"],
    ["run x --note - -d", "run x --note - -d"],
    ["run x -3", "run x -- -3"]
  ]
  for (const [given, normal] of rows) {
    it(`are read like ${normal} if they are ${given}`, () =>
      assert.strictEqual(args.normalize(given.split(" "), options).join(" "), normal))
  }
})
