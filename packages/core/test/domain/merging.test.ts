import { assert, describe, it } from "@effect/vitest"
import { Contact, ContactRecord, contactId, Text } from "@clientele/core"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { later, owner } from "../support.ts"
import { contact, contacts, isEmpty, plan, type Record, two, valueOf } from "./mergingSupport.ts"

const emailKeys = (records: ReadonlyArray<Record>) =>
  new Set(records.flatMap(({ fields }) => ContactRecord.emailKeys(fields)))

const phonesOf = ({ fields: { phone, secondaryPhones } }: Record) =>
  phone === null ? secondaryPhones : [phone, ...secondaryPhones]
const phoneKeys = (records: ReadonlyArray<Record>) =>
  new Set(records.flatMap(phonesOf).map(({ e164, raw }) => e164 ?? raw))

const tagKeys = (records: ReadonlyArray<Record>) =>
  new Set(records.flatMap(({ fields }) => fields.tags).map(Text.caseless))

describe("Merging.plan", () => {
  it("is determined by its input, whatever the order in which keys are kept", () => {
    const reversed = <A>(values: { readonly [key: string]: A }) =>
      Object.fromEntries(Object.entries(values).toReversed())
    const reordered = (record: Record): Record => ({
      ...record,
      fields: {
        ...record.fields,
        social: reversed(record.fields.social),
        customFields: reversed(record.fields.customFields)
      }
    })
    fc.assert(
      fc.property(contacts, ({ others, primary }) => {
        const again = plan({ primary: reordered(primary), others: others.map(reordered) })
        assert.deepStrictEqual(again, plan({ primary, others }))
        assert.deepStrictEqual(JSON.stringify(again.fields), JSON.stringify(plan({ primary, others }).fields))
      })
    )
  })

  it("loses no e-mail address, phone or tag of anyone, and doubles none", () => {
    fc.assert(
      fc.property(contacts, fc.nat(), fc.nat(), ({ others, primary }, a, b) => {
        const all = [primary, ...others]
        const preferences = { email: all[a % all.length]?.id ?? "", phone: all[b % all.length]?.id ?? "" }
        const { contact } = plan({ primary, others, preferences })
        const { email, secondaryEmails, tags } = contact.fields
        assert.deepStrictEqual(emailKeys([contact]), emailKeys(all))
        assert.strictEqual(emailKeys([contact]).size, secondaryEmails.length + (email === null ? 0 : 1))
        assert.deepStrictEqual(phoneKeys([contact]), phoneKeys(all))
        assert.strictEqual(phoneKeys([contact]).size, phonesOf(contact).length)
        assert.deepStrictEqual(tagKeys([contact]), tagKeys(all))
        assert.strictEqual(tagKeys([contact]).size, tags.length)
      })
    )
  })

  it("gives the same one by one as at once, but for version and time of update", () => {
    fc.assert(
      fc.property(contacts, ({ others, primary }) => {
        const oneByOne = others.reduce((merged, other) => plan({ primary: merged, others: [other] }).contact, primary)
        const { contact } = plan({ primary, others })
        assert.deepStrictEqual(
          { ...oneByOne, version: 0, updatedAt: later },
          { ...contact, version: 0, updatedAt: later }
        )
      })
    )
  })

  it("keeps what the primary has, and fills what it has not from the first that has it", () => {
    fc.assert(
      fc.property(contacts, ({ others, primary }) => {
        const { contact, fields } = plan({ primary, others })
        for (const { field } of fields.filter(({ source }) => source !== null)) {
          if (["type", "status", "source"].includes(field)) continue
          const first = [primary, ...others].find((record) => !isEmpty(valueOf(record, field)))
          assert.deepStrictEqual(valueOf(contact, field), valueOf(first ?? primary, field), field)
        }
        assert.strictEqual(contact.id, primary.id)
        assert.strictEqual(contact.score, primary.score)
      })
    )
  })

  it("is customer if any is, active if any is, and comes from where the first created came from", () => {
    fc.assert(
      fc.property(contacts, ({ others, primary }) => {
        const all = [primary, ...others]
        const { contact } = plan({ primary, others })
        const { source, status, type } = contact.fields
        assert.strictEqual(
          type === "customer",
          all.some(({ fields }) => fields.type === "customer")
        )
        assert.strictEqual(
          status === "active",
          all.some(({ fields }) => fields.status === "active")
        )
        const earliest = Math.min(...all.map(({ createdAt }) => DateTime.toEpochMillis(createdAt)))
        assert.strictEqual(DateTime.toEpochMillis(contact.createdAt), earliest)
        const first = all.find(({ createdAt }) => DateTime.toEpochMillis(createdAt) === earliest)
        assert.strictEqual(source, first?.fields.source)
      })
    )
  })

  it("adds up engagement, so that it equals a recount of what moved", () => {
    fc.assert(
      fc.property(contacts, ({ others, primary }) => {
        const all = [primary, ...others].map(({ engagement }) => engagement)
        const { lastInteraction, lifetimeValue, totalInteractions } = plan({ primary, others }).contact.engagement
        const times = all.flatMap((one) =>
          one.lastInteraction === null ? [] : [DateTime.toEpochMillis(one.lastInteraction)]
        )
        assert.strictEqual(
          totalInteractions,
          all.reduce((sum, one) => sum + one.totalInteractions, 0)
        )
        assert.isTrue(BigDecimal.equals(lifetimeValue, BigDecimal.sumAll(all.map((one) => one.lifetimeValue))))
        assert.strictEqual(
          lastInteraction === null ? null : DateTime.toEpochMillis(lastInteraction),
          times.length === 0 ? null : Math.max(...times)
        )
      })
    )
  })

  it("takes the value of the contact that a preference names, even none", () => {
    fc.assert(
      fc.property(contacts, fc.nat(), fc.nat(), ({ others, primary }, n, m) => {
        const all = [primary, ...others]
        const choices = plan({ primary, others }).fields.filter(({ source }) => source !== null)
        const field = choices[n % choices.length]?.field ?? "name"
        const preferred = all[m % all.length] ?? primary
        const { contact, fields } = plan({ primary, others, preferences: { [field]: preferred.id } })
        assert.deepStrictEqual(valueOf(contact, field), valueOf(preferred, field))
        assert.strictEqual(fields.find((origin) => origin.field === field)?.source, preferred.id)
      })
    )
  })

  it("raises the version by one, with the time of update, exactly when a settable field of the primary changed", () => {
    fc.assert(
      fc.property(contacts, ({ others, primary }) => {
        const { contact } = plan({ primary, others })
        const changed = !Equal.equals(
          ContactRecord.encodeFields(contact.fields),
          ContactRecord.encodeFields(primary.fields)
        )
        assert.strictEqual(contact.version, primary.version + (changed ? 1 : 0))
        assert.strictEqual(contact.updatedAt, changed ? later : primary.updatedAt)
      })
    )
  })

  it("changes no field when the others have nothing new", () => {
    fc.assert(
      fc.property(contact, fc.array(fc.integer({ min: 2, max: 9 }), { maxLength: 3 }), (primary, bodies) => {
        const others = [...new Set(bodies)].map((body) => ({ ...primary, id: contactId(String(body)) }))
        const { contact } = plan({ primary, others })
        assert.deepStrictEqual(contact.fields, primary.fields)
        assert.strictEqual(contact.version, primary.version)
        assert.strictEqual(contact.updatedAt, primary.updatedAt)
      })
    )
  })

  it("tells of every field with a value where it comes from, and what the others have", () => {
    fc.assert(
      fc.property(contacts, ({ others, primary }) => {
        const all = [primary, ...others]
        const { contact, fields, mergedIds, versions } = plan({ primary, others })
        assert.deepStrictEqual(
          mergedIds,
          others.map(({ id }) => id)
        )
        assert.deepStrictEqual(versions, Object.fromEntries(all.map(({ id, version }) => [id, version])))
        assert.strictEqual(new Set(fields.map(({ field }) => field)).size, fields.length)
        for (const { field, others, source, value } of fields) {
          assert.deepStrictEqual(value, valueOf(contact, field), field)
          assert.deepStrictEqual(
            others,
            all
              .filter((record) => record.id !== source && !isEmpty(valueOf(record, field)))
              .map((record) => ({ contactId: record.id, value: valueOf(record, field) })),
            field
          )
        }
        for (const [field, value] of Object.entries(ContactRecord.encodeFields(contact.fields))) {
          if (["social", "custom_fields"].includes(field) || isEmpty(value)) continue
          assert.isTrue(
            fields.some((origin) => origin.field === field),
            field
          )
        }
      })
    )
  })

  it("makes a contact that every view can show", () => {
    const encode = Schema.encodeSync(Contact.ContactDetail)
    fc.assert(
      fc.property(contacts, (input) => {
        const { contact } = plan(input)
        assert.strictEqual(
          encode(ContactRecord.toDetail(contact, owner, { notes: [], activities: [], deals: [] })).id,
          contact.id
        )
      })
    )
  })

  it("moves an address whole and makes the other main addresses secondary", () => {
    const { contact } = plan(
      two(
        { name: "Jane", email: "jane@x.com", address: { street: " " }, social: { linkedin: "in/jane" } },
        {
          name: "J. Doe",
          email: "jdoe@x.com",
          secondaryEmails: ["JANE@x.com", "third@x.com"],
          phone: "5550100199",
          address: { city: "Paris", country: "France" },
          social: { linkedin: "in/doe", twitter: "@doe" }
        }
      )
    )
    assert.deepStrictEqual(contact.fields.address, {
      street: null,
      city: "Paris",
      state: null,
      zip: null,
      country: "FR"
    })
    assert.strictEqual(contact.fields.email, "jane@x.com")
    assert.deepStrictEqual(contact.fields.secondaryEmails, ["jdoe@x.com", "third@x.com"])
    assert.deepStrictEqual(contact.fields.phone, { raw: "5550100199", e164: "+15550100199" })
    assert.deepStrictEqual(contact.fields.social, { linkedin: "in/jane", twitter: "@doe" })
  })

  it("takes false and zero for values, and custom fields named like members of Object for plain ones", () => {
    const input = two(
      { name: "Jane", customFields: { constructor: false, locations: 0, note: "" } },
      { name: "Doe", customFields: { constructor: true, locations: 5, note: "x", list: [] } }
    )
    assert.deepStrictEqual(plan(input).contact.fields.customFields, {
      constructor: false,
      locations: 0,
      note: "x",
      list: []
    })
    const preferences = { "custom_fields.constructor": "contact_002", "custom_fields.list": "contact_001" }
    assert.deepStrictEqual(plan({ ...input, preferences }).contact.fields.customFields, {
      constructor: true,
      locations: 0,
      note: "x"
    })
  })
})
