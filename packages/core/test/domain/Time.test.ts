import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { Instant } from "../../src/domain/Time.ts"
import { issuesIn } from "../support.ts"

const decode = Schema.decodeUnknownSync(Instant)

describe("Instant", () => {
  it("reads what it writes", () => {
    const date = fc.date({
      min: new Date("0001-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59Z"),
      noInvalidDate: true
    })
    fc.assert(
      fc.property(date, (date) => {
        const text = date.toISOString()
        assert.strictEqual(DateTime.toEpochMillis(decode(text)), date.getTime())
        assert.strictEqual(Schema.encodeSync(Instant)(decode(text)), text)
      })
    )
  })

  const examples: ReadonlyArray<readonly [string, string]> = [
    ["2026-01-24", "2026-01-24T00:00:00.000Z"],
    ["2026-01-24T15:00", "2026-01-24T15:00:00.000Z"],
    ["2026-01-24 15:00:30", "2026-01-24T15:00:30.000Z"],
    ["2026-01-24T15:00:00Z", "2026-01-24T15:00:00.000Z"],
    ["2026-01-24T15:00:00.25Z", "2026-01-24T15:00:00.250Z"],
    ["2026-01-24T15:00:00.123456789Z", "2026-01-24T15:00:00.123Z"],
    ["2026-01-24T15:00:00+02:00", "2026-01-24T13:00:00.000Z"],
    ["2026-01-24T23:30:00-0130", "2026-01-25T01:00:00.000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000Z"]
  ]
  it.each(examples)("reads %s as %s", (text, instant) => {
    assert.strictEqual(DateTime.formatIso(decode(text)), instant)
  })

  const refused = [
    "",
    " ",
    "5",
    "2026",
    "2026-01",
    "2026-1-24",
    "01/24/2026",
    "24.01.2026",
    "Jan 24, 2026",
    "yesterday",
    "2026-13-01",
    "2026-02-30",
    "2023-02-29",
    "2026-01-24T25:00",
    "2026-01-24T15:60",
    "2026-01-24T15",
    "1769266800000",
    "+2026-01-24"
  ]
  it.each(refused)("refuses %j, at its path", (text) => {
    const expected = "Expected a time in ISO 8601, such as 2026-01-24T15:00:00Z"
    const created = Schema.Struct({ createdAt: Instant }).pipe(Schema.encodeKeys({ createdAt: "created_at" }))
    assert.deepStrictEqual(issuesIn(created)({ created_at: text }), [{ path: "created_at", message: expected }])
  })
})
