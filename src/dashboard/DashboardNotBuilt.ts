/**
 * The error of a dashboard whose files are not there.
 */
import * as Schema from "effect/Schema"

/**
 * The files of the dashboard are missing: in a checkout they are made by `npm run build:dashboard`; in the package they are
 * always there.
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
