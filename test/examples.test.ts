import { assert, describe, it } from "@effect/vitest"
import { Testing } from "brinjal/testing"
import { Effect, Fiber, Layer } from "effect"
import { WebCrypto } from "effect/crypto"
import { TestConsole } from "effect/testing"
import * as Crypto from "node:crypto"
import * as firstTask from "../examples/01_first-task.ts"
import * as progress from "../examples/02_progress.ts"
import * as manyRecurring from "../examples/03_many-recurring.ts"
import * as testingYourTask from "../examples/04_testing-your-task.ts"
import * as servicesAndRetries from "../examples/05_services-and-retries.ts"
import * as children from "../examples/06_children.ts"
import * as simulate from "../examples/07_simulate.ts"
import * as alerts from "../examples/08_alerts.ts"
import * as later from "../examples/09_later.ts"
import * as durableSteps from "../examples/10_durable-steps.ts"
import * as rateLimits from "../examples/11_rate-limits.ts"
import * as fairness from "../examples/12_fairness.ts"

/** What a program prints within ten seconds of virtual time. */
const printed = <A, E>(program: Effect.Effect<A, E>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(program)
    yield* Testing.advance("10 seconds")
    yield* Fiber.join(fiber)
    return yield* TestConsole.logLines
  }).pipe(Effect.provide(Layer.mergeAll(TestConsole.layer, Testing.layerClock())))

/** Digests that take no real time, which virtual time would not wait for. */
const promptCrypto = WebCrypto.layer({
  ...globalThis.crypto,
  subtle: {
    digest: (_: AlgorithmIdentifier, data: BufferSource) =>
      Promise.resolve(Crypto.createHash("sha256").update(data as Uint8Array).digest())
  } as unknown as SubtleCrypto
})

describe("examples", () => {
  it.effect("01 runs a task for its typed result", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* printed(firstTask.program), ["1 + 2 + 3.5 = 6.5", "\"two\" is not a number"])
    }))

  it.effect("02 shows progress to the end", () =>
    Effect.gen(function*() {
      const lines = yield* printed(progress.program)
      assert.includeMembers([...lines], [
        "running  25% Baking loaf 1 of 4",
        "running  50% Baking loaf 2 of 4",
        "running  75% Baking loaf 3 of 4"
      ])
      assert.strictEqual(lines.at(-1), "done    100% Baked loaf 4 of 4")
    }))

  it.effect("03 runs a thousand recurring tasks and skips what has no room", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* printed(manyRecurring.program), [
        "1000 recurring pings ran 3000 times",
        "slow: Started done",
        "slow: Skipped Overlap",
        "slow: Started running"
      ])
    }))

  it.effect("04 tests a schedule over a change to summer time", () =>
    Effect.gen(function*() {
      const lines = yield* printed(testingYourTask.program)
      assert.include(lines, `Task "Invoices" failed: {"_tag":"OutOfPaper"}`)
      assert.strictEqual(
        lines.at(-1),
        "2026-03-23T07:00:00Z Started done\n2026-03-30T06:00:00Z Started failed\n2026-04-06T06:00:00Z Started running"
      )
    }))

  it.effect("05 retries what may pass and gives up on what may not", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* printed(servicesAndRetries.program), [
        "attempt 1 for ada@example.com",
        "attempt 2 for ada@example.com",
        "attempt 3 for ada@example.com",
        "sent to ada@example.com",
        "attempt 1 for nobody@example.com",
        "gave up on nobody@example.com"
      ])
    }))

  it.effect("06 awaits children in a pool that has room for one", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* printed(children.program), [
        "10 words, counted by 2 children of one task"
      ])
    }))

  it.effect("07 finds out before a deploy what would happen", () =>
    Effect.gen(function*() {
      const lines = (yield* printed(simulate.program)).join("\n").split("\n")
      assert.include(lines, "report with skip: 23 of 52 skipped")
      assert.include(lines, "report with bufferOne: 4 of 51 skipped")
    }))

  it.effect("08 tells once that a task has failed for good", () =>
    Effect.gen(function*() {
      const lines = yield* printed(alerts.program)
      assert.deepStrictEqual(lines.filter((line) => String(line).startsWith("Nightly")), [
        "Nightly report failed after 3 attempts: WarehouseDown {\"_tag\":\"WarehouseDown\",\"host\":\"db-1\"}"
      ])
    }))

  it.effect("09 starts later what has not become needless", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* printed(later.program), ["tea is paid", "coffee was not paid, and is cancelled"])
    }))

  it.effect("10 goes on after the steps that are done", () =>
    Effect.gen(function*() {
      const lines = yield* printed(Effect.provide(durableSteps.program, promptCrypto))
      assert.deepStrictEqual(lines.filter((line) => !String(line).includes("INFO")), [
        "charging for tea",
        "packing tea",
        "stopped, and started again",
        "sent parcel 1"
      ])
    }))

  it.effect("11 begins no more for a customer than its rate allows", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* printed(rateLimits.program), [
        "#1 to acme after 0 s",
        "#2 to acme after 0 s",
        "#6 to zoo after 0 s",
        "#3 to acme after 1 s",
        "#4 to acme after 1 s",
        "#5 to acme after 2 s"
      ])
    }))

  it.effect("12 runs the tasks of one customer one after another", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* printed(fairness.program), [
        "page 1 of acme after 0 s",
        "page 1 of zoo after 0 s",
        "page 2 of acme after 1 s",
        "page 2 of zoo after 1 s",
        "page 3 of acme after 2 s"
      ])
    }))
})
