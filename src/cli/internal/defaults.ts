/**
 * What holds where nothing is said.
 */

/** Where `serve` listens. */
export const defaultPort = 8000

/** Where the API is under that. */
export const defaultPrefix = "/api/tasks"

/** Where the other commands look for a server. */
export const defaultUrl = `http://127.0.0.1:${defaultPort}${defaultPrefix}`

/** Where tasks are kept. */
export const defaultStore = "sqlite:./brinjal.db"
