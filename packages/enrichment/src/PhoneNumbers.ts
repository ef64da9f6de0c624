/**
 * Phone numbers by libphonenumber's metadata: as typed in a region, or with `+` from anywhere, to E.164. A number that
 * cannot be dialled as written (too short, too long, letters) has no E.164 form and is kept as typed by its owner.
 */
import { PhoneNormalizer } from "@clientele/core/ports/PhoneNormalizer"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/min"
import type { CountryCode } from "libphonenumber-js/min"

/** A region of libphonenumber: an ISO 3166 alpha-2 code such as `US`. */
export const Region = Schema.String.check(
  Schema.makeFilter((region: string) =>
    isSupportedCountry(region) ? undefined : "Expected the ISO 3166 alpha-2 code of a country with telephones"
  )
).pipe(Schema.refine((region): region is CountryCode => isSupportedCountry(region)))
export type Region = CountryCode

/**
 * Reads numbers without `+` as dialled inside `defaultRegion`; without one only numbers with `+` are understood.
 *
 * @example
 * ```ts
 * import { PhoneNumbers } from "@clientele/enrichment"
 *
 * PhoneNumbers.toE164("030 901820", "DE") // "+4930901820"
 * PhoneNumbers.toE164("+1 202 555 0143") // "+12025550143"
 * PhoneNumbers.toE164("extension 12") // null
 * ```
 */
export const toE164 = (phone: string, defaultRegion?: Region): string | null => {
  const number = parsePhoneNumberFromString(phone, {
    ...(defaultRegion && { defaultCountry: defaultRegion }),
    extract: false
  })
  return number?.isPossible() === true ? number.number : null
}

export const layer = (options?: { readonly defaultRegion?: Region | undefined }): Layer.Layer<PhoneNormalizer> =>
  Layer.succeed(PhoneNormalizer, PhoneNormalizer.of({ toE164: (phone) => toE164(phone, options?.defaultRegion) }))
