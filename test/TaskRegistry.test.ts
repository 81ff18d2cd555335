import { assert, describe, it } from "@effect/vitest"
import { Task, TaskManager, TaskRegistry } from "brinjal"
import { Testing } from "brinjal/testing"
import { Effect, Exit, Layer, Scope } from "effect"

class Here extends Task.make("Here") {}
class There extends Task.make("There") {}
class Elsewhere extends Task.make("Elsewhere") {}

const HereLive = Here.toLayer(() => Effect.void)

const typesOf = (all: ReadonlyArray<TaskRegistry.Defined>) => all.map(({ taskType }) => taskType)

/** Provides a layer until it is closed. */
const open = Effect.fnUntraced(function*<A, E>(layer: Layer.Layer<A, E, TaskRegistry.TaskRegistry>) {
  const scope = yield* Scope.make()
  const registry = yield* TaskRegistry.TaskRegistry
  yield* Layer.buildWithScope(Layer.provide(layer, Layer.succeed(TaskRegistry.TaskRegistry, registry)), scope)
  return { close: Scope.close(scope, Exit.void) }
})

const test = (name: string, body: () => Generator<Effect.Effect<any, unknown, any>, void, any>) =>
  it.effect(name, () => Effect.provide(Effect.gen(body), TaskRegistry.layer) as Effect.Effect<void, unknown>)

describe("a task that is handled elsewhere", () => {
  test("is known for as long as its layer lives, and has no handler", function*() {
    const registry = yield* TaskRegistry.TaskRegistry
    const heard: Array<string> = []
    registry.onRegister((taskType) => void heard.push(taskType))
    registry.onUnregister(({ taskType }) => Effect.sync(() => void heard.push(taskType)))
    const { close } = yield* open(There.handledElsewhere)
    assert.strictEqual(registry.definition("There")?.definition.payloadSchema, There.payloadSchema)
    assert.deepStrictEqual(typesOf(registry.definitions()), ["There"])
    assert.deepStrictEqual([registry.get("There"), registry.taskTypes()], [undefined, []])
    yield* close
    assert.deepStrictEqual([registry.definition("There"), registry.definitions()], [undefined, []])
    assert.deepStrictEqual(heard, [], "nobody is told, because nothing can run that could not before")
  })

  test("stays known until all who promise it have gone, in whatever order", function*() {
    const { definitions } = yield* TaskRegistry.TaskRegistry
    const first = yield* open(There.handledElsewhere)
    const second = yield* open(There.handledElsewhere)
    yield* first.close
    assert.deepStrictEqual(typesOf(definitions()), ["There"])
    yield* second.close
    assert.deepStrictEqual(typesOf(definitions()), [])
  })

  test("comes after those that can run here", function*() {
    const { definitions, taskTypes } = yield* TaskRegistry.TaskRegistry
    yield* open(There.handledElsewhere)
    yield* open(HereLive)
    yield* open(Elsewhere.handledElsewhere)
    assert.deepStrictEqual(typesOf(definitions()), ["Here", "There", "Elsewhere"])
    assert.deepStrictEqual(taskTypes(), ["Here"])
  })

  test("is what its handler says while there is one here, whichever came first", function*() {
    class Promised extends Task.make("Here") {}
    const { definition, definitions } = yield* TaskRegistry.TaskRegistry
    const early = yield* open(Promised.handledElsewhere)
    const handler = yield* open(HereLive)
    const late = yield* open(Promised.handledElsewhere)
    assert.strictEqual(definition("Here")?.definition.payloadSchema, Here.payloadSchema)
    assert.deepStrictEqual(typesOf(definitions()), ["Here"])
    assert.strictEqual(definitions()[0], definition("Here"))
    yield* early.close
    yield* handler.close
    assert.strictEqual(definition("Here")?.definition.payloadSchema, Promised.payloadSchema)
    yield* late.close
    assert.isUndefined(definition("Here"))
  })

  test("is what was promised last while there is no handler", function*() {
    class Newer extends Task.make("There") {}
    const { definition } = yield* TaskRegistry.TaskRegistry
    yield* open(There.handledElsewhere)
    const { close } = yield* open(Newer.handledElsewhere)
    assert.strictEqual(definition("There")?.definition.payloadSchema, Newer.payloadSchema)
    yield* close
    assert.strictEqual(definition("There")?.definition.payloadSchema, There.payloadSchema)
  })

  it.effect("is refused by a manager in memory, whatever is promised", () =>
    Effect.gen(function*() {
      const { definition } = yield* TaskRegistry.TaskRegistry
      const { addTaskToQueue } = yield* TaskManager.TaskManager
      assert.strictEqual(definition("There")?.taskType, "There")
      assert.strictEqual((yield* Effect.flip(addTaskToQueue(There.template())))._tag, "TaskNotRegistered")
    }).pipe(Effect.provide(There.handledElsewhere.pipe(Layer.provideMerge(Testing.layer)))))
})
