import { assert, describe, it } from "@effect/vitest"
import { Contact, ContactRecord } from "@clientele/core"
import { Generators } from "@clientele/testing"
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { create, issuesIn, notes, overTheWire, owner, pathsIn, record, update } from "../support.ts"

const encodeContact = Schema.encodeSync(Contact.Contact)
const decodeContact = Schema.decodeUnknownSync(Contact.Contact)
const encodeDetail = Schema.encodeSync(Contact.ContactDetail)
const decodeDetail = Schema.decodeUnknownSync(Contact.ContactDetail)
const decodeUpdate = Schema.decodeUnknownSync(Contact.ContactUpdate, { onExcessProperty: "error" })
const encodeCreate = Schema.encodeSync(Contact.ContactCreate)
const encodeUpdate = Schema.encodeSync(Contact.ContactUpdate)

const listKeys = [
  "id",
  "external_id",
  "type",
  "name",
  "email",
  "phone",
  "company",
  "title",
  "source",
  "status",
  "score",
  "tags",
  "custom_fields",
  "engagement",
  "owner",
  "version",
  "created_at",
  "updated_at"
]
const detailKeys = [
  ...listKeys,
  "secondary_emails",
  "secondary_phones",
  "address",
  "social",
  "score_breakdown",
  "enrichment",
  "deals",
  "activities",
  "notes"
]

describe("Contact", () => {
  it("is the same after a round over the wire", () => {
    fc.assert(
      fc.property(record, fc.option(fc.constant(owner)), (record, owner) => {
        const contact = ContactRecord.toContact(record, owner)
        assert.isTrue(Equal.equals(decodeContact(overTheWire(encodeContact(contact))), contact))
      })
    )
  })

  it("shows every member of the contract, null where it is empty, and no other", () => {
    fc.assert(
      fc.property(record, (record) => {
        const contact = encodeContact(ContactRecord.toContact(record, null))
        assert.sameMembers(Object.keys(contact), listKeys)
        assert.notInclude(Object.values(contact), undefined)
        assert.hasAllKeys(contact.engagement, ["last_interaction", "total_interactions", "lifetime_value"])
      })
    )
  })

  it("writes times in ISO 8601 with Z, and money as a number", () => {
    const contact = encodeContact(ContactRecord.toContact(create({ name: "Jane" }), owner))
    assert.strictEqual(contact.created_at, "2026-01-20T10:00:00.000Z")
    assert.strictEqual(contact.engagement.lifetime_value, 0)
    assert.deepStrictEqual(contact.owner, { id: "user_001", name: "Sales Rep Mike" })
  })
})

describe("ContactDetail", () => {
  it("is the same after a round over the wire", () => {
    fc.assert(
      fc.property(record, (record) => {
        const detail = ContactRecord.toDetail(record, owner, { notes, activities: [], deals: [] })
        assert.isTrue(Equal.equals(decodeDetail(overTheWire(encodeDetail(detail))), detail))
      })
    )
  })

  it("shows every member of the contract, null where it is empty, and no other", () => {
    fc.assert(
      fc.property(record, (record) => {
        const detail = encodeDetail(ContactRecord.toDetail(record, null, { notes, activities: [], deals: [] }))
        assert.sameMembers(Object.keys(detail), detailKeys)
        assert.notInclude(Object.values(detail), undefined)
        assert.hasAllKeys(detail.address, ["street", "city", "state", "zip", "country"])
        assert.containsAllKeys(detail.social, ["linkedin", "twitter"])
        assert.hasAllKeys(detail.score_breakdown, [
          "engagement",
          "profile_completeness",
          "recent_activity",
          "fit_score"
        ])
        assert.hasAllKeys(detail.enrichment, ["company", "social", "contact", "fields"])
        for (const note of detail.notes) assert.hasAllKeys(note, ["id", "content", "created_by", "created_at"])
      })
    )
  })

  it("holds the list item unchanged", () => {
    fc.assert(
      fc.property(record, (record) => {
        const detail = encodeDetail(ContactRecord.toDetail(record, owner, { notes, activities: [], deals: [] }))
        assert.deepInclude(detail, encodeContact(ContactRecord.toContact(record, owner)))
      })
    )
  })
})

describe("ContactCreate", () => {
  const paths = pathsIn(Contact.ContactCreate)

  it("takes the contract's example", () => {
    const example = {
      name: "Jane Doe",
      email: "jane@example.com",
      phone: "+1234567890",
      company: "Tech Corp",
      title: "VP of Food Services",
      source: "referral",
      type: "lead",
      tags: ["enterprise"],
      custom_fields: { industry: "healthcare", locations: 25 },
      owner_id: "user_001",
      notes: "Interested in multi-location deployment"
    }
    assert.deepStrictEqual(paths(example), [])
  })

  it("takes every generated input, from the wire", () => {
    fc.assert(
      fc.property(Generators.contactCreate, (input) => {
        assert.deepStrictEqual(paths(overTheWire(encodeCreate(input))), [])
      })
    )
  })

  it("needs a name that is not blank", () => {
    for (const input of [{}, { name: "" }, { name: " " }, { name: null }, { name: 5 }]) {
      assert.deepStrictEqual(paths(input), ["name"])
    }
  })

  it("refuses members that it does not know, those of views included", () => {
    assert.deepStrictEqual(paths({ name: "Jane", emial: "x", score: 5, ownerId: "u" }), ["emial", "score", "ownerId"])
    assert.deepStrictEqual(paths(JSON.parse(`{"name": "Jane", "__proto__": {"type": "customer"}}`)), ["__proto__"])
    assert.deepStrictEqual(paths(JSON.parse(`{"name": "Jane", "constructor": 1}`)), ["constructor"])
  })

  it("has limits", () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `t${index}@x.com`)
    const limits: ReadonlyArray<readonly [string, unknown, unknown]> = [
      ["name", "x".repeat(500), "x".repeat(501)],
      ["company", "x".repeat(255), "x".repeat(256)],
      ["phone", "1".repeat(64), "1".repeat(65)],
      ["external_id", "x".repeat(255), "x".repeat(256)],
      ["notes", "x".repeat(20_000), "x".repeat(20_001)],
      ["tags", many(100), many(101)],
      ["secondary_emails", many(50), many(51)],
      ["secondary_phones", many(50), many(51)]
    ]
    for (const [field, most, more] of limits) {
      assert.deepStrictEqual(paths({ name: "Jane", [field]: most }), [])
      assert.deepStrictEqual(paths({ name: "Jane", [field]: more }), [field])
    }
  })
})

describe("ContactUpdate", () => {
  const paths = pathsIn(Contact.ContactUpdate)

  it("takes every generated input, from the wire, null where something is to be cleared", () => {
    fc.assert(
      fc.property(Generators.contactUpdate, (input) => {
        assert.deepStrictEqual(paths(overTheWire(encodeUpdate(input))), [])
      })
    )
  })

  it("does not clear what a contact cannot be without", () => {
    assert.deepStrictEqual(paths({ name: null, type: null, status: null }), ["name", "type", "status"])
  })

  it("says where it is refused", () => {
    assert.deepStrictEqual(
      issuesIn(Contact.ContactUpdate)({ tags: ["a", "b", "c", ""], custom_fields: { size: {} } }),
      [
        { path: "tags[3]", message: "Expected text that is not blank" },
        { path: "custom_fields.size", message: "Expected string | number | boolean | array | null" }
      ]
    )
  })
})

describe("read-only members", () => {
  const detail = ContactRecord.toDetail(create({ name: "Jane", email: "jane@x.com" }), owner, {
    notes,
    activities: [],
    deals: []
  })
  const view = encodeDetail(detail)
  const differences = (body: object) =>
    Contact.readOnlyDifferences(decodeUpdate(overTheWire(body)), detail).map(({ path }) => path)

  it("may be sent back one by one as they were read", () => {
    for (const [member, value] of Object.entries(view)) {
      assert.deepStrictEqual(differences({ [member]: value }), [])
    }
  })

  const others: ReadonlyArray<readonly [string, object]> = [
    ["id", { id: "contact_002" }],
    ["score", { score: 85 }],
    ["version", { version: 7 }],
    ["owner", { owner: { id: "user_002", name: "Sales Rep Mike" } }],
    ["owner", { owner: null }],
    ["engagement", { engagement: { ...view.engagement, total_interactions: 45 } }],
    ["createdAt", { created_at: "2026-01-20T10:00:00.001Z" }],
    ["updatedAt", { updated_at: "yesterday" }],
    ["scoreBreakdown", { score_breakdown: { ...view.score_breakdown, engagement: 1 } }],
    ["enrichment", { enrichment: {} }],
    ["deals", { deals: [{ id: "deal_001", name: "Deal", value: 1, stage: "lead" }] }],
    ["activities", { activities: null }],
    ["notes", { notes: "a new note" }],
    ["notes", { notes: [] }]
  ]
  it.each(others)("are refused at their path when %s differs", (path, body) => {
    assert.deepStrictEqual(differences(body), [path])
  })

  it("are refused all at once, and not because another member changes", () => {
    assert.deepStrictEqual(differences({ ...view, name: "Joan", id: "x", score: 1, version: 3 }), [
      "id",
      "score",
      "version"
    ])
  })

  it("are what reading shows and setting does not", () => {
    const changed = update(create({ name: "Jane" }), { score: 85, version: 9 })
    assert.strictEqual(changed.version, 1)
  })
})
