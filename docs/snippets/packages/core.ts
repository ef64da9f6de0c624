import { Contacts, Email, Search } from "@clientele/core"
import { Effect } from "effect"

Email.key(" Jane.Doe@Example.COM ") // "jane.doe@example.com"
Search.needles("Müller jo") // ["muller", "  jo"]: a part of any word, the beginning of one

export const referrals = Effect.gen(function* () {
  const contacts = yield* Contacts
  yield* contacts.create({ name: "Jane Doe", email: "jane@example.com", source: "referral" })
  return yield* contacts.list({ source: "referral", limit: 10 })
})
