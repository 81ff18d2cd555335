/**
 * How far the clock of a process may be from that of its database.
 */
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { vi } from "vitest"
import { clock } from "../../src/sql/internal/postgres/fitness.ts"
import { TaskStore } from "../../src/TaskStore.ts"
import { databases, storeOver } from "./databases.ts"

const noon = DateTime.makeUnsafe("2026-11-27T12:00:00Z").epochMilliseconds
const seconds = (many: number) => many * 1000
const days = (many: number) => seconds(many * 86_400)

/** What is wrong when the database says that it is noon. */
const verdict = (asked: number, answered = asked) =>
  clock({ asked: noon + asked, answered: noon + answered, database: noon })

describe("the clock of a process", () => {
  it("may be half a minute from that of the database", () => {
    for (const apart of [0, 1, -1, 30, -30]) assert.isUndefined(verdict(seconds(apart)), `${apart} seconds`)
  })

  it("may not be further away, and it is said by how much, and what to do", () => {
    assert.strictEqual(
      verdict(days(370)),
      "The clock of this process is 370d ahead of that of the database: it is 2027-12-02T12:00:00Z here, and " +
        "2026-11-27T12:00:00Z there. Occurrences and leases are by the clocks of the processes, which must agree. " +
        "Set the clock of the machine that is wrong (by NTP), and start again."
    )
    assert.include(verdict(seconds(-31)), "is 31s behind that of the database: it is 2026-11-27T11:59:29Z here")
  })

  it("is not blamed for the time that the answer takes", () => {
    assert.isUndefined(verdict(seconds(-100), seconds(100)))
    assert.isUndefined(verdict(seconds(30), seconds(100)))
    assert.isUndefined(verdict(seconds(-100), seconds(-30)))
    assert.include(verdict(seconds(31), seconds(100)), "31s ahead of")
    assert.include(verdict(seconds(-100), seconds(-31)), "31s behind")
  })
})

/** The machine's clock is this much ahead while the test runs. */
const ahead = (millis: number) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const now = Date.now
      return vi.spyOn(Date, "now").mockImplementation(() => now() + millis)
    }),
    (spy) => Effect.sync(() => spy.mockRestore())
  )

for (const [database, client] of databases) {
  const opened = Effect.scoped(Effect.provide(Effect.asVoid(TaskStore), storeOver(client)))

  describe(`a store on ${database}`, () => {
    it.live("opens with a clock that is right", () => opened)

    it.effect("opens with the clock of a test, whatever time that is", () => opened)

    it.live(`${database === "Postgres" ? "does not open" : "opens"} with a clock that is wrong`, () =>
      Effect.gen(function*() {
        yield* ahead(days(370))
        if (database !== "Postgres") return yield* opened
        const error = yield* Effect.flip(opened)
        assert.deepInclude(error, { _tag: "IncompatibleDatabase", reason: "Clock" })
        assert.include(String(error), "is 370d ahead of that of the database")
      }))
  })
}
