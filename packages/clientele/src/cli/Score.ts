/** `clientele score`: the score of a contact, and why it is that. */
import { ContactId } from "@clientele/core/domain/Ids"
import { Contacts } from "@clientele/core/services/Contacts"
import { LeadScoring } from "@clientele/core/services/LeadScoring"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { Argument, Command, Flag } from "effect/cli"
import { draw } from "./ScoreChart.ts"
import { inTenant, tenant } from "./Tenant.ts"

export const score = Command.make(
  "score",
  {
    contact: Argument.String("contact").pipe(
      Argument.withDescription("The id of the contact"),
      Argument.withSchema(ContactId)
    ),
    explain: Flag.Boolean("explain").pipe(
      Flag.withDescription("Also print what gave or took points, and why"),
      Flag.withDefault(false)
    ),
    tenant
  },
  ({ contact, explain, tenant }) =>
    inTenant(
      tenant,
      Effect.gen(function* () {
        const scoring = yield* LeadScoring
        const contacts = yield* Contacts
        const { name } = yield* contacts.get(contact)
        yield* Console.log(draw(yield* scoring.score(contact), name, explain))
      })
    )
).pipe(Command.withDescription("Show the score of a contact."))
