import { assert, describe, it } from "@effect/vitest"
import type { Entry } from "../../src/internal/memory/state.ts"
import { TaskIndex } from "../../src/internal/memory/taskIndex.ts"
import { task } from "../../src/testing/store/records.ts"

const entry = (taskId: string): Entry => ({
  taskId,
  task: task(taskId),
  pool: { holders: 0 },
  outcome: undefined,
  config: undefined,
  place: 0
})

const ids = (index: TaskIndex) => Array.from(index.values(), ({ task }) => task.taskId)

describe("TaskIndex", () => {
  it("finds what is there, in the order of its arrival, whenever somebody looks", () => {
    for (const pause of [1, 10, 1_000, 100_000]) {
      const self = new TaskIndex()
      const expected = new Map<string, Entry>()
      for (let i = 0; i < 20_000; i++) {
        const added = entry(`${i}`)
        self.add(added)
        expected.set(`${i}`, added)
        const gone = expected.get(`${i - 1 - (i % 7) * 11}`)
        if (gone !== undefined) {
          self.remove(gone)
          expected.delete(gone.task.taskId)
        }
        assert.strictEqual(self.get(`${i}`), added)
        if (i % pause === 0) assert.strictEqual(self.get(`${i - 50}`), expected.get(`${i - 50}`))
      }
      assert.deepStrictEqual(ids(self), [...expected.keys()])
      assert.strictEqual(self.get("19990"), expected.get("19990"))
    }
  })

  it("does not find the newest one once that is gone, and removes it once", () => {
    const self = new TaskIndex()
    const [first, second] = [entry("1"), entry("2")]
    self.add(first)
    self.add(second)
    self.remove(second)
    self.remove(second)
    assert.isUndefined(self.get("2"))
    assert.deepStrictEqual(ids(self), ["1"])
  })
})
