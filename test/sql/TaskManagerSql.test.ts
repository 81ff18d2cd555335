import * as TaskManagerTest from "../../src/testing/TaskManagerTest.ts"
import { databases, storeLayer } from "./databases.ts"

/**
 * A manager asks a durable store twice in every ten seconds, which are a week of virtual time in some tests: that takes
 * minutes where every question goes through a socket or a file.
 */
const all = process.env.BRINJAL_TEST_EVERYWHERE !== undefined

for (const [name, client] of all ? databases : databases.slice(0, 1)) {
  await TaskManagerTest.suite(`TaskManager on ${name}`, storeLayer(client))
}
