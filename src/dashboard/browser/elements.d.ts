/**
 * The elements of the dashboard. Importing this module registers them.
 */

/** An element that shows a server. */
export interface ServerElement extends HTMLElement {
  /** Where `TaskApi` is mounted (default `/api/tasks`). */
  api: string | undefined
  /** `light` or `dark`; by default that of the page. */
  theme: string | undefined
  /** A bearer token, for a server that wants one. */
  set token(token: string)
}

declare global {
  interface HTMLElementTagNameMap {
    "brinjal-dashboard": ServerElement
    "brinjal-timeline": ServerElement
    "recurring-list": ServerElement
    "task-list": ServerElement
  }
}
