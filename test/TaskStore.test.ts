import { TaskStore } from "brinjal"
import { TaskStoreTest } from "brinjal/testing"

await TaskStoreTest.suite("TaskStore in memory", TaskStore.layerMemory)
