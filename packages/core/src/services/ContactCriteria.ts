/** What the filters of a list of contacts, or of an export, ask of a contact. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { StorageError } from "../domain/Errors.ts"
import type { ContactFilter } from "../domain/Query.ts"
import type { Criteria } from "../ports/ContactStore.ts"
import type { CurrentActor } from "../ports/CurrentActor.ts"
import type { Segments } from "./Segments.ts"

/** A segment and a tag are both conditions; a segment's name that is a tag is one more. */
export const criteriaOf = (
  segments: Segments["Service"]
): ((filter: ContactFilter) => Effect.Effect<Criteria, StorageError, CurrentActor>) =>
  Effect.fnUntraced(function* ({ segment, ...filter }: ContactFilter) {
    if (segment === undefined) return filter
    const named = yield* segments.criteria(segment)
    if (named.tag === undefined || filter.tag === undefined) return { ...filter, ...named }
    const tagged = { field: "tags", operator: "eq", value: named.tag } as const
    return { ...filter, segment: { predicate: tagged, moment: { now: yield* DateTime.now } } }
  })
