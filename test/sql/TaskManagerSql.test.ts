import * as TaskManagerTest from "../../src/testing/TaskManagerTest.ts"
import { stores } from "./stores.ts"

for (const [name, store] of stores) {
  await TaskManagerTest.suite(`TaskManager on ${name}`, store)
}
