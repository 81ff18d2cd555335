/**
 * The entry point `brinjal/dashboard`: the page that shows and controls tasks.
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
 * The error of a dashboard whose files are missing.
 *
 * @since 0.1.0
 */
export * from "./DashboardNotBuilt.ts"
