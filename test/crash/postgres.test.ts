import * as databases from "./databases.ts"
import { suite } from "./suite.ts"

const url = process.env.BRINJAL_TEST_POSTGRES_URL

suite("Postgres", databases.postgres(url ?? ""), url !== undefined)
