/**
 * Cases and suites as data, so that the tests of a seam can be written down once, by theme, and run over every layer.
 */
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"

/** One test: what a user would notice, the program that notices it, and what is set beneath it. */
export interface Case<R> {
  readonly name: string
  readonly program: Effect.Effect<void, unknown, R>
  readonly settings: Layer.Layer<never>
}

/** Cases that belong together. */
export interface Theme<R> {
  readonly name: string
  readonly cases: ReadonlyArray<Case<R>>
}

/** Makes a case from the body of a generator that may use `R`. */
export const caseOf =
  <R>() => (name: string, body: () => Generator<Effect.Effect<any, any, R | Scope.Scope>, void, never>): Case<R> => ({
    name,
    program: Effect.scoped(Effect.gen(body)) as Effect.Effect<void, unknown, R>,
    settings: Layer.empty
  })

/** The same case over other settings. */
export const over = <R>(settings: Layer.Layer<never>, self: Case<R>): Case<R> => ({ ...self, settings })

/** A theme of some cases. */
export const theme = <R>(name: string, cases: ReadonlyArray<Case<R>>): Theme<R> => ({ name, cases })

/** Registers the themes with vitest. `provide` gives every case what it needs, anew. */
export const register = <R>(
  name: string,
  themes: ReadonlyArray<Theme<R>>,
  provide: (self: Case<R>) => Effect.Effect<void, unknown>
): void => {
  describe(name, () => {
    for (const { cases, name } of themes) {
      describe(name, () => {
        for (const self of cases) it.effect(self.name, () => provide(self))
      })
    }
  })
}
