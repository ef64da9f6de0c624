/** Contacts and comparisons for the tests of duplicate suggestions. */
import { contactId, type ContactRecord } from "@clientele/core"
import * as Duplicates from "@clientele/core/domain/Duplicates"
import { create } from "../../support.ts"

type Draft = Parameters<typeof create>[0]

export const fieldsOf = (draft: Draft): ContactRecord.ContactFields => create(draft).fields

export const profileOf = (id: string, draft: Draft): Duplicates.Profile =>
  Duplicates.profile(contactId(id), fieldsOf(draft))

export const compareDrafts = (a: Draft, b: Draft): Duplicates.Comparison =>
  Duplicates.compare(profileOf("1", a), profileOf("2", b))

/** The weight of a field in a comparison; undefined when the field is no evidence. */
export const weightOf = (comparison: Duplicates.Comparison, field: string): number | undefined =>
  comparison.evidence.find((evidence) => evidence.field === field)?.weight

/** A pair as `group` takes it, of a given probability. */
export const pairOf = (a: string, b: string, probability: number): Duplicates.DuplicatePair => {
  const [first, second] = [contactId(a), contactId(b)].sort()
  return {
    a: first ?? contactId(a),
    b: second ?? contactId(b),
    probability,
    band: Duplicates.bandOf(probability),
    evidence: []
  }
}
