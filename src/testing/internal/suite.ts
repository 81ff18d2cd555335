/**
 * Cases and suites as data, so that the tests of a seam can be written down once, by theme, and run over every layer.
 */
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Configuration } from "../../TaskManager.ts"

/** One test: what a user would notice, the program that notices it, and how the manager is to be configured for it. */
export interface Case<R> {
  readonly name: string
  readonly program: Effect.Effect<void, unknown, R | Scope.Scope>
  readonly configuration: Configuration
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
    program: Effect.gen(body),
    configuration: {}
  })

/** The same case with a manager that is configured in a certain way. */
export const configured = <R>(configuration: Configuration, self: Case<R>): Case<R> => ({ ...self, configuration })

/** A theme of some cases. */
export const theme = <R>(name: string, cases: ReadonlyArray<Case<R>>): Theme<R> => ({ name, cases })

/** Registers the themes with vitest. `provide` gives every case what it needs, anew. */
export const register = <R>(
  name: string,
  themes: ReadonlyArray<Theme<R>>,
  provide: (self: Case<R>) => Effect.Effect<void, unknown, Scope.Scope>
): void => {
  describe(name, () => {
    for (const { cases, name } of themes) {
      describe(name, () => {
        for (const self of cases) it.effect(self.name, () => provide(self))
      })
    }
  })
}
