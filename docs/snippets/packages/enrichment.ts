import { EmailDomain, HttpProvider, PhoneNumbers, Providers } from "@clientele/enrichment"
import * as Layer from "effect/Layer"
import { FetchHttpClient } from "effect/http"

PhoneNumbers.toE164("030 901820", "DE") // "+4930901820"
PhoneNumbers.toE164("+1 202 555 0143") // "+12025550143"
PhoneNumbers.toE164("extension 12") // null

/** For `Crm.layer`: numbers without `+` are German ones. */
export const phones = PhoneNumbers.layer({ defaultRegion: "DE" })

EmailDomain.companyDomain("jane@sales.acme.co.uk") // "acme.co.uk"

/** For `Crm.layer`, too: who is asked what is known of contacts. */
export const providers = Providers.layer(
  HttpProvider.make({
    name: "directory",
    url: "https://api.example.com/people?email={email}",
    mapping: { "company.name": "organization.name", "company.employees": "organization.employees" }
  })
).pipe(Layer.provide(FetchHttpClient.layer))
