/**
 * Prints the last line of a test run, `N passed, N failed`, from the report of Vitest's JSON reporter:
 *
 *     node scripts/test-summary.ts report.json
 *
 * A file that could not be loaded counts as one failure: it holds no failed test, but tests that never ran. Ends with
 * code 1 if anything failed, and if nothing ran at all.
 */
import { readFileSync } from "node:fs"

const report: unknown = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"))

const field = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined

const list = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

let passed = 0
let failed = 0
let skipped = 0
for (const file of list(field(report, "testResults"))) {
  const statuses = list(field(file, "assertionResults")).map((test) => field(test, "status"))
  for (const status of statuses) {
    if (status === "passed") passed++
    else if (status === "failed") failed++
    else skipped++
  }
  if (field(file, "status") === "failed" && !statuses.includes("failed")) failed++
}

process.stdout.write(`${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}\n`)
if (failed > 0 || passed === 0) process.exitCode = 1
