import { assert, describe, it } from "@effect/vitest"
import { Task, TaskManager, TaskRegistry } from "brinjal"
import { Testing } from "brinjal/testing"
import { Cause, Context, Duration, Effect, Layer, Logger, Option, Schedule, Schema, SchemaGetter } from "effect"

class Count extends Task.make("Count", { payload: { n: Schema.Int }, success: Schema.Struct({ n: Schema.Int }) }) {}

const counted = Count.template({ n: 1 })

const handledBy = (handler: (payload: { readonly n: number }) => unknown) =>
  Count.toLayer(handler as () => Effect.Effect<{ readonly n: number }>).pipe(Layer.provideMerge(Testing.layer))

/** What a handler that the types would not let through comes to, here and in the store. */
const defectOf = (handler: (payload: { readonly n: number }) => unknown) =>
  Effect.gen(function*() {
    const { run, searchTasks } = yield* TaskManager.TaskManager
    const cause = yield* Effect.flip(Effect.sandbox(run(counted)))
    const [task] = yield* searchTasks()
    const kept = Option.map(task!.error, ({ message }) => message)
    const defect = Cause.squash(cause)
    assert.isTrue(Cause.hasDies(cause))
    assert.deepStrictEqual(kept, Option.some((defect as Error).message))
    return (defect as Error).message
  }).pipe(Effect.provide(handledBy(handler)))

describe("a handler that gives what the types do not allow", () => {
  it.effect("a Promise", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* defectOf(() => Promise.resolve({ n: 1 })),
        `The handler of the task "Count" returned a Promise instead of an Effect. Wrap what it does in Effect.tryPromise.`
      )
    }))

  it.effect("a generator", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* defectOf(function*() {
          yield* Effect.void
        }),
        `The handler of the task "Count" returned a generator instead of an Effect. Make the handler with Effect.fn.`
      )
    }))

  it.effect("a plain value", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* defectOf(({ n }) => ({ n })),
        `The handler of the task "Count" returned a value of the type object instead of an Effect. Wrap it in Effect.succeed.`
      )
    }))

  it.effect("a success that does not fit", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* defectOf(() => Effect.succeed({ n: "one" })),
        `What the handler of the task "Count" returned does not fit its success: n: Expected number`
      )
    }))
})

describe("a priority that is none", () => {
  it("is refused where the template is made, with a sentence", () => {
    assert.throws(
      () => Count.template({ n: 1 }, { priority: Number.NaN }),
      `The payload does not fit the task "Count": priority: Expected a finite number`
    )
  })
})

describe("a payload that cannot be encoded at once", () => {
  class Cipher extends Context.Service<Cipher, (text: string) => string>()("Cipher") {}

  const encodedBy = <R>(encode: (text: string) => Effect.Effect<string, never, R>) =>
    Schema.String.pipe(Schema.decodeTo(Schema.String, {
      decode: SchemaGetter.transform((text: string) => text),
      encode: SchemaGetter.transformEffect(encode)
    }))

  const refusal = (field: Schema.Top) =>
    Effect.map(
      Effect.flip(Task.make("Pay", { payload: { secret: field } }).templateEffect({ secret: "x" })),
      ({ message }) => message
    )

  const instead =
    "but a template is made at once and without services. Give that field the schema of its encoded form, and " +
    "transform it in the handler."

  it.effect("is refused with the service that its schema requires", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* refusal(encodedBy((text) => Cipher.use((cipher) => Effect.succeed(cipher(text))))),
        `The payload does not fit the task "Pay": its schema requires the service "Cipher" to encode it, ${instead}`
      )
    }))

  it.effect("is refused if its schema encodes it asynchronously", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* refusal(encodedBy((text) => Effect.promise(() => Promise.resolve(text)))),
        `The payload does not fit the task "Pay": its schema encodes it asynchronously, ${instead}`
      )
    }))

  it.effect("is refused with what its encoder dies of", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* refusal(encodedBy(() => Effect.die(new Error("no key")))),
        `The payload does not fit the task "Pay": no key`
      )
    }))
})

describe("a limit of time that no attempt could keep to", () => {
  for (const timeout of [-1, 0, NaN, "5 mins" as never, Duration.negate(Duration.seconds(1))]) {
    it(`is refused where the task is defined: ${String(timeout)}`, () => {
      const shown = typeof timeout === "string" ? `"${timeout}"` : String(timeout)
      const message = (option: string) =>
        `The option "Late.${option}" is ${shown}: give a duration such as "5 minutes".`
      assert.throws(() => Task.make("Late", { timeout }), RangeError, message("timeout"))
      assert.throws(() => Task.make("Late", { totalTimeout: timeout }), RangeError, message("totalTimeout"))
    })
  }

  it("is none if it is infinite", () => {
    assert.strictEqual(Task.make("Late", { timeout: Infinity, totalTimeout: "Infinity" })._tag, "Late")
  })
})

describe("how often a task runs again whose process has died", () => {
  it("is a number that is refused where the task is defined if it is none", () => {
    for (const retries of [-1, 0.5, Number.NaN]) {
      const message = `The option "Late.onAbandoned.retries" is ${retries}: give a whole number, 0 or more.`
      assert.throws(() => Task.make("Late", { onAbandoned: { retries } }), RangeError, message)
    }
    assert.strictEqual(Task.make("Late", { onAbandoned: { retries: Infinity } })._tag, "Late")
  })
})

describe("the name of a task", () => {
  it("is refused where the task is defined if it is empty or no text", () => {
    for (const name of ["", "  "]) {
      assert.throws(
        () => Task.make(name),
        RangeError,
        "The name of a task is empty: give one such as Task.make(\"Backup\")."
      )
    }
    assert.throws(() => Task.make("Party \ud83c"), RangeError, "\"Party \\ud83c\" has half of a surrogate pair")
    assert.strictEqual(Task.make("Party 🎉")._tag, "Party 🎉")
  })
})

describe("two tasks of one name", () => {
  class Namesake extends Task.make("Count", { payload: { other: Schema.String } }) {}

  const warnings = (handlers: Layer.Layer<never, never, TaskRegistry.TaskRegistry>) =>
    Effect.gen(function*() {
      const logged: Array<unknown> = []
      const logger = Logger.layer([Logger.make(({ message }) => void logged.push(message))])
      yield* Effect.scoped(Layer.build(handlers)).pipe(Effect.provide([logger, TaskRegistry.layer]))
      return logged.flat()
    })

  const promised = () => Count.handledElsewhere as Layer.Layer<never, never, TaskRegistry.TaskRegistry>

  const counting = () => Count.toLayer(Effect.succeed) as Layer.Layer<never, never, TaskRegistry.TaskRegistry>

  it.effect("are warned of", () =>
    Effect.gen(function*() {
      const namesake = Namesake.toLayer(() => Effect.void) as Layer.Layer<never, never, TaskRegistry.TaskRegistry>
      assert.deepStrictEqual(yield* warnings(Layer.mergeAll(counting(), namesake)), [
        `Two tasks are called "Count", and what is queued for either runs with the handler that was provided last. ` +
        `Give one of them another name.`
      ])
    }))

  it.effect("are warned of when one of them is handled elsewhere, whichever comes first", () =>
    Effect.gen(function*() {
      const elsewhere = Namesake.handledElsewhere as Layer.Layer<never, never, TaskRegistry.TaskRegistry>
      const message =
        `Two tasks are called "Count", and what is queued for either runs with the same handler. Give one of them another name.`
      assert.deepStrictEqual(yield* warnings(Layer.mergeAll(counting(), elsewhere)), [message])
      assert.deepStrictEqual(yield* warnings(Layer.mergeAll(elsewhere, counting())), [message])
      assert.deepStrictEqual(yield* warnings(Layer.mergeAll(elsewhere, promised())), [message])
    }))

  it.effect("are not one task that is handled here and elsewhere, as one that runs itself", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* warnings(counting().pipe(Layer.provide(promised()))), [])
      assert.deepStrictEqual(yield* warnings(promised().pipe(Layer.provide(counting()))), [])
    }))

  it.effect("are not two handlers of one task, as a test provides them", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* warnings(Layer.mergeAll(counting(), counting())), [])
    }))
})

describe("what was stored under another version of the definition", () => {
  const success = Schema.Struct({ n: Schema.Int })

  class Former extends Task.make("Count", { success }) {}
  class Newer extends Task.make("Count", { success: Schema.Struct({ n: Schema.String, at: Schema.DateTimeUtc }) }) {}
  class Retrying extends Task.make("Count", { payload: { n: Schema.Int }, success, retry: Schedule.recurs(3) }) {}

  const defectAndTask = <T extends Task.Any>(template: Task.Template<T>) =>
    Effect.gen(function*() {
      const { run, searchTasks } = yield* TaskManager.TaskManager
      const cause = yield* Effect.flip(Effect.sandbox(run(template)))
      assert.isTrue(Cause.hasDies(cause))
      return { message: (Cause.squash(cause) as Error).message, task: (yield* searchTasks())[0]! }
    })

  it.effect("a success is a defect that says what is stored, what was wanted and what to do", () =>
    Effect.gen(function*() {
      const { message, task } = yield* defectAndTask(Newer.template({}))
      assert.strictEqual(
        message,
        `The task "Count" with the id "${task.taskId}" is done, but its success {"n":1} does not fit the success ` +
          `schema that is asked for here: n: Expected string; at: Missing key. Was the definition changed after the ` +
          `task was started? Let its schema accept both forms, or read the success as it is with getTask.`
      )
      assert.deepStrictEqual(task.result, Option.some({ n: 1 }))
    }).pipe(
      Effect.provide(Former.toLayer(() => Effect.succeed({ n: 1 })).pipe(Layer.provideMerge(Testing.layer)))
    ))

  it.effect("a payload is a defect, which no attempt mends", () =>
    Effect.gen(function*() {
      const { message, task } = yield* defectAndTask(Former.template({}))
      assert.strictEqual(message, `The payload does not fit the task "Count": n: Missing key`)
      assert.deepStrictEqual(Option.map(task.error, ({ type }) => type), Option.some("InvalidTemplate"))
      assert.strictEqual(task.attempt, 1)
    }).pipe(Effect.provide(Retrying.toLayer(Effect.succeed).pipe(Layer.provideMerge(Testing.layer)))))
})
