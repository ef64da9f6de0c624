import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.ts", "test/**/*.test.ts", "docs/snippets/**/*.test.ts"],
    globalSetup: ["test/support/postgres.ts"],
    // Processes, because some tests kill and some exhaust. At least two of them: most files wait for a database or a
    // socket for part of their time.
    pool: "forks",
    maxWorkers: Math.max(2, availableParallelism()),
    testTimeout: 15_000,
    hookTimeout: 30_000
  }
})
