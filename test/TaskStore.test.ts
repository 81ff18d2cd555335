import * as TaskStore from "../src/TaskStore.ts"
import * as TaskStoreTest from "../src/testing/TaskStoreTest.ts"

await TaskStoreTest.suite("TaskStore in memory", TaskStore.layerMemory)
