import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

/** `source` first: the tests import `brinjal` by its name and get `src`, with no build. */
const conditions = ["source", "module", "node"]

/** What takes minutes, but has small files: in a fresh clone, where nothing is measured yet, the largest come first. */
const long = ["test/sql/TaskManagerSql.test.ts", "test/crash/"]

const isLong = ({ moduleId }: TestSpecification): boolean => long.some((part) => moduleId.includes(part))

/** Starts with what takes long, so that no worker is left alone with it at the end. */
class LongFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => Number(isLong(b)) - Number(isLong(a)))
  }
}

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/leftOut.ts"],
    execArgv: ["--expose-gc"],
    sequence: { sequencer: LongFirst },
    testTimeout: 60_000,
    // many tests wait for other processes, so that one at a time would leave the machine idle
    maxWorkers: 2
  }
})
