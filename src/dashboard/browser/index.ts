/**
 * Registers all elements of the dashboard: `<brinjal-dashboard>`, `<task-list>`, `<recurring-list>` and
 * `<brinjal-timeline>`.
 */
export { BrinjalDashboard } from "./app/dashboard.ts"
export { RecurringList } from "./recurring/list.ts"
export { TaskList } from "./tasks/list.ts"
export { BrinjalTimeline } from "./timeline/timeline.ts"
