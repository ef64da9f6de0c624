import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"

// No I/O and nothing that one test could leave to another: they share what they import, which takes longer than they do.
const pure = ["packages/{api,core}/test/**/*.test.ts"]

export default defineConfig({
  test: {
    globalSetup: ["test/support/postgres.ts"],
    // Processes, because some tests kill and some exhaust. At least two of them: most files wait for a database or a
    // socket for part of their time.
    pool: "forks",
    maxWorkers: Math.max(2, availableParallelism()),
    testTimeout: 15_000,
    hookTimeout: 30_000,
    projects: [
      { extends: true, test: { name: "pure", include: pure, isolate: false } },
      {
        extends: true,
        test: {
          name: "all else",
          include: [
            "packages/*/test/**/*.test.ts",
            "test/**/*.test.ts",
            "docs/snippets/**/*.test.ts",
            "examples/*/test/**/*.test.ts"
          ],
          exclude: ["**/node_modules/**", ...pure]
        }
      }
    ]
  }
})
