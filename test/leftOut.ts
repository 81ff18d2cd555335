/**
 * Says at the end of a run what it did not test, and how to test it.
 */
import * as Fs from "node:fs"

export const teardown = (): void => {
  if (!Fs.existsSync(process.env.BRINJAL_TEST_CHROMIUM ?? "/usr/bin/chromium")) {
    process.stdout.write(
      "\nLeft out: the tests of the dashboard in a browser. They run when there is a /usr/bin/chromium (on Debian: " +
        "apt-get install chromium), or when BRINJAL_TEST_CHROMIUM names one.\n"
    )
  }
  if (process.env.BRINJAL_TEST_POSTGRES_URL !== undefined) return
  process.stdout.write(
    "\nLeft out: the tests of the SQL store and of many processes on Postgres. They run when BRINJAL_TEST_POSTGRES_URL names a database, " +
      "such as postgres://postgres@127.0.0.1:5432/test; each test uses a schema of its own and drops it.\n"
  )
}
