/**
 * The error of a dashboard whose files are missing.
 */
import * as Schema from "effect/Schema"

/**
 * The files of the dashboard are missing. In a checkout, `npm run build:dashboard` makes them; the package always
 * contains them.
 *
 * @category errors
 * @since 0.1.0
 */
export class DashboardNotBuilt extends Schema.TaggedError<DashboardNotBuilt>()("DashboardNotBuilt", {
  folder: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `The files of the dashboard are not in ${this.folder}. In a checkout, make them with "npm run build:dashboard".`
  }
}
