/**
 * The two example tasks of the original, with its names, fields and timing.
 *
 * `ExampleIOTask` writes a file whose name comes from a client, so the file stays in a folder that is made for each
 * task and removed after it.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import * as Task from "../Task.ts"

/**
 * A task failed because its payload asked for that.
 *
 * @category errors
 * @since 0.1.0
 */
export class Exception extends Schema.TaggedError<Exception>()("Exception", { message: Schema.String }) {}

const steps = 100

const seconds = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const probability = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

/**
 * 100 steps of `sleep_time` seconds, after 3 seconds of preparation; each fails with `failure_probability`.
 *
 * @category tasks
 * @since 0.1.0
 */
export class ExampleCPUTask extends Task.make("ExampleCPUTask", {
  payload: {
    name: Schema.String.pipe(Schema.withConstructorDefault(Effect.succeed("Example Task"))),
    sleep_time: seconds.pipe(Schema.withConstructorDefault(Effect.succeed(0.1))),
    update_sleep_time: seconds.pipe(Schema.withConstructorDefault(Effect.succeed(0.05))),
    failure_probability: probability.pipe(Schema.withConstructorDefault(Effect.succeed(0))),
    semaphore_name: Schema.String.pipe(Schema.withConstructorDefault(Effect.succeed("single")))
  },
  error: Exception,
  semaphore: "single"
}) {}

/**
 * 100 steps of `sleep_time` seconds, each of which writes its number to a file and reads it as the progress.
 *
 * @category tasks
 * @since 0.1.0
 */
export class ExampleIOTask extends Task.make("ExampleIOTask", {
  payload: {
    sleep_time: seconds.pipe(Schema.withConstructorDefault(Effect.succeed(0.02))),
    progress_file: Schema.String.pipe(Schema.withConstructorDefault(Effect.succeed("task_progress.txt"))),
    update_sleep_time: seconds.pipe(Schema.withConstructorDefault(Effect.succeed(0.1))),
    semaphore_name: Schema.String.pipe(Schema.withConstructorDefault(Effect.succeed("multiple")))
  },
  semaphore: "multiple"
}) {}

/** A number as the original prints it: whole ones have a decimal. */
const decimal = (value: number): string => Number.isInteger(value) ? value.toFixed(1) : String(value)

const failSometimes = Effect.fnUntraced(function*(probability: number) {
  if ((yield* Random.next) >= probability) return
  yield* Task.update({ body: `Task failed due to failure probability (${decimal(probability)})` })
  return yield* new Exception({ message: `Task failed with probability ${decimal(probability)}` })
})

const CPU = ExampleCPUTask.toLayer(
  Effect.fn("ExampleCPUTask")(function*({ failure_probability, name, sleep_time }) {
    yield* Task.update({
      heading: "Starting up",
      body: `This task works for about ${Math.round(steps * sleep_time)} seconds.`,
      progress: -1
    })
    yield* Effect.sleep("3 seconds")
    yield* Task.update({ heading: name })
    for (let step = 0; step < steps; step++) {
      yield* failSometimes(failure_probability)
      yield* Task.update({ progress: step })
      yield* Effect.sleep(sleep_time * 1000)
    }
    yield* Task.update({ progress: 100, body: "The task has ended with success." })
  })
)

/** A safe file name, from whatever a client sends. */
const nameOf = (text: string): string => text.replaceAll(/[^\w-]+/g, "_").slice(-100) || "progress"

const IO = ExampleIOTask.toLayer(
  Effect.fn("ExampleIOTask")(function*({ progress_file, sleep_time }) {
    const files = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const folder = yield* files.makeTempDirectoryScoped({ prefix: "brinjal-example-" })
    // whatever name the client sends, the file is in that folder
    const file = path.join(folder, nameOf(progress_file))
    yield* Task.update({ heading: "Example I/O task", body: "This task writes its progress to a file." })
    for (let step = 0; step < steps; step++) {
      yield* files.writeFileString(file, String(step))
      yield* Task.update({ progress: Number(yield* files.readFileString(file)) })
      yield* Effect.sleep(sleep_time * 1000)
    }
    yield* Task.update({ progress: 100, body: "The task has ended with success." })
  }, Effect.orDie)
)

/**
 * Layer of both tasks.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = Layer.mergeAll(CPU, IO)
