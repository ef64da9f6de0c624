/** Postal addresses. Parts are kept as given; a country that is recognised becomes its ISO 3166 alpha-2 code. */
import * as Schema from "effect/Schema"
import * as Text from "./Text.ts"

const part = Schema.NullOr(Text.text(255))

export const Address = Schema.Struct({ street: part, city: part, state: part, zip: part, country: part })
export interface Address extends Schema.Schema.Type<typeof Address> {}

/** Changes to an address, merged part by part; null clears a part. */
export const AddressPatch = Schema.Struct({
  street: Schema.optionalKey(part),
  city: Schema.optionalKey(part),
  state: Schema.optionalKey(part),
  zip: Schema.optionalKey(part),
  country: Schema.optionalKey(part)
})
export interface AddressPatch extends Schema.Schema.Type<typeof AddressPatch> {}

export const empty: Address = { street: null, city: null, state: null, zip: null, country: null }

/** Merges a patch into an address; a null patch clears every part. */
export const patch = (address: Address, changes: AddressPatch | null | undefined): Address => {
  if (changes === undefined) return address
  if (changes === null) return empty
  const take = (name: keyof Address) => {
    const value = changes[name]
    return value === undefined ? address[name] : Text.trimToNull(value) === null ? null : value
  }
  const country = take("country")
  return {
    street: take("street"),
    city: take("city"),
    state: take("state"),
    zip: take("zip"),
    country: country === null ? null : (countryCode(country) ?? country)
  }
}

/**
 * The ISO 3166 alpha-2 code of a country given by code or by its name in one of several languages.
 *
 * @example
 * ```ts
 * import { Address } from "@clientele/core"
 *
 * Address.countryCode("Deutschland") // "DE"
 * Address.countryCode("Narnia") // undefined
 * ```
 */
export const countryCode = (country: string): string | undefined => {
  countryCodes ??= indexCountries()
  return countryCodes.get(Text.fold(country))
}

// internal

const languages = ["en", "de", "fr", "es", "it", "pt", "nl"]

const spokenNames: ReadonlyArray<readonly [string, string]> = [
  ["usa", "US"], ["u.s.a.", "US"], ["u.s.", "US"], ["united states of america", "US"], ["uk", "GB"],
  ["great britain", "GB"], ["england", "GB"], ["scotland", "GB"], ["wales", "GB"], ["holland", "NL"]
]

// Built on first use: most processes never see a country that is not already a code.
let countryCodes: ReadonlyMap<string, string> | undefined

const indexCountries = (): ReadonlyMap<string, string> => {
  const codes = new Map<string, string>(spokenNames)
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
  for (const language of languages) {
    const names = new Intl.DisplayNames([language], { type: "region", fallback: "none" })
    for (const first of letters) {
      for (const second of letters) {
        const code = first + second
        const name = notCountries.has(code) ? undefined : names.of(code)
        if (name === undefined) continue
        codes.set(Text.fold(name), code)
        codes.set(code.toLowerCase(), code)
      }
    }
  }
  return codes
}

// Codes that CLDR names but ISO 3166-1 does not assign: unions, exceptional reservations, private use.
const notCountries = new Set(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UK", "UN", "XA", "XB", "XK", "ZZ"])
