/**
 * All themes of the store's suite, registered with vitest.
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type { TaskStore } from "../../TaskStore.ts"
import * as suite from "../internal/suite.ts"
import * as answers from "./answers.ts"
import * as backlog from "./backlog.ts"
import * as configs from "./configs.ts"
import * as eagerStart from "./eagerStart.ts"
import * as limits from "./limits.ts"
import * as outcomes from "./outcomes.ts"
import * as ownership from "./ownership.ts"
import * as pages from "./pages.ts"
import * as parking from "./parking.ts"
import * as pausing from "./pausing.ts"
import * as reservations from "./reservations.ts"
import * as retention from "./retention.ts"
import * as sharing from "./sharing.ts"
import * as sleeping from "./sleeping.ts"
import * as tasks from "./tasks.ts"

const themes: ReadonlyArray<suite.Theme<TaskStore>> = [
  tasks,
  pages,
  ownership,
  limits,
  reservations,
  sharing,
  sleeping,
  parking,
  backlog,
  pausing,
  configs,
  outcomes,
  eagerStart,
  retention,
  answers
].flatMap(Object.values)

/** Registers the suite over a layer. */
export const register = <E>(name: string, layer: Layer.Layer<TaskStore, E>): void =>
  suite.register(name, themes, ({ program }) => Effect.provide(program, layer))
