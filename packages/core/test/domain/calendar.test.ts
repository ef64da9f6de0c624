import { Calendar } from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as fc from "fast-check"

const zoneNames = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/Sao_Paulo",
  "America/Havana",
  "Africa/Cairo",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Pacific/Kiritimati"
]
const zone = fc.constantFrom(...zoneNames).map((name) => DateTime.zoneMakeNamedUnsafe(name))
const day = fc.integer({ min: 0, max: 9_000 }).map((days) => Calendar.addDays("2005-01-01", days))
const millis = (instant: DateTime.Utc): number => DateTime.toEpochMillis(instant)

describe("Calendar", () => {
  it("begins a day where the one before ends", () => {
    const property = fc.property(day, zone, (day, zone) => {
      const start = Calendar.startOf(day, zone)
      assert.isTrue(Calendar.dayOf(DateTime.subtract(start, { milliseconds: 1 }), zone) < day)
      // Samoa had no December 30 in 2011: it is over as it begins.
      assert.isTrue(Calendar.dayOf(start, zone) === day || day === "2011-12-30")
    })
    fc.assert(property, { numRuns: 2_000 })
  })

  it("has every instant in the day that it is in a zone", () => {
    fc.assert(
      fc.property(day, fc.integer({ min: 0, max: 86_399_999 }), zone, (day, millisecond, zone) => {
        const instant = DateTime.add(DateTime.makeUnsafe(`${day}T00:00:00Z`), { milliseconds: millisecond })
        const today = Calendar.dayOf(instant, zone)
        const span = Calendar.instantsOf({ from: today, until: Calendar.addDays(today, 1) }, zone)
        assert.isTrue(Calendar.hasInstant(span, instant))
      }),
      { numRuns: 2_000 }
    )
  })

  it.each([
    ["Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00.000Z", 23],
    ["Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00.000Z", 25],
    ["America/New_York", "2026-03-08", "2026-03-08T05:00:00.000Z", 23],
    ["Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00.000Z", 23.5],
    ["Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15:00.000Z", 24],
    // Clocks go from 23:59 to 01:00, and from 01:00 back to 00:00: the day begins once, at the first of the two.
    ["Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00.000Z", 23],
    ["America/Havana", "2025-11-02", "2025-11-02T04:00:00.000Z", 25]
  ])("knows when in %s the day %s begins, and how long it is", (name, day, start, hours) => {
    const zone = DateTime.zoneMakeNamedUnsafe(name)
    assert.strictEqual(DateTime.formatIso(Calendar.startOf(day, zone)), start)
    const end = Calendar.startOf(Calendar.addDays(day, 1), zone)
    assert.strictEqual((millis(end) - millis(Calendar.startOf(day, zone))) / 3_600_000, hours)
  })

  it("counts days across months and leap years", () => {
    assert.strictEqual(Calendar.addDays("2028-02-28", 1), "2028-02-29")
    assert.strictEqual(Calendar.addDays("2026-02-28", 1), "2026-03-01")
    assert.strictEqual(Calendar.addDays("2026-01-01", -1), "2025-12-31")
    fc.assert(
      fc.property(day, fc.integer({ min: -500, max: 500 }), (day, days) => {
        assert.strictEqual(Calendar.addDays(Calendar.addDays(day, days), -days), day)
      })
    )
  })

  it("knows months and quarters", () => {
    assert.deepStrictEqual(Calendar.monthsOf("2026-01-31"), { from: "2026-01-01", until: "2026-02-01" })
    assert.deepStrictEqual(Calendar.monthsOf("2026-01-31", 1), { from: "2026-02-01", until: "2026-03-01" })
    assert.deepStrictEqual(Calendar.monthsOf("2026-12-31", 1), { from: "2027-01-01", until: "2027-02-01" })
    assert.deepStrictEqual(Calendar.quarterOf("2026-12-31"), { from: "2026-10-01", until: "2027-01-01" })
    assert.deepStrictEqual(Calendar.quarterOf("2026-02-28"), { from: "2026-01-01", until: "2026-04-01" })
  })

  it("puts every day in its month, and its month in its quarter", () => {
    fc.assert(
      fc.property(day, (day) => {
        const [month, next, quarter] = [Calendar.monthsOf(day), Calendar.monthsOf(day, 1), Calendar.quarterOf(day)]
        assert.isTrue(Calendar.hasDay(month, day) && Calendar.hasDay(quarter, day) && !Calendar.hasDay(next, day))
        assert.strictEqual(month.until, next.from)
        assert.isTrue((quarter.from ?? "") <= (month.from ?? "") && (month.until ?? "") <= (quarter.until ?? ""))
      })
    )
  })

  it("has no bound where none is given", () => {
    const zone = DateTime.zoneMakeOffset(0)
    const open = { from: null, until: null }
    assert.isTrue(Calendar.hasDay(open, "2026-01-01"))
    assert.isTrue(Calendar.hasInstant(Calendar.instantsOf(open, zone), DateTime.makeUnsafe(0)))
  })
})
