/**
 * All themes of the manager's suite, registered with vitest.
 */
import { describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { TaskStore } from "../../TaskStore.ts"
import * as suite from "../internal/suite.ts"
import * as attempts from "./attempts.ts"
import * as badInput from "./badInput.ts"
import * as bulk from "./bulk.ts"
import * as changing from "./changing.ts"
import * as concurrency from "./concurrency.ts"
import * as later from "./later.ts"
import * as lifetimes from "./lifetimes.ts"
import type { Store } from "./lives.ts"
import * as missed from "./missed.ts"
import * as outcomes from "./outcomes.ts"
import * as overlap from "./overlap.ts"
import * as pausing from "./pausing.ts"
import * as pools from "./pools.ts"
import * as retries from "./retries.ts"
import * as running from "./running.ts"
import * as schedule from "./schedule.ts"
import * as searching from "./searching.ts"
import * as sizes from "./sizes.ts"
import * as stopping from "./stopping.ts"
import * as telemetry from "./telemetry.ts"
import * as updates from "./updates.ts"
import * as updating from "./updating.ts"
import * as world from "./world.ts"

const single: ReadonlyArray<suite.Theme<world.World>> = [
  running,
  later,
  pools,
  concurrency,
  { pausing: pausing.pausing },
  stopping,
  attempts,
  searching,
  bulk,
  sizes
]
  .flatMap(Object.values)

const recurring: ReadonlyArray<suite.Theme<world.World>> = [
  schedule,
  overlap,
  missed,
  changing,
  updating,
  outcomes,
  badInput
]
  .flatMap(Object.values)

const watching: ReadonlyArray<suite.Theme<world.World>> = [updates, telemetry].flatMap(Object.values)

const ended: ReadonlyArray<suite.Theme<Store>> = [lifetimes, retries, { pausing: pausing.lifetimes }].flatMap(
  Object.values
)

/** Registers the suite over a store. */
export const register = <E>(name: string, store: Layer.Layer<TaskStore, E>): void => {
  const base = world.storeLayer(store)
  const provide = ({ program, settings }: suite.Case<world.World>) =>
    Effect.provide(
      program,
      world.managerLayer.pipe(
        Layer.provideMerge(Layer.provideMerge(settings, world.configuration())),
        Layer.provideMerge(base)
      )
    )
  describe(name, () => {
    suite.register("single tasks", single, provide)
    suite.register("recurring tasks", recurring, provide)
    suite.register("watching", watching, provide)
    suite.register("lifetimes", ended, ({ program }) => Effect.provide(program, base))
  })
}
