import * as TaskManagerTest from "../../src/testing/TaskManagerTest.ts"
import { databases, storeLayer } from "./databases.ts"

for (const [name, client] of databases) {
  await TaskManagerTest.suite(`TaskManager on ${name}`, storeLayer(client))
}
