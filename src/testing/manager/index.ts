/**
 * All themes of the manager's suite, registered with vitest.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { TaskStore } from "../../TaskStore.ts"
import * as suite from "../internal/suite.ts"
import * as attempts from "./attempts.ts"
import * as missed from "./missed.ts"
import * as overlap from "./overlap.ts"
import * as pools from "./pools.ts"
import * as running from "./running.ts"
import * as schedule from "./schedule.ts"
import * as searching from "./searching.ts"
import * as stopping from "./stopping.ts"
import * as world from "./world.ts"

const themes: ReadonlyArray<suite.Theme<world.World>> = [
  running,
  pools,
  stopping,
  attempts,
  searching,
  schedule,
  overlap,
  missed
].flatMap(Object.values)

/** Registers the suite over a store. */
export const register = <E>(name: string, store: Layer.Layer<TaskStore, E>): void =>
  suite.register(name, themes, ({ program, settings }) =>
    Effect.provide(
      program,
      world.managerLayer.pipe(Layer.provide(settings), Layer.provideMerge(world.storeLayer(store)))
    ))
