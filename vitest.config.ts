import { defineConfig } from "vitest/config"

/** `source` first: the tests import `brinjal` by its name and get `src`, with no build. */
const conditions = ["source", "module", "node"]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/leftOut.ts"],
    execArgv: ["--expose-gc"],
    testTimeout: 60_000,
    // many tests wait for other processes, so that one at a time would leave the machine idle
    maxWorkers: 2
  }
})
