/**
 * `brinjal lint`: finds what may be wrong with recurring tasks before they run.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Lint from "../../../Lint.ts"
import type { Warning } from "../../../LintWarning.ts"
import { fail } from "../failure.ts"
import * as format from "../format.ts"
import { json } from "../json.ts"
import { Screen } from "../Screen.ts"
import * as subject from "../subject.ts"
import type { Tone } from "../table.ts"
import type { When } from "../when.ts"

/** The flags and arguments. */
export interface Input extends When {
  readonly subject: string
  readonly strict: boolean
  readonly json: boolean
}

/** Whether something never runs, which nobody can mean. */
const isSerious = ({ _tag }: Warning): boolean => _tag === "Invalid" || _tag === "NeverFires" || _tag === "EndInThePast"

const toJson = (warning: Warning) => ({
  warning: warning._tag,
  message: warning.message,
  ...json(warning) as object
})

const toneOf = (warning: Warning): Tone => isSerious(warning) ? "bad" : "warning"

/** Prints the warnings, and fails if one is serious, or strictness is asked for. */
export const lint = Effect.fnUntraced(function*(input: Input) {
  const screen = yield* Screen
  const configs = yield* subject.read(input.subject, input)
  const warnings = yield* Lint.lint(configs, { now: yield* DateTime.now })
  if (input.json) yield* screen.json(warnings.map(toJson))
  else yield* Effect.forEach(warnings, (one) => screen.print(screen.paint(Lint.format([one]), toneOf(one))))
  if (warnings.length === 0) {
    return yield* screen.hint(`Nothing to warn of in ${format.count(configs.length, "schedule")}.`)
  }
  if (input.strict || warnings.some(isSerious)) return yield* fail(`${format.count(warnings.length, "warning")}.`)
})
