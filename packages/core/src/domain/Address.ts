/** Postal addresses. Parts are kept as given; a country that is recognised becomes its ISO 3166 alpha-2 code. */
import * as Schema from "effect/Schema"
import * as Personal from "./Personal.ts"
import * as Text from "./Text.ts"

const part = Personal.personal(Schema.NullOr(Text.text(255)))

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
  return countryCodes.get(spelling(country))
}

// internal

// ISO 3166-1, all that is assigned. The names come from CLDR, which also has names for codes that are withdrawn (SU, FX)
// or reserved (EU, UK).
const codes = `
  AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA
  CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA
  GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
  KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS
  MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS
  RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW
  TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
`
  .trim()
  .split(/\s+/)

const languages = ["en", "de", "fr", "es", "it", "pt", "nl"]

// Names that are in use and that CLDR has not, or no longer.
const otherNames: ReadonlyArray<readonly [string, string]> = [
  ["u.s.a.", "US"],
  ["u.s.", "US"],
  ["united states of america", "US"],
  ["uk", "GB"],
  ["u.k.", "GB"],
  ["great britain", "GB"],
  ["england", "GB"],
  ["scotland", "GB"],
  ["wales", "GB"],
  ["northern ireland", "GB"],
  ["bolivia, plurinational state of", "BO"],
  ["brunei darussalam", "BN"],
  ["burma", "MM"],
  ["congo, the democratic republic of the", "CD"],
  ["czech republic", "CZ"],
  ["dr congo", "CD"],
  ["holland", "NL"],
  ["holy see", "VA"],
  ["iran, islamic republic of", "IR"],
  ["ivory coast", "CI"],
  ["korea, republic of", "KR"],
  ["lao people's democratic republic", "LA"],
  ["macedonia", "MK"],
  ["moldova, republic of", "MD"],
  ["palestine, state of", "PS"],
  ["republic of ireland", "IE"],
  ["republic of korea", "KR"],
  ["russian federation", "RU"],
  ["swaziland", "SZ"],
  ["syrian arab republic", "SY"],
  ["taiwan, province of china", "TW"],
  ["tanzania, united republic of", "TZ"],
  ["turkey", "TR"],
  ["uae", "AE"],
  ["vatican", "VA"],
  ["venezuela, bolivarian republic of", "VE"]
]

// Built on first use: most processes never see a country that is not already a code.
let countryCodes: ReadonlyMap<string, string> | undefined

// Codes last: the short name of one country may be the code of another ("RU" in Spanish, for the United Kingdom).
const indexCountries = (): ReadonlyMap<string, string> =>
  new Map([...languages.flatMap(namesIn), ...otherNames, ...codes.map((code) => [spelling(code), code] as const)])

const namesIn = (language: string): ReadonlyArray<readonly [string, string]> =>
  (["long", "short"] as const).flatMap((style) => {
    const names = new Intl.DisplayNames([language], { type: "region", fallback: "none", style })
    return codes.map((code) => [spelling(names.of(code) ?? code), code] as const)
  })

const spelling = (country: string): string => Text.fold(country).replace(/^the /, "").replaceAll("&", "and")
