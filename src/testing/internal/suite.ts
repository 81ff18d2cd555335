/**
 * Cases and suites as data, so that the tests of a seam can be written down once, by theme, and run over every layer.
 */
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"

/** One test: what a user would notice, and the program that notices it. */
export interface Case<R> {
  readonly name: string
  readonly program: Effect.Effect<void, unknown, R | Scope.Scope>
}

/** Cases that belong together. */
export interface Theme<R> {
  readonly name: string
  readonly cases: ReadonlyArray<Case<R>>
}

/** A case from the body of a generator. */
export const test = <E extends Effect.Effect<any, any, any>>(
  name: string,
  body: () => Generator<E, void, never>
): Case<Exclude<Effect.Services<E>, Scope.Scope>> => ({
  name,
  program: Effect.gen(body) as Effect.Effect<void, unknown, Effect.Services<E>>
})

/** A theme of some cases. */
export const theme = <R>(name: string, cases: ReadonlyArray<Case<R>>): Theme<R> => ({ name, cases })

/** Registers the themes with vitest. Every case gets a layer of its own. */
export const register = <R, ROut extends R, E>(
  name: string,
  themes: ReadonlyArray<Theme<R>>,
  layer: Layer.Layer<ROut, E>
): void => {
  describe(name, () => {
    for (const { cases, name } of themes) {
      describe(name, () => {
        for (const { name, program } of cases) it.effect(name, () => Effect.provide(program, layer))
      })
    }
  })
}
