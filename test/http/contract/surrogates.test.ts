/**
 * Halves of surrogate pairs, which texts have that were cut in the middle of an emoji. As an escape in JSON, one makes
 * strict readers refuse all of an answer.
 */
import { assert, describe, it } from "@effect/vitest"
import { Recurrence } from "brinjal"
import { Result } from "effect"
import * as wellFormed from "../../../src/http/internal/wellFormed.ts"
import { cut, shortened } from "../../../src/internal/texts.ts"
import { effect, get, listen, post, puppet, reach, tell } from "./support.ts"

const half = "🎉".slice(0, 1)
const other = "🎉".slice(1)

describe("half of a surrogate pair", () => {
  effect("is replaced in every answer", function*() {
    const written = `cut ${half}`
    const taskId = yield* puppet(`name ${other}${half}`)
    const live = yield* listen("/v1/events")
    yield* live.next
    yield* tell(`name ${other}${half}`, { update: { heading: written, body: "whole 🎉, \\ud83c" } }, { fail: written })
    yield* reach(taskId, "failed")
    const events: Array<string> = []
    while (!events.join().includes("\"failed\"")) events.push((yield* live.next)!)
    const answers = [
      (yield* get("/v1/tasks")).text,
      (yield* get(`/v1/tasks/${taskId}`)).text,
      (yield* get("/queue")).text,
      (yield* (yield* listen(`/${taskId}/stream`)).next)!,
      (yield* (yield* listen("/queue/stream")).next)!,
      events.join("\n")
    ]
    for (const text of answers) {
      assert.notMatch(text.replaceAll("\\\\", ""), /\\ud/)
      assert.include(text, "\"heading\":\"cut \ufffd\"")
      assert.match(text, /whole 🎉, \\\\ud83c|Task failed: cut \ufffd/)
    }
    assert.include(answers[0]!, "{\"name\":\"name \ufffd\ufffd\"}")
    const { json } = yield* post("/v1/tasks", { body: { task_type: half } })
    assert.strictEqual(json.task_type, "\ufffd")
  })

  it("is told from letters after a backslash", () => {
    const values = ["\\ud83c", "\\\\ud83c", `\\${half}`, "🎉", `${other}🎉${half}`, "\\udead\\ubeef"]
    for (const value of values) {
      const json = wellFormed.json(JSON.stringify({ value }))
      assert.strictEqual(JSON.parse(json).value, value.replaceAll(/\p{Surrogate}/gu, "\ufffd"))
    }
  })
})

describe("a text that is cut", () => {
  it("ends with a whole character", () => {
    assert.strictEqual(cut("ab🎉", 3), "ab")
    assert.strictEqual(cut("ab🎉", 4), "ab🎉")
    assert.strictEqual(cut("ab🎉c", 4), "ab🎉")
    assert.strictEqual(shortened("ab🎉", 3), "ab…")
    assert.strictEqual(shortened("ab", 2), "ab")
    const error = Result.getOrThrow(Result.flip(Recurrence.cron("x".repeat(119) + "🎉")))
    assert.notMatch(error.message, /\p{Surrogate}/u)
  })
})
