/**
 * All themes of the manager's suite, registered with vitest.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { TaskStore } from "../../TaskStore.ts"
import * as suite from "../internal/suite.ts"
import * as pools from "./pools.ts"
import * as running from "./running.ts"
import * as stopping from "./stopping.ts"
import * as world from "./world.ts"

const themes: ReadonlyArray<suite.Theme<world.World>> = [running, pools, stopping].flatMap(Object.values)

/** Registers the suite over a store. */
export const register = <E>(name: string, store: Layer.Layer<TaskStore, E>): void =>
  suite.register(
    name,
    themes,
    ({ configuration, program }) =>
      Effect.provide(program, Layer.provideMerge(world.managerLayer(configuration), world.storeLayer(store)))
  )
