/**
 * Why a simulation cannot be run to its end.
 */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"

/**
 * An option is invalid: `option` is its path (`configs.report`, `outages.0`), `reason` says what is wrong with it.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidSimulation extends Schema.TaggedError<InvalidSimulation>()("InvalidSimulation", {
  option: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `The option "${this.option}" of the simulation is wrong: ${this.reason}`
  }
}

/**
 * The simulation would take more decisions than its budget allows. It got as far as `reached`.
 *
 * @category errors
 * @since 0.1.0
 */
export class SimulationTooLong extends Schema.TaggedError<SimulationTooLong>()("SimulationTooLong", {
  budget: Schema.Int,
  reached: Schema.DateTimeUtc,
  to: Schema.DateTimeUtc
}) {
  override get message() {
    return `${this.budget} decisions brought the simulation to ${DateTime.formatIso(this.reached)} and not to ` +
      `${DateTime.formatIso(this.to)}. Simulate a shorter time or fewer recurring tasks, or raise the budget.`
  }
}
