/**
 * What the numbering plans of the world tell of a phone number, by libphonenumber's full metadata: its form in E.164, the
 * country, the kind of line, and whether such a number can have been given to anybody.
 */
import type { EnrichmentProvider } from "@clientele/core/ports/EnrichmentProvider"
import * as Effect from "effect/Effect"
import { parsePhoneNumberFromString } from "libphonenumber-js/max"

/** Fills `phone_e164`, `phone_region`, `phone_type` and `phone_valid`. */
export const provider: EnrichmentProvider = {
  name: "phone_metadata",
  fields: ["phone"],
  enrich: ({ phone }) => {
    const e164 = phone?.e164 ?? null
    const number = e164 === null ? undefined : parsePhoneNumberFromString(e164)
    if (number === undefined) return Effect.succeed({ data: {}, confidence: 0 })
    return Effect.succeed({
      data: {
        phone: {
          phone_e164: number.number,
          phone_region: number.country ?? null,
          phone_type: number.getType()?.toLowerCase() ?? null,
          phone_valid: number.isValid()
        }
      },
      confidence: certain
    })
  }
}

// internal

/** Plans change, and numbers move between kinds of lines. */
const certain = 0.9
