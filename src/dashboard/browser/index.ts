/**
 * Every element of the dashboard, ready to be used: `<brinjal-dashboard>`, `<task-list>`, `<recurring-list>` and
 * `<brinjal-timeline>`.
 */
export { BrinjalDashboard } from "./app/dashboard.ts"
export { RecurringList } from "./recurring/list.ts"
export { TaskList } from "./tasks/list.ts"
export { BrinjalTimeline } from "./timeline/timeline.ts"
