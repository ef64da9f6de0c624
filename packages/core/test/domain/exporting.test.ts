import { assert, describe, it } from "@effect/vitest"
import { ContactRecord, DealRecord, dealId, Exporting, ImportGuessing, Money, Pipeline } from "@clientele/core"
import { DealGenerators, Generators } from "@clientele/testing"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { create, created, owner, record } from "../support.ts"

/** A value of the wire, read and written again by its schema. */
const rewritten = <A, I>(schema: Schema.Codec<A, I>) => {
  const decode = Schema.decodeUnknownSync(schema, { onExcessProperty: "error" })
  const encode = Schema.encodeSync(schema)
  return (value: unknown): I => encode(decode(value))
}

const encodeContact = Schema.encodeSync(Exporting.ExportedContact)
const exported = (contact: ContactRecord.ContactRecord) =>
  encodeContact(ContactRecord.toDetail(contact, null, { activities: [], deals: [], notes: [] }))

const rewrittenDeal = rewritten(Exporting.ExportedDeal)

const deal = DealGenerators.dealCreate.map((input) =>
  Result.getOrThrow(
    DealRecord.create(input, {
      id: dealId("001"),
      now: created,
      pipeline: Pipeline.defaultPipeline,
      catalog: new Map(),
      currency: Money.Currency.make("USD"),
      company: null
    })
  )
)

const openKey: fc.Arbitrary<Exporting.OpenKey> = fc.record({
  group: fc.constantFrom("custom_fields", "social"),
  key: Generators.customFieldKey,
  types: fc.uniqueArray(fc.constantFrom("text", "number", "boolean", "list"), { minLength: 1 })
})

const openKeys = fc.uniqueArray(openKey, { maxLength: 6, selector: ({ group, key }) => `${group}.${key}` })

describe("rows", () => {
  it("of deals are what their schema encodes", () => {
    fc.assert(
      fc.property(deal, fc.option(record), fc.constantFrom(owner, null), (deal, contact, owner) => {
        const row = Exporting.toExportedDeal(deal, owner, contact?.fields)
        assert.deepStrictEqual(row, rewrittenDeal(row))
      })
    )
  })

  it("have a cell for each column, whatever the keys", () => {
    fc.assert(
      fc.property(record, openKeys, (contact, keys) => {
        const { cells, header } = Exporting.contactColumns(keys)
        assert.strictEqual(cells(exported(contact)).length, header.length)
      })
    )
  })
})

describe("columns", () => {
  it("are known again, and imported as what they are", () => {
    fc.assert(
      fc.property(openKeys, (keys) => {
        const { header } = Exporting.contactColumns(keys)
        assert.isTrue(Exporting.isOwnHeader(header))
        const { left, mapping } = ImportGuessing.contacts(header, [])
        assert.deepStrictEqual(left, [])
        for (const [target, column] of Object.entries(mapping)) assert.strictEqual(target, column)
        assert.includeMembers(
          Object.keys(mapping),
          header.filter((name) => name.includes("."))
        )
        assert.includeMembers(Object.keys(mapping), ["external_id", "secondary_emails", "owner_id", "created_at"])
        assert.notInclude(Object.values(mapping), "id")
      })
    )
  })

  it("of deals are, too", () => {
    const { header } = Exporting.dealColumns()
    assert.isTrue(Exporting.isOwnHeader(header))
    const { mapping } = ImportGuessing.deals(header, [], () => () => false)
    assert.deepInclude(mapping, {
      contact_id: "contact_external_id",
      probability: "manual_probability",
      stage: "stage"
    })
    assert.notInclude(Object.values(mapping), "probability")
  })

  it("of others are not ours, nor are ours in another order or with others among them", () => {
    const { header } = Exporting.contactColumns([])
    const deals = Exporting.dealColumns().header
    for (const other of [
      [],
      ["name", "email"],
      header.slice(1),
      header.toReversed(),
      [...header, "Notes"],
      [...header, "custom_fields.Size"],
      [...deals, "custom_fields.size"]
    ]) {
      assert.isFalse(Exporting.isOwnHeader(other), other.join())
    }
  })

  it("say the type of custom fields", () => {
    const contact = create({
      name: "Ada",
      customFields: { a: 1.5, b: true, c: ["x;y", ""], d: "text", constructor: 2 },
      social: { constructor: "@ada" }
    })
    const types = { a: "number", b: "boolean", c: "list", d: "text", e: "text" } as const
    const { cells, header } = Exporting.contactColumns([
      ...Object.entries(types).map(([key, type]) => ({ group: "custom_fields", key, types: [type] }) as const),
      { group: "custom_fields", key: "constructor", types: ["number", "text"] },
      { group: "social", key: "constructor", types: ["text"] },
      { group: "social", key: "toString", types: ["text"] }
    ])
    const row = cells(exported(contact))
    const found = header.map((name, index) => [name, row[index]] as const).filter(([name]) => /^(cus|soc)/.test(name))
    assert.deepStrictEqual(found, [
      ["social.constructor", "@ada"],
      ["social.toString", ""],
      ["custom_fields.a:number", "1.5"],
      ["custom_fields.b:boolean", "true"],
      ["custom_fields.c:list", '["x;y",""]'],
      ["custom_fields.constructor:json", "2"],
      ["custom_fields.d", "text"],
      ["custom_fields.e", ""]
    ])
  })
})
