import { assert, describe, it } from "@effect/vitest"
import { ContactRecord, contactId, Email } from "@clientele/core"
import * as Merging from "@clientele/core/domain/Merging"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { pathsIn } from "../support.ts"
import { contacts, failure, issuePaths, plan, two } from "./mergingSupport.ts"

describe("what Merging.plan refuses", () => {
  const input = two({ name: "Jane", customFields: { size: 5 } }, { name: "Doe", tags: ["vip"] })

  it("is a primary among the others, a repeated id, and a version that is no longer the current one", () => {
    const reasons = [
      { ...input, others: [...input.others, input.primary] },
      { ...input, others: [...input.others, ...input.others] },
      { ...input, versions: { contact_001: 1, contact_002: 2 } }
    ].map(failure)
    assert.deepStrictEqual(
      reasons.map((error) =>
        error._tag === "MergeConflict" ? [error.reason, error.contactIds, error.mergedInto] : error
      ),
      [
        ["primary_among_merged", [input.primary.id], null],
        ["repeated_id", [contactId("002")], null],
        ["stale_version", [contactId("002")], null]
      ]
    )
    assert.deepStrictEqual(plan({ ...input, versions: plan(input).versions }), plan(input))
  })

  it("is told by a conflict in words, for reasons found here and elsewhere", () => {
    const messages = Merging.MergeConflict.fields.reason.literals.map(
      (reason) =>
        new Merging.MergeConflict({ reason, contactIds: [contactId("1")], mergedInto: contactId("2") }).message
    )
    assert.strictEqual(new Set(messages).size, 5)
    for (const message of messages) assert.include(message, "contact_1")
    assert.include(messages.join(), "contact_2")
  })

  it("is a preference for an unknown field, or for a contact that is not among them, each at its path", () => {
    const wrong = {
      emial: "contact_001",
      address: "contact_002",
      "address.city": "contact_001",
      tags: "contact_001",
      secondary_emails: "contact_001",
      custom_fields: "contact_001",
      "custom_fields.size": "contact_003",
      "custom_fields.colour": "contact_001",
      "social.twitter": "contact_002",
      constructor: "contact_001",
      email: "contact_003"
    }
    const preferences = { ...wrong, ["__proto__"]: "contact_001" }
    assert.deepStrictEqual(issuePaths({ ...input, preferences, versions: { contact_004: 1 } }), [
      "versions.contact_004",
      ...["emial", "address.city", "tags", "secondary_emails", "custom_fields", "custom_fields.size"].map(
        inPreferences
      ),
      ...["custom_fields.colour", "constructor", "email", "__proto__"].map(inPreferences)
    ])
  })

  it("is any preference under a name that is no field", () => {
    fc.assert(
      fc.property(contacts, fc.string(), (input, name) => {
        const known = plan(input).fields.some(({ field }) => field === name)
        fc.pre(
          !known &&
            !/^(social|custom_fields)\./.test(name) &&
            !(name in ContactRecord.encodeFields(input.primary.fields))
        )
        assert.deepStrictEqual(issuePaths({ ...input, preferences: Object.fromEntries([[name, input.primary.id]]) }), [
          name === "" ? "field_preferences." : inPreferences(name)
        ])
      })
    )
  })

  it("is a union that one contact may not hold", () => {
    const many = (start: number) => Array.from({ length: 60 }, (_, index) => `t${start + index}`)
    const emails = (start: number) =>
      many(start)
        .slice(0, 40)
        .map((local) => `${local}@x.com`)
    const fields = (start: number) => Object.fromEntries(many(start).map((key) => [key, "x"]))
    const giving = (start: number) => ({
      name: "x",
      tags: many(start),
      secondaryEmails: emails(start),
      customFields: fields(start)
    })
    assert.deepStrictEqual(issuePaths(two(giving(0), giving(100))), [
      "merge_contact_ids",
      "merge_contact_ids",
      "merge_contact_ids"
    ])
    assert.strictEqual(plan(two(giving(0), giving(0))).contact.fields.tags.length, 60)
  })
})

const inPreferences = (field: string): string => `field_preferences.${field}`

describe("Merging's shapes", () => {
  const decode = Schema.decodeUnknownSync(Merging.MergeRequest)
  const paths = pathsIn(Merging.MergeRequest)

  it("accept the contract's request as it stands", () => {
    const request = {
      primary_contact_id: "contact_001",
      merge_contact_ids: ["contact_002", "contact_003"],
      field_preferences: { email: "contact_001", phone: "contact_002" }
    }
    assert.deepStrictEqual(paths(request), [])
    assert.deepStrictEqual(Schema.encodeSync(Merging.MergeRequest)(decode(request)), request)
    assert.deepStrictEqual(paths({ ...request, versions: { contact_001: 3 } }), [])
  })

  it("take from 1 to 50 other contacts", () => {
    const ids = Array.from({ length: 51 }, (_, index) => `contact_${index}`)
    const request = (merge_contact_ids: ReadonlyArray<string>) => paths({ primary_contact_id: "c", merge_contact_ids })
    assert.deepStrictEqual(request(ids.slice(1)), [])
    assert.deepStrictEqual(request(ids), ["merge_contact_ids"])
    assert.deepStrictEqual(request([]), ["merge_contact_ids"])
  })

  it("show a preview with wire names", () => {
    const { contact, fields, versions } = plan(two({ name: "Jane" }, { name: "Doe", email: "doe@x.com" }))
    const moves = { deals: 1, activities: 2, tasks: 0, notes: 0, events: 4 }
    const detail = ContactRecord.toDetail(contact, null, { notes: [], activities: [], deals: [] })
    const encoded = Schema.encodeSync(Merging.MergePreview)({ contact: detail, versions, fields, moves })
    assert.deepStrictEqual(encoded.versions, { contact_001: 1, contact_002: 1 })
    assert.deepStrictEqual(encoded.fields, [
      {
        field: "name",
        source: "contact_001",
        value: "Jane",
        others: [{ contact_id: "contact_002", value: "Doe" }]
      },
      {
        field: "type",
        source: "contact_001",
        value: "lead",
        others: [{ contact_id: "contact_002", value: "lead" }]
      },
      {
        field: "status",
        source: "contact_001",
        value: "active",
        others: [{ contact_id: "contact_002", value: "active" }]
      },
      { field: "email", source: "contact_002", value: "doe@x.com", others: [] }
    ])
    assert.strictEqual(Email.key(encoded.contact.email ?? ""), "doe@x.com")
  })
})
