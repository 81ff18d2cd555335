/**
 * The defaults of the flags.
 */

/** The port that `serve` listens at. */
export const defaultPort = 8000

/** The path of the API on that server. */
export const defaultPrefix = "/api/tasks"

/** Where other commands look for the API. */
export const defaultUrl = `http://127.0.0.1:${defaultPort}${defaultPrefix}`

/** Where tasks are kept. */
export const defaultStore = "sqlite:./brinjal.db"

/** What the names of tables begin with. */
export const defaultTablePrefix = "brinjal_"
