import { PhoneNumbers } from "@clientele/enrichment"

PhoneNumbers.toE164("030 901820", "DE") // "+4930901820"
PhoneNumbers.toE164("+1 202 555 0143") // "+12025550143"
PhoneNumbers.toE164("extension 12") // null

/** For `Crm.layer`: numbers without `+` are German ones. */
export const phones = PhoneNumbers.layer({ defaultRegion: "DE" })
