import { describe } from "@effect/vitest"
import * as databases from "./databases.ts"
import { suite } from "./suite.ts"

const url = process.env.BRINJAL_TEST_POSTGRES_URL

if (url === undefined) describe.skip("a program that is killed, on Postgres")
else suite("Postgres", databases.postgres(url))
