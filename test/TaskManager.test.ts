import * as TaskStore from "../src/TaskStore.ts"
import * as TaskManagerTest from "../src/testing/TaskManagerTest.ts"

await TaskManagerTest.suite("TaskManager in memory", TaskStore.layerMemory)
