/**
 * `brinjal/dashboard`: the page on which one sees and steers tasks.
 *
 * @since 0.1.0
 */

/**
 * The dashboard as a layer.
 *
 * @since 0.1.0
 */
export * as Dashboard from "./Dashboard.ts"

/**
 * The error of a dashboard whose files are not there.
 *
 * @since 0.1.0
 */
export * from "./DashboardNotBuilt.ts"
