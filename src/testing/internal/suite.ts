/**
 * Test cases and themes as data, so that the suite of a seam is written once, by theme, and run over every layer.
 */
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"

/** One test: its name (what a user would notice), its program, and its settings. */
export interface Case<R> {
  readonly name: string
  readonly program: Effect.Effect<void, unknown, R>
  readonly settings: Layer.Layer<never>
}

/** Test cases that belong together. */
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

/** The same case with other settings. */
export const over = <R>(settings: Layer.Layer<never>, self: Case<R>): Case<R> => ({ ...self, settings })

/** A theme of some cases. */
export const theme = <R>(name: string, cases: ReadonlyArray<Case<R>>): Theme<R> => ({ name, cases })

/** Registers themes with vitest. `provide` builds what a case needs, anew for each. */
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
