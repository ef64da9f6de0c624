import { assert, describe, it } from "@effect/vitest"
import { Address, Contact, ContactRecord, CustomFields, Email, UserId } from "@clientele/core"
import { Generators } from "@clientele/testing"
import * as DateTime from "effect/DateTime"
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import * as fc from "fast-check"
import { create, created, later, notes, overTheWire, owner, record, toE164, update } from "../support.ts"

const encodeDetail = Schema.encodeSync(Contact.ContactDetail)
const decodeUpdate = Schema.decodeUnknownSync(Contact.ContactUpdate, { onExcessProperty: "error" })

/** A contact with a main and two secondary addresses. */
const withEmails = create({ name: "Jane", email: "a@x.com", secondaryEmails: ["b@x.com", "c@x.com"] })

describe("ContactRecord.create", () => {
  it("needs a name, and has defaults for the rest", () => {
    const { engagement, fields, score, version } = create({ name: "Jane Doe" })
    assert.deepStrictEqual(ContactRecord.encodeFields(fields), {
      external_id: null,
      type: "lead",
      status: "active",
      name: "Jane Doe",
      email: null,
      secondary_emails: [],
      phone: null,
      secondary_phones: [],
      company: null,
      title: null,
      source: null,
      address: { street: null, city: null, state: null, zip: null, country: null },
      social: {},
      tags: [],
      custom_fields: {},
      owner_id: null
    })
    assert.deepStrictEqual([score, version], [0, 1])
    assert.deepStrictEqual([engagement.lastInteraction, engagement.totalInteractions], [null, 0])
  })

  it("came to be now, unless the draft says otherwise", () => {
    const draft = create({ name: "Jane", createdAt: DateTime.makeUnsafe("2020-02-29T00:00:00Z") })
    assert.strictEqual(DateTime.formatIso(draft.createdAt), "2020-02-29T00:00:00.000Z")
    assert.strictEqual(draft.updatedAt, created)
    assert.strictEqual(create({ name: "Jane" }).createdAt, created)
  })

  it("is like updating a contact that has nothing", () => {
    fc.assert(
      fc.property(Generators.contactCreate, (given) => {
        const input = Struct.omit(given, ["notes"])
        assert.deepStrictEqual(update(create({ name: "x" }), input).fields, create(input).fields)
      })
    )
  })

  it("trims names and addresses and keeps the rest as given", () => {
    fc.assert(
      fc.property(Generators.contactCreate, (input) => {
        const { fields } = create({ ...input, email: " Jane@Example.COM ", title: " VP " })
        assert.strictEqual(fields.name, input.name.trim())
        assert.strictEqual(fields.email, "Jane@Example.COM")
        assert.strictEqual(fields.title, " VP ")
      })
    )
  })

  it("keeps a phone as typed and as it could be understood", () => {
    const { fields } = create({ name: "Jane", phone: "(555) 010-0199", secondaryPhones: ["+44 20 7946 0000", "n/a"] })
    assert.deepStrictEqual(fields.phone, { raw: "(555) 010-0199", e164: "+15550100199" })
    assert.deepStrictEqual(fields.secondaryPhones, [
      { raw: "+44 20 7946 0000", e164: "+442079460000" },
      { raw: "n/a", e164: null }
    ])
  })

  it("takes a blank company, title or source for none", () => {
    const { fields } = create({ name: "Jane", company: " ", title: "", source: "\t" })
    assert.deepStrictEqual([fields.company, fields.title, fields.source], [null, null, null])
  })
})

describe("ContactRecord.update", () => {
  it("raises the version by one exactly when a field that can be set changed, and is the same record otherwise", () => {
    fc.assert(
      fc.property(record, Generators.contactUpdate, (before, changes) => {
        const after = update(before, changes)
        if (Equal.equals(ContactRecord.encodeFields(after.fields), ContactRecord.encodeFields(before.fields))) {
          assert.strictEqual(after, before)
        } else {
          assert.strictEqual(after.version, before.version + 1)
          assert.strictEqual(after.updatedAt, later)
        }
        assert.include(after, Struct.omit(before, ["fields", "updatedAt", "version"]))
      })
    )
  })

  it("does nothing without changes, and nothing a second time", () => {
    fc.assert(
      fc.property(record, Generators.contactUpdate, (before, changes) => {
        assert.strictEqual(update(before, {}), before)
        const after = update(before, changes)
        assert.strictEqual(update(after, changes), after)
      })
    )
  })

  it("does nothing with a detail view that is sent back, in process or over the wire", () => {
    fc.assert(
      fc.property(record, (before) => {
        const detail = ContactRecord.toDetail(before, owner, { notes, activities: [], deals: [] })
        assert.strictEqual(update(before, detail), before)
        const echoed = decodeUpdate(overTheWire(encodeDetail(detail)))
        assert.strictEqual(update(before, echoed), before)
        assert.deepStrictEqual(Contact.readOnlyDifferences(echoed, detail), [])
      })
    )
  })

  it("changes only the fields that are given", () => {
    fc.assert(
      fc.property(record, Generators.contactUpdate, (before, changes) => {
        const after = update(before, changes)
        for (const field of ["externalId", "type", "status", "ownerId"] as const) {
          assert.strictEqual(after.fields[field], changes[field] === undefined ? before.fields[field] : changes[field])
        }
        for (const field of ["company", "title", "source"] as const) {
          const given = changes[field]
          const expected = given === undefined ? before.fields[field] : (given?.trim() ?? "") === "" ? null : given
          assert.strictEqual(after.fields[field], expected)
        }
        assert.deepStrictEqual(after.fields.address, Address.patch(before.fields.address, changes.address))
        assert.deepStrictEqual(
          after.fields.customFields,
          CustomFields.patch(before.fields.customFields, changes.customFields)
        )
        assert.deepStrictEqual(after.fields.social, CustomFields.patch(before.fields.social, changes.social))
        const phone = changes.phone === undefined ? before.fields.phone?.raw : (changes.phone ?? undefined)
        assert.strictEqual(after.fields.phone?.raw, phone)
        assert.strictEqual(after.fields.name, changes.name?.trim() ?? before.fields.name)
      })
    )
  })

  it("clears by null whatever can be empty", () => {
    fc.assert(
      fc.property(record, (before) => {
        const nothing = {
          externalId: null,
          email: null,
          secondaryEmails: null,
          phone: null,
          secondaryPhones: null,
          company: null,
          title: null,
          source: null,
          address: null,
          social: null,
          tags: null,
          customFields: null,
          ownerId: null
        }
        const { name, status, type } = before.fields
        assert.deepStrictEqual(update(before, nothing).fields, create({ name, type, status }).fields)
      })
    )
  })

  it("merges address, social and custom fields key by key", () => {
    const before = create({
      name: "Jane",
      address: { street: "1 Main St", city: "Boston" },
      social: { linkedin: "in/jane", twitter: "@jane" },
      customFields: { industry: "health", size: 5, constructor: "Acme" }
    })
    const { address, customFields, social } = update(before, {
      address: { city: null, zip: "02101" },
      social: { twitter: null, github: "jane" },
      customFields: { size: null, constructor: "Bob", list: ["a"] }
    }).fields
    assert.deepStrictEqual(address, { street: "1 Main St", city: null, state: null, zip: "02101", country: null })
    assert.deepStrictEqual(social, { linkedin: "in/jane", github: "jane" })
    assert.deepStrictEqual(customFields, { industry: "health", constructor: "Bob", list: ["a"] })
  })
})

describe("tags", () => {
  it("are trimmed, and unique ignoring case, the first spelling kept", () => {
    fc.assert(
      fc.property(Generators.tags, (tags) => {
        const kept = ContactRecord.distinctTags(tags)
        const keys = kept.map((tag) => tag.toLowerCase().normalize("NFC"))
        assert.lengthOf(new Set(keys), kept.length)
        for (const tag of kept) {
          const spelling = tags.find(
            (given) => given.trim().toLowerCase().normalize() === tag.toLowerCase().normalize()
          )
          assert.strictEqual(tag, spelling?.trim())
        }
        for (const tag of tags) assert.include(keys, tag.trim().toLowerCase().normalize("NFC"))
        assert.deepStrictEqual(ContactRecord.distinctTags([...kept, ...tags]), kept)
      })
    )
    assert.deepStrictEqual(
      create({ name: "Jane", tags: ["VIP", " vip ", "Ärzte", "A\u0308RZTE", "a b"] }).fields.tags,
      ["VIP", "Ärzte", "a b"]
    )
    assert.deepStrictEqual(ContactRecord.distinctTags(["\u01f0", "J\u030c"]), ["\u01f0"])
  })

  it("are replaced, not united", () => {
    assert.deepStrictEqual(update(create({ name: "Jane", tags: ["a", "b"] }), { tags: ["c"] }).fields.tags, ["c"])
  })

  it("keep accents apart", () => {
    assert.deepStrictEqual(ContactRecord.distinctTags(["resume", "résumé"]), ["resume", "résumé"])
  })
})

describe("e-mail addresses", () => {
  it("are each there once, main and secondary, under keys of their own", () => {
    fc.assert(
      fc.property(record, Generators.contactUpdate, (before, changes) => {
        const { email, secondaryEmails, ...rest } = update(before, changes).fields
        const keys = ContactRecord.emailKeys({ email, secondaryEmails, ...rest })
        assert.lengthOf(new Set(keys), secondaryEmails.length + (email === null ? 0 : 1))
        if (email !== null) assert.strictEqual(keys[0], Email.key(email))
      })
    )
  })

  it("drop the old main one when another takes its place", () => {
    const { email, secondaryEmails } = update(withEmails, { email: "new@x.com" }).fields
    assert.deepStrictEqual([email, ...secondaryEmails], ["new@x.com", "b@x.com", "c@x.com"])
  })

  it("change places when the new main one was a secondary", () => {
    const swapped = update(withEmails, { email: " B@X.com" })
    assert.deepStrictEqual([swapped.fields.email, ...swapped.fields.secondaryEmails], ["B@X.com", "a@x.com", "c@x.com"])
    assert.strictEqual(swapped.version, 2)
    const back = update(swapped, { email: "a@x.com" })
    assert.deepStrictEqual([back.fields.email, ...back.fields.secondaryEmails], ["a@x.com", "B@X.com", "c@x.com"])
  })

  it("take a secondary as main where there was none", () => {
    const before = create({ name: "Jane", secondaryEmails: ["b@x.com", "c@x.com"] })
    const { email, secondaryEmails } = update(before, { email: "b@x.com" }).fields
    assert.deepStrictEqual([email, ...secondaryEmails], ["b@x.com", "c@x.com"])
  })

  it("keep a new spelling of the main one", () => {
    const respelled = update(withEmails, { email: "A@X.COM" })
    assert.deepStrictEqual(respelled.fields.secondaryEmails, withEmails.fields.secondaryEmails)
    assert.strictEqual(respelled.fields.email, "A@X.COM")
    assert.deepStrictEqual(ContactRecord.emailKeys(respelled.fields), ContactRecord.emailKeys(withEmails.fields))
  })

  it("stay secondary when the main one is cleared", () => {
    const { email, secondaryEmails } = update(withEmails, { email: null }).fields
    assert.deepStrictEqual([email, ...secondaryEmails], [null, "b@x.com", "c@x.com"])
  })

  it("replace the secondary ones by those given, without doubles and without the main one", () => {
    const changes = { secondaryEmails: ["d@x.com", " D@x.com ", "A@x.com", "b@x.com"] }
    assert.deepStrictEqual(update(withEmails, changes).fields.secondaryEmails, ["d@x.com", "b@x.com"])
    assert.deepStrictEqual(update(withEmails, { secondaryEmails: null }).fields.secondaryEmails, [])
  })
})

describe("phone numbers", () => {
  it("are each there once, in whatever spelling", () => {
    const { fields } = create({
      name: "Jane",
      phone: "+1 555 010 0199",
      secondaryPhones: ["(555) 010-0199", "n/a", "n/a", "555-010-0200"]
    })
    assert.deepStrictEqual(
      fields.secondaryPhones.map(({ raw }) => raw),
      ["n/a", "555-010-0200"]
    )
  })

  it("leave the secondary ones when one of them becomes the main one", () => {
    const before = create({ name: "Jane", phone: "+15550100199", secondaryPhones: ["+15550100200"] })
    const { phone, secondaryPhones } = update(before, { phone: "555.010.0200" }).fields
    assert.deepStrictEqual([phone, secondaryPhones], [{ raw: "555.010.0200", e164: toE164("555.010.0200") }, []])
  })
})

describe("ContactRecord.previous", () => {
  it("holds exactly the changed fields, with their values before, in the shape of the wire", () => {
    fc.assert(
      fc.property(record, Generators.contactUpdate, (before, changes) => {
        const after = update(before, changes)
        const previous = ContactRecord.previous(before.fields, after.fields)
        const was = ContactRecord.encodeFields(before.fields)
        const is = ContactRecord.encodeFields(after.fields)
        for (const field of Object.keys(was)) {
          const changed = JSON.stringify(was[field]) !== JSON.stringify(is[field])
          // Members may stand in another order without being different.
          if (Object.hasOwn(previous, field)) assert.deepStrictEqual(previous[field], was[field])
          if (Object.hasOwn(previous, field)) assert.isTrue(changed)
          else assert.deepStrictEqual(is[field], was[field])
        }
        assert.strictEqual(Object.keys(previous).length > 0, after !== before)
      })
    )
  })

  it("names fields as the wire does", () => {
    const before = create({ name: "Jane", customFields: { a: 1 } })
    const after = update(before, { customFields: { a: 2 }, ownerId: UserId.make("u"), externalId: "7" })
    assert.deepStrictEqual(ContactRecord.previous(before.fields, after.fields), {
      external_id: null,
      custom_fields: { a: 1 },
      owner_id: null
    })
  })
})
