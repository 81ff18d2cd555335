import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { run } from "./support.ts"

/** Where nobody listens. */
const nowhere = ["--url", "http://127.0.0.1:1/api"]

const commands: ReadonlyArray<readonly [args: ReadonlyArray<string>, error: string, message: RegExp]> = [
  [["next", "0 25 * * *"], "InvalidRecurrence", /hour \(at character 3\): 25 is out of range/],
  [["next", "0 0 30 2 *"], "NeverFires", /never fires/],
  [["next"], "InvalidInvocation", /Missing required argument: cron/],
  [["next", "@daily", "--cuont", "3"], "InvalidInvocation", /--cuont[^]*--count/],
  [["next", "@daily", "--timezone", "Mars/Base"], "InvalidInvocation", /"Mars\/Base" is not a time zone/],
  [["describe", "nonsense"], "InvalidRecurrence", /is not a recurrence/],
  [["lint", "* * *"], "InvalidRecurrence", /it has 3 fields/],
  [["simulate", "@daily", "--to", "soon"], "Failed", /"soon" is not a valid value for --to/],
  [["doctor", ...nowhere], "Failed", /^\d troubles?\.$/],
  [["lst"], "InvalidInvocation", /Unknown subcommand "lst"[^]*list/],
  ...["list", "watch", "tasks", "types", "run Greet", "retry id", "cancel id", "trigger id", "enable id", "disable id"]
    .concat(["remove id", "logs id", "explain id", "pause --type Greet", "resume --type Greet"])
    .map((command) => [[...command.split(" "), ...nowhere], "ServerUnreachable", /No server answers at/] as const)
]

describe("brinjal --json", () => {
  for (const [args, error, message] of commands) {
    it.effect(`tells programs what went wrong with ${args.join(" ")}`, () =>
      Effect.gen(function*() {
        const { errors, exit, out } = yield* run([...args, "--json"])
        assert.strictEqual(exit._tag, "Failure")
        // what was found is told as well
        if (args[0] !== "doctor") assert.strictEqual(out, "")
        assert.match(errors, /^.+\n$/, "one line")
        const told = JSON.parse(errors) as Record<string, string>
        assert.deepStrictEqual(Object.keys(told), ["error", "message"])
        assert.strictEqual(told.error, error)
        assert.match(told.message!, message)
      }))
  }

  it.effect("is not what a word after -- asks for", () =>
    Effect.gen(function*() {
      const { errors } = yield* run(["next", "--", "--json"])
      assert.match(errors, /ERROR\n +"--json" is not a recurrence/)
    }))
})
