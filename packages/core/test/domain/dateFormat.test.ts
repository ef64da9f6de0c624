import { DateFormat, Time } from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"

const read = (format: string, text: string) =>
  Option.getOrNull(Option.flatMap(DateFormat.make(format), (reader) => reader(text)))

describe("a format of dates", () => {
  it.each([
    ["M/D/YYYY", "1/2/2026", "2026-01-02"],
    ["M/D/YYYY", " 01/02/2026 ", "2026-01-02"],
    ["DD.MM.YYYY", "29.02.2024", "2024-02-29"],
    ["YYYYMMDD", "20260102", "2026-01-02"],
    ["YYYY-MM-DD HH:mm", "2026-01-02 23:59", "2026-01-02T23:59:00Z"],
    ["M/D/YYYY h:mm A", "1/2/2026 12:05 am", "2026-01-02T00:05:00Z"],
    ["M/D/YYYY h:mm A", "1/2/2026 12:05 PM", "2026-01-02T12:05:00Z"],
    ["D.M.YYYY H:mm:ss", "1.2.2026 7:08:09", "2026-02-01T07:08:09Z"],
    ["YYYY年M月D日", "2026年1月2日", "2026-01-02"]
  ])("%j reads %j", (format, text, iso) => {
    assert.strictEqual(read(format, text), iso)
  })

  it.each([
    ["M/D/YYYY", "13/1/2026"],
    ["M/D/YYYY", "2/29/2026"],
    ["M/D/YYYY", "1-2-2026"],
    ["M/D/YYYY", "1/2/26"],
    ["M/D/YYYY", "1/2/2026 10:00"],
    ["M/D/YYYY", ""],
    ["YYYY-MM-DD HH:mm", "2026-01-02 24:01"],
    ["YYYY.MM.DD", "2026x01x02"]
  ])("%j does not read %j", (format, text) => {
    assert.isNull(read(format, text))
  })

  it("says year, month and day, each once", () => {
    for (const format of ["", "M/D", "YYYY", "M/D/YYYY M", "YYYY-YYYY-MM-DD", "yyyy-mm-dd"]) {
      assert.isTrue(Option.isNone(DateFormat.make(format)), format)
    }
  })

  it("reads every day that it writes, and nothing but instants", () => {
    const days = fc.date({ min: new Date("1000-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
    fc.assert(
      fc.property(days, fc.string(), (day, text) => {
        const [year = "", month = "", date = ""] = day.toISOString().slice(0, 10).split("-")
        assert.strictEqual(read("D/M/YYYY", `${Number(date)}/${Number(month)}/${year}`), `${year}-${month}-${date}`)
        const found = read("YYYY MM DD", text)
        assert.isTrue(found === null || Schema.is(Time.InstantText)(found))
      })
    )
  })
})
