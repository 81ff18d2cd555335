/**
 * A task that fails on purpose, so that you see what a failure looks like: the typed error is recorded and shown,
 * counted once, and the next run goes on. After three failures in a row its recurring task disables itself.
 */
import { Task } from "brinjal"
import { Effect, Schema } from "effect"

export class FailedOnPurpose extends Schema.TaggedError<FailedOnPurpose>()("FailedOnPurpose", {}) {
  override get message() {
    return "It always fails, so that you see what that looks like."
  }
}

export class FailingExample extends Task.make("FailingExample", {
  error: FailedOnPurpose,
  heading: "Failing on purpose"
}) {}

/** The handler of `FailingExample`. */
export const FailingExampleLive = FailingExample.toLayer(() => Effect.fail(new FailedOnPurpose()))
