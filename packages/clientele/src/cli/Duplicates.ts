/** `clientele duplicates`: contacts that are probably one person, with the grounds for it. */
import { type DuplicateGroup, SuggestedBand } from "@clientele/core/domain/Duplicates"
import type { ContactId } from "@clientele/core/domain/Ids"
import { Contacts } from "@clientele/core/services/Contacts"
import { DuplicateSuggestions } from "@clientele/core/services/DuplicateSuggestions"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { Command, Flag } from "effect/cli"
import { inTenant, tenant } from "./Tenant.ts"
import { lines } from "./Text.ts"

export const duplicates = Command.make(
  "duplicates",
  {
    minBand: Flag.Literals("min-band", SuggestedBand.literals).pipe(
      Flag.withDescription("How sure a suggestion must be"),
      Flag.withDefault("likely")
    ),
    limit: Flag.Int("limit").pipe(Flag.withDescription("How many groups, at most 100"), Flag.withDefault(20)),
    tenant
  },
  ({ limit, minBand, tenant }) =>
    inTenant(
      tenant,
      Effect.gen(function* () {
        const suggestions = yield* DuplicateSuggestions
        const { data, pagination } = yield* suggestions.list({ minBand, limit })
        for (const group of data) yield* Console.log(describe(group, yield* namesOf(group)))
        yield* Console.log(data.length === 0 ? "No suggestions" : more(pagination.nextCursor))
      })
    )
).pipe(Command.withDescription("List contacts that are probably one person. Nothing is merged."))

// internal

const more = (nextCursor: string | null) => (nextCursor === null ? "These are all" : "There are more: see --limit")

const namesOf = Effect.fnUntraced(function* ({ contacts: ids }: DuplicateGroup) {
  const contacts = yield* Contacts
  const found = yield* Effect.forEach(ids, (id) => contacts.get(id))
  return new Map(found.map(({ id, name }) => [id, name]))
})

/** Its pairs, the likeliest first, each with its evidence, the weightiest first. */
const describe = ({ pairs }: DuplicateGroup, names: ReadonlyMap<ContactId, string>): string => {
  const label = (id: ContactId) => `${names.get(id) ?? "?"} (${id})`
  return lines(
    pairs.flatMap(({ a, b, band, evidence, probability }) => [
      `${(probability * 100).toFixed(1)} % ${band}: ${label(a)} and ${label(b)}`,
      ...evidence
        .filter(({ weight }) => weight !== 0)
        .toSorted((one, other) => other.weight - one.weight)
        .map(({ field, weight }) => `  ${weight > 0 ? "for" : "against"} ${field} (${weight})`),
      ""
    ])
  )
}
