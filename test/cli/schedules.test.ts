import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { complaint, lines, run, setClock, tasksModule } from "./support.ts"

describe("brinjal next", () => {
  it.effect("prints one instant a line into a pipe", () =>
    Effect.gen(function*() {
      yield* setClock
      assert.strictEqual(
        yield* lines(["next", "0 2 * * *", "--count", "2"]),
        "2026-11-25T02:00:00Z\n2026-11-26T02:00:00Z"
      )
    }))

  it.effect("shows people the local times and how far away they are", () =>
    Effect.gen(function*() {
      yield* setClock
      const args = ["next", "30 1 * * *", "-z", "Europe/London", "--after", "2027-03-27", "--count", "2"]
      assert.strictEqual(
        yield* lines(args, { columns: 100, environment: { NO_COLOR: "1" } }),
        [
          "at 01:30 every day, Europe/London",
          "UTC                   Europe/London                   from now",
          "2027-03-27T01:30:00Z  Sat 2027-03-27 01:30:00 +00:00  in 122d 17h",
          "2027-03-28T01:00:00Z  Sun 2027-03-28 02:00:00 +01:00  in 123d 17h"
        ].join("\n")
      )
    }))

  it.effect("prints JSON", () =>
    Effect.gen(function*() {
      yield* setClock
      assert.deepStrictEqual(JSON.parse(yield* lines(["next", "@daily", "--count", "1", "--json"])), {
        cron_expression: "@daily",
        timezone: "UTC",
        description: "at 00:00 every day, UTC",
        upcoming: ["2026-11-25T00:00:00.000Z"]
      })
    }))

  it.effect("takes times without an offset from the time zone, and never from the machine", () =>
    Effect.gen(function*() {
      yield* setClock
      const after = (time: string) =>
        lines(["next", "0 * * * *", "-z", "Asia/Tokyo", "--count", "1", `--after=${time}`])
      assert.strictEqual(yield* after("2027-01-01 09:30"), "2027-01-01T01:00:00Z")
      assert.strictEqual(yield* after("2027-01-01T09:30:00+02:00"), "2027-01-01T08:00:00Z")
      assert.strictEqual(yield* after("2027-01-01"), "2026-12-31T16:00:00Z")
      assert.strictEqual(yield* after("+1d"), "2026-11-25T09:00:00Z")
      assert.strictEqual(yield* after("2h ago"), "2026-11-24T07:00:00Z")
      assert.strictEqual(yield* after("-90m"), "2026-11-24T07:00:00Z")
    }))

  it.effect("takes the JSON of a recurrence, and what it prints into no pipe is said when nothing is due", () =>
    Effect.gen(function*() {
      yield* setClock
      const recurrence = JSON.stringify({ _tag: "At", instants: ["2026-12-24T18:00:00Z"] })
      assert.strictEqual(yield* lines(["next", recurrence]), "2026-12-24T18:00:00Z")
      assert.strictEqual(yield* lines(["next", recurrence, "--after", "2027-01-01"]), "")
      assert.include(
        yield* lines(["next", recurrence, "--after", "2027-01-01"], { columns: 80 }),
        "Nothing is due after 2027-01-01T00:00:00Z."
      )
    }))

  it.effect("points at what is wrong with an expression", () =>
    Effect.gen(function*() {
      const said = yield* complaint(["next", "0 25 * * *"])
      assert.include(said, "hour (at character 3): 25 is out of range. Write 0 to 23.")
      assert.include(said, "    0 25 * * *\n      ^^\n")
    }))

  const wrong: ReadonlyArray<readonly [args: ReadonlyArray<string>, message: RegExp]> = [
    [["0 0 30 2 *"], /never fires/],
    [["0 0 * * *", "--timezone", "Mars/Base"], /"Mars\/Base" is not a time zone\. Write an IANA name/],
    [["0 0 * * *", "--after", "tomorrow"], /"tomorrow" is not a valid value for --after\. Write a time such as/],
    [["0 0 * * *", "--count", "0"], /"0" is not a valid value for --count\. Write a whole number above 0\./],
    [["0 0 * * *", "--count", "some"], /"some" is not a valid value for --count\. Write a whole number above 0\./],
    [["{\"_tag\":\"At\"}"], /This is not the JSON of a recurrence/],
    [[], /Missing required argument: cron[^]*brinjal next --help shows the usage\./]
  ]
  for (const [args, message] of wrong) {
    it.effect(`refuses ${args.join(" ") || "nothing"}`, () =>
      Effect.gen(function*() {
        const { errors, exit, out } = yield* run(["next", ...args])
        assert.strictEqual(exit._tag, "Failure")
        assert.match(errors, message)
        assert.strictEqual(out, "")
      }))
  }
})

describe("brinjal describe", () => {
  it.effect("says it in words, with the next time for people", () =>
    Effect.gen(function*() {
      yield* setClock
      const args = ["describe", "*/15 9-17 * * MON-FRI"]
      const sentence = "every 15 minutes, between 09:00 and 17:59, Monday through Friday, UTC"
      assert.strictEqual(yield* lines(args), sentence)
      assert.strictEqual(
        yield* lines(args, { columns: 80, environment: { NO_COLOR: "1" } }),
        `${sentence}\nNext at 2026-11-24T09:00:00Z, in 1h.`
      )
    }))

  it.effect("prints JSON", () =>
    Effect.gen(function*() {
      yield* setClock
      assert.deepStrictEqual(JSON.parse(yield* lines(["describe", "H 2 * * *", "--id", "a", "--json"])), {
        cron_expression: "H 2 * * *",
        timezone: "UTC",
        description: JSON.parse(yield* lines(["next", "H 2 * * *", "--id", "a", "--json"])).description,
        next: JSON.parse(yield* lines(["next", "H 2 * * *", "--id", "a", "--json"])).upcoming[0]
      })
    }))
})

describe("brinjal lint", () => {
  it.effect("warns, and fails only where that is asked for", () =>
    Effect.gen(function*() {
      yield* setClock
      assert.match(yield* lines(["lint", "*/7 * * * *"]), /^cron: Irregular\. "\*\/7" as minute does not fire every/)
      assert.strictEqual(yield* lines(["lint", "0 2 * * *"]), "")
      assert.include(yield* lines(["lint", "0 2 * * *"], { columns: 80 }), "Nothing to warn of in 1 schedule.")
      assert.include(yield* complaint(["lint", "*/7 * * * *", "--strict"]), "1 warning.")
    }))

  it.effect("prints JSON with the facts behind a warning", () =>
    Effect.gen(function*() {
      yield* setClock
      const [warning] = JSON.parse(yield* lines(["lint", "*/7 * * * *", "--json"]))
      assert.strictEqual(warning.warning, "Irregular")
      assert.strictEqual(warning.recurring_id, "cron")
      assert.strictEqual(warning.usual_ms, 420_000)
      assert.strictEqual(warning.at, "2026-11-24T09:00:00.000Z")
    }))

  it.effect("looks at the recurring tasks of a module without running them", () =>
    Effect.gen(function*() {
      yield* setClock
      const warnings = yield* lines(["lint", tasksModule])
      assert.match(warnings, /daily: ClockChange/)
      assert.match(warnings, /off: NoTimeout/)
    }))
})

describe("brinjal simulate", () => {
  it.effect("plays an expression with runs that take turns", () =>
    Effect.gen(function*() {
      const args = ["simulate", "0 * * * *", "--from", "2026-01-01", "--duration", "20m", "--duration", "90m"]
      assert.strictEqual(
        yield* lines([...args, "--to", "+3h"]),
        [
          "2026-01-01T00:00:00Z .. 2026-01-01T03:00:00Z",
          "",
          "cron: 3 occurrences, 2 started, 1 skipped",
          "  not started: Overlap 1 (33%)",
          "  2026-01-01T01:00:00Z  Started, done at 01:20:00Z",
          "  2026-01-01T02:00:00Z  Started, running",
          "  2026-01-01T03:00:00Z  Skipped Overlap behind cron#2"
        ].join("\n")
      )
      const { summaries } = JSON.parse(yield* lines([...args, "--to", "+3h", "--overlap", "bufferOne", "--json"]))
      assert.strictEqual(summaries[0].skipped, 0)
      assert.strictEqual(summaries[0].waiting, 1)
      assert.strictEqual(summaries[0].worst_lateness_ms, 0)
    }))

  it.effect("plays a module through an outage that is counted from the begin", () =>
    Effect.gen(function*() {
      const args = ["simulate", tasksModule, "--from", "2026-01-01", "--to", "+3d", "--outage", "+1d..+30h", "--json"]
      const { summaries } = JSON.parse(yield* lines(args))
      const daily = summaries.find((one: { readonly recurring_id: string }) => one.recurring_id === "daily")
      assert.strictEqual(daily.occurrences, 3)
      assert.strictEqual(daily.worst_lateness_ms, 4.5 * 3_600_000)
    }))

  it.effect("says how its options are written", () =>
    Effect.gen(function*() {
      const simulate = (...args: ReadonlyArray<string>) => complaint(["simulate", "0 * * * *", ...args])
      assert.include(
        yield* simulate("--duration", "long"),
        "\"long\" is not a valid value for --duration. Write a duration such as"
      )
      assert.include(
        yield* simulate("--outage", "yesterday"),
        "\"yesterday\" is not a valid value for --outage. Write two times"
      )
      assert.include(yield* simulate("--from", "2027-01-02", "--to", "2027-01-01"), "The option \"to\"")
      assert.include(yield* simulate("--pool", "disk=many"), "\"disk=many\" is not a valid value for --pool.")
    }))
})

describe("brinjal", () => {
  it.effect("explains itself and every command", () =>
    Effect.gen(function*() {
      const help = yield* lines(["--help"])
      const commands = [...help.matchAll(/^ {2}([a-z]+)(?:, [a-z]+)? {2,}\S/gm)].map(([, name]) => name!)
      assert.includeMembers(
        commands,
        [
          "serve",
          "doctor",
          "next",
          "describe",
          "lint",
          "simulate",
          "list",
          "watch",
          "run",
          "trigger",
          "enable",
          "disable",
          "remove",
          "logs",
          "explain"
        ]
      )
      for (const name of commands) {
        const said = yield* lines([name, "--help"])
        assert.match(said, /^DESCRIPTION\n {2}\S/)
        assert.strictEqual(said.includes("--json"), name !== "serve", `${name} --json`)
      }
    }))

  it.effect("has completions for shells", () =>
    Effect.gen(function*() {
      for (const shell of ["bash", "zsh", "fish", "powershell"]) {
        const script = yield* lines(["--completions", shell])
        assert.include(script, "simulate")
        assert.match(script, /--in\b/)
      }
    }))

  it.effect("colours only a terminal, and not one that wants none", () =>
    Effect.gen(function*() {
      yield* setClock
      const escapes = /[^\P{Cc}\n]/u
      const args = ["next", "0 2 * * *"]
      assert.match(yield* lines(args, { columns: 80 }), escapes)
      assert.notMatch(yield* lines(args, { columns: 80, environment: { NO_COLOR: "1" } }), escapes)
      assert.notMatch(yield* lines(args, { columns: 80, environment: { TERM: "dumb" } }), escapes)
      assert.notMatch(yield* lines(args), escapes)
    }))

  it.effect("suggests the command that was meant", () =>
    Effect.gen(function*() {
      const said = yield* complaint(["nxt"])
      assert.include(said, "next")
      assert.include(said, "brinjal --help shows the usage.")
    }))
})
