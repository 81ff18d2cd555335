/**
 * Says at the end of a run what it did not test, and how to test it.
 */
export const teardown = (): void => {
  if (process.env.BRINJAL_TEST_POSTGRES_URL !== undefined) return
  process.stdout.write(
    "\nLeft out: the tests of the SQL store on Postgres. They run when BRINJAL_TEST_POSTGRES_URL names a database, " +
      "such as postgres://postgres@127.0.0.1:5432/test; each test uses a schema of its own and drops it.\n"
  )
}
