import { assert, describe, it } from "@effect/vitest"
import { TaskError } from "brinjal"
import { Schema } from "effect"
import * as errors from "../../../src/http/internal/v1/errors.ts"

describe("an error over HTTP", () => {
  it("is the same error for a client, but for a cause that is nothing for strangers", () => {
    const error = new TaskError.TaskStoreError({ operation: "liveTasks", cause: new Error("password 1234") })
    const json = Schema.encodeSync(errors.TaskStoreError)(error)
    assert.notInclude(JSON.stringify(json), "1234")
    const read = Schema.decodeUnknownSync(errors.TaskStoreError)(json)
    assert.instanceOf(read, TaskError.TaskStoreError)
    assert.strictEqual(read.operation, "liveTasks")
    assert.strictEqual(String(read.cause), "The log of the server has it.")
    assert.strictEqual(read.message, error.message)
  })
})
