/**
 * The elements of the dashboard. Importing this module registers them.
 */

/** An element that shows a server: `api` says where its API is. */
export interface ServerElement extends HTMLElement {
  /** Where `TaskApi` is mounted: `/api/tasks` unless told. */
  api: string | undefined
  /** `light` or `dark`; else as the page. */
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
