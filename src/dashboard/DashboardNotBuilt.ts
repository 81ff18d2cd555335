/**
 * The error of a dashboard whose files are missing.
 */
import * as Schema from "effect/Schema"

/**
 * The files of the dashboard are missing. The package always contains them, but a bundle does not: leave `brinjal` and
 * `effect` out of it. In a checkout, `npm run build:dashboard` makes them.
 *
 * @category errors
 * @since 0.1.0
 */
export class DashboardNotBuilt extends Schema.TaggedError<DashboardNotBuilt>()("DashboardNotBuilt", {
  folder: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `The files of the dashboard are not in ${this.folder}. They are in the package, but in no bundle: leave ` +
      "both brinjal and effect out of yours (esbuild --packages=external). " +
      `In a checkout, make them with "npm run build:dashboard".`
  }
}
