import * as TaskStoreTest from "../../src/testing/TaskStoreTest.ts"
import { databases, storeLayer } from "./databases.ts"

for (const [name, client] of databases) await TaskStoreTest.suite(`TaskStoreSql on ${name}`, storeLayer(client))
