import { assert, describe, it } from "@effect/vitest"
import { Address } from "@clientele/core"
import { Generators } from "@clientele/testing"
import * as fc from "fast-check"

const stored = Generators.address.map((address) => Address.patch(Address.empty, address))
const parts = ["street", "city", "state", "zip", "country"] as const

describe("Address.patch", () => {
  it("changes exactly the parts that are given", () => {
    fc.assert(
      fc.property(stored, Generators.addressPatch, (address, patch) => {
        const patched = Address.patch(address, patch)
        for (const part of parts) {
          const given = patch[part]
          const taken = (given ?? "").trim() === "" ? null : given
          const known = part === "country" ? Address.countryCode(taken ?? "") : undefined
          assert.strictEqual(patched[part], given === undefined ? address[part] : (known ?? taken))
        }
      })
    )
  })

  it("does nothing a second time, or with the address itself", () => {
    fc.assert(
      fc.property(stored, Generators.addressPatch, (address, patch) => {
        const patched = Address.patch(address, patch)
        assert.deepStrictEqual(Address.patch(patched, patch), patched)
        assert.deepStrictEqual(Address.patch(address, address), address)
        assert.deepStrictEqual(Address.patch(address, undefined), address)
      })
    )
  })

  it("clears everything by null", () => {
    fc.assert(fc.property(stored, (address) => assert.deepStrictEqual(Address.patch(address, null), Address.empty)))
  })

  it("brings a country that it knows to its code and keeps any other as given", () => {
    assert.strictEqual(Address.patch(Address.empty, { country: " deutschland " }).country, "DE")
    assert.strictEqual(Address.patch(Address.empty, { country: "Narnia" }).country, "Narnia")
  })
})

describe("Address.countryCode", () => {
  it("knows the codes that ISO 3166 assigns, in either case, and no others", () => {
    const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    const codes = letters.flatMap((first) => letters.map((second) => first + second))
    const known = codes.filter((code) => Address.countryCode(code) === code)
    assert.lengthOf(known, 249)
    for (const code of known) assert.strictEqual(Address.countryCode(` ${code.toLowerCase()} `), code)
    // Withdrawn, reserved, private.
    for (const code of ["SU", "DD", "YU", "AN", "FX", "EU", "XK", "ZZ"]) assert.isUndefined(Address.countryCode(code))
  })

  it("knows every country by the names that CLDR gives it", () => {
    for (const language of ["en", "de", "fr", "es", "it", "pt", "nl"]) {
      const names = new Intl.DisplayNames([language], { type: "region" })
      for (const code of ["FR", "RU", "BJ", "BF", "CD", "TL", "RS", "DE", "US", "GB", "BR", "CI", "TR", "CZ", "BA"]) {
        assert.strictEqual(Address.countryCode(names.of(code) ?? ""), code)
      }
    }
  })

  const examples: ReadonlyArray<readonly [string, string]> = [
    ["Deutschland", "DE"],
    ["ALLEMAGNE", "DE"],
    ["Österreich", "AT"],
    ["Osterreich", "AT"],
    ["Schweiz", "CH"],
    ["France", "FR"],
    ["España", "ES"],
    ["Brasil", "BR"],
    ["México", "MX"],
    ["The Netherlands", "NL"],
    ["Holland", "NL"],
    ["United States", "US"],
    ["United States of America", "US"],
    ["USA", "US"],
    ["U.S.", "US"],
    ["UK", "GB"],
    ["England", "GB"],
    ["Northern Ireland", "GB"],
    ["Ireland", "IE"],
    ["Russia", "RU"],
    ["Russian Federation", "RU"],
    ["Turkey", "TR"],
    ["Türkiye", "TR"],
    ["Czech Republic", "CZ"],
    ["Czechia", "CZ"],
    ["Côte d'Ivoire", "CI"],
    ["Côte d’Ivoire", "CI"],
    ["Hong Kong", "HK"],
    ["South Korea", "KR"],
    ["Korea, Republic of", "KR"],
    ["Bosnia and Herzegovina", "BA"],
    ["Trinidad & Tobago", "TT"],
    ["Congo, The Democratic Republic of the", "CD"],
    ["Niger", "NE"],
    ["Nigeria", "NG"],
    ["ru", "RU"]
  ]
  it.each(examples)("knows %s as %s", (name, code) => {
    assert.strictEqual(Address.countryCode(name), code)
  })

  it("does not guess", () => {
    for (const name of ["", " ", "Narnia", "Korea", "Europe", "California", "constructor", "__proto__"]) {
      assert.isUndefined(Address.countryCode(name))
    }
  })
})
