import { Task, type TaskError, type TaskRegistry } from "brinjal"
import { Context, Effect, type Layer, Schedule, Schema, SchemaGetter, type Scope } from "effect"
import { describe, expect, it } from "tstyche"

class Disk extends Context.Service<Disk, { readonly free: Effect.Effect<number> }>()("app/Disk") {}
class DiskFull extends Schema.TaggedError<DiskFull>()("DiskFull", { path: Schema.String }) {}

class Backup extends Task.make("Backup", {
  payload: { source: Schema.String, level: Schema.Int },
  success: Schema.Struct({ bytes: Schema.Int }),
  error: DiskFull
}) {}

class Sweep extends Task.make("Sweep") {}
class Archive extends Task.make("Archive", { payload: { level: Schema.optionalKey(Schema.Int) } }) {}

declare const OnDisk: Schema.Codec<string, string, Disk>
class Read extends Task.make("Read", { payload: { path: OnDisk } }) {}

describe("a template", () => {
  it("takes the whole payload", () => {
    expect(Backup.template).type.toBeCallableWith({ source: "/data", level: 9 })
    expect(Backup.template).type.toBeCallableWith({ source: "/data", level: 9 }, { heading: "Daily", priority: 5 })
    expect(Sweep.template).type.toBeCallableWith({})
  })

  it("takes none if there is none, or no field is required", () => {
    expect(Sweep.template).type.toBeCallableWith()
    expect(Sweep.template).type.toBeCallableWith({}, { heading: "Daily" })
    expect(Archive.template).type.toBeCallableWith()
    expect(Archive.template).type.toBeCallableWith({ level: 9 })
  })

  it("takes no incomplete payload, wrong field or unknown option", () => {
    expect(Backup.template).type.not.toBeCallableWith()
    expect(Backup.template).type.not.toBeCallableWith({})
    expect(Backup.template).type.not.toBeCallableWith({ source: "/data" })
    expect(Backup.template).type.not.toBeCallableWith({ source: "/data", level: "9" })
    expect(Backup.template).type.not.toBeCallableWith({ source: "/data", level: 9, speed: 1 })
    expect(Backup.template).type.not.toBeCallableWith({ source: "/data", level: 9 }, { title: "Daily" })
  })

  it("knows the success and error of its task", () => {
    const template = Backup.template({ source: "/data", level: 9 })
    expect<Task.Success<typeof template.task>>().type.toBe<{ readonly bytes: number }>()
    expect<Task.Error<typeof template.task>>().type.toBe<DiskFull>()
    expect(template).type.toBeAssignableTo<Task.Template>()
  })

  it("cannot be made of a payload that requires services to be encoded", () => {
    class Cipher extends Context.Service<Cipher, (text: string) => string>()("Cipher") {}
    const apply = SchemaGetter.transformEffect((text: string) => Cipher.use((cipher) => Effect.succeed(cipher(text))))
    const same = SchemaGetter.transform((text: string) => text)
    const encoded = Schema.String.pipe(Schema.decodeTo(Schema.String, { decode: same, encode: apply }))
    const decoded = Schema.String.pipe(Schema.decodeTo(Schema.String, { decode: apply, encode: same }))
    class Encoded extends Task.make("Encoded", { payload: { secret: encoded } }) {}
    class Decoded extends Task.make("Decoded", { payload: { secret: decoded }, success: encoded, error: encoded }) {}
    expect(Encoded.template).type.not.toBeCallableWith({ secret: "x" })
    expect<Parameters<typeof Encoded.template>[0]>().type.toBe<
      "The schema of this payload requires services to encode it. Transform the field in the handler instead."
    >()
    expect(Decoded.template).type.toBeCallableWith({ secret: "x" })
    expect<Layer.Services<ReturnType<typeof Decoded.toLayer<never>>>>().type.toBe<
      TaskRegistry.TaskRegistry | Cipher
    >()
  })

  it("may be made of fields that only a caller knows", () => {
    const save = <const N extends string, F extends Schema.Struct.Fields>(name: N, payload: F) =>
      Task.make(`Save${name}`, { payload })
    class SaveUser extends save("User", { id: Schema.String }) {}
    expect(SaveUser.template).type.toBeCallableWith({ id: "ada" })
    expect(SaveUser.template).type.not.toBeCallableWith({ name: "ada" })
  })

  it("fails in the error channel when its data is not trusted", () => {
    const template = Backup.templateEffect(JSON.parse("{}"))
    expect<Effect.Error<typeof template>>().type.toBe<TaskError.InvalidTemplate>()
    expect<Effect.Services<typeof template>>().type.toBe<never>()
  })
})

describe("a handler", () => {
  it("gets the payload and gives the success or a declared error", () => {
    expect(Backup.toLayer).type.toBeCallableWith(({ level }: { source: string; level: number }) =>
      Effect.succeed({ bytes: level })
    )
    expect(Backup.toLayer).type.toBeCallableWith(() => Effect.fail(new DiskFull({ path: "/" })))
    expect(Backup.toLayer).type.toBeCallableWith(
      Effect.fn("Backup")(function*() {
        return { bytes: 0 }
      })
    )
  })

  it("gives no other result, error or payload", () => {
    expect(Backup.toLayer).type.not.toBeCallableWith(() => Effect.succeed("done"))
    expect(Backup.toLayer).type.not.toBeCallableWith(() => Effect.succeed({ bytes: "many" }))
    expect(Backup.toLayer).type.not.toBeCallableWith(() => Effect.fail("full"))
    expect(Backup.toLayer).type.not.toBeCallableWith((payload: { target: string }) => Effect.die(payload.target))
    expect(Sweep.toLayer).type.not.toBeCallableWith(() => Effect.fail("full"))
  })

  it("gives its requirements to the layer, but for what each instance provides", () => {
    const layer = Backup.toLayer(() =>
      Effect.gen(function*() {
        yield* Task.update({ progress: 50 })
        yield* Effect.addFinalizer(() => Effect.void)
        return { bytes: yield* Disk.use((disk) => disk.free) }
      })
    )
    expect<Layer.Success<typeof layer>>().type.toBe<Task.Handler<"Backup">>()
    expect<Layer.Error<typeof layer>>().type.toBe<never>()
    expect<Layer.Services<typeof layer>>().type.toBeAssignableFrom<Disk>()
    expect<Layer.Services<typeof layer>>().type.not.toBeAssignableFrom<Task.CurrentTask>()
    expect<Layer.Services<typeof layer>>().type.not.toBeAssignableFrom<Scope.Scope>()
  })

  it("is proof for its own task only", () => {
    expect<Task.Handler<"Sweep">>().type.not.toBeAssignableTo<Task.Handler<"Backup">>()
  })

  it("may be the promise of another process, made to the registry that the promise requires", () => {
    expect(Backup.handledElsewhere).type.toBe<
      Layer.Layer<Task.Handler<"Backup">, never, TaskRegistry.TaskRegistry>
    >()
  })

  it("is a promise that requires what payloads from outside are decoded with", () => {
    expect<Layer.Services<typeof Read.handledElsewhere>>().type.toBe<TaskRegistry.TaskRegistry | Disk>()
  })
})

describe("Task.update", () => {
  it("requires a running task", () => {
    expect(Task.update({ heading: "Copying", progress: 0 })).type.toBe<Effect.Effect<void, never, Task.CurrentTask>>()
    expect(Effect.runPromise<void, never>).type.not.toBeCallableWith(Task.update({ progress: 0 }))
  })

  it("changes nothing but what is shown", () => {
    expect(Task.update).type.not.toBeCallableWith({ status: "done" })
    expect(Task.update).type.not.toBeCallableWith({ progress: "half" })
  })
})

describe("the options of a definition", () => {
  it("see the payload in the concurrency key", () => {
    const payload = { customer: Schema.String, at: Schema.DateTimeUtcFromString }
    Task.make("Sync", {
      payload,
      concurrency: {
        key: (given) => {
          expect(given.customer).type.toBe<string>()
          return given.at.epochMilliseconds > 0 ? given.customer : undefined
        },
        limit: 2
      }
    })
    expect(Task.make).type.not.toBeCallableWith("Sync", { payload, concurrency: { key: () => 5 } })
    expect(Task.make).type.not.toBeCallableWith("Sync", { payload, concurrency: { limit: 2 } })
  })

  it("see the typed error in the retry policy", () => {
    expect(Task.make).type.toBeCallableWith("Copy", {
      error: DiskFull,
      retry: {
        schedule: Schedule.recurs(3),
        while: (error: DiskFull | TaskError.TaskTimedOut) => error._tag === "DiskFull" && error.path !== "/"
      }
    })
    expect(Task.make).type.not.toBeCallableWith("Copy", {
      error: DiskFull,
      retry: { schedule: Schedule.recurs(3), while: (error: { readonly status: number }) => error.status === 503 }
    })
  })
})
