import * as TaskStoreTest from "../../src/testing/TaskStoreTest.ts"
import { stores } from "./stores.ts"

for (const [name, store] of stores) await TaskStoreTest.suite(`TaskStoreSql on ${name}`, store)
