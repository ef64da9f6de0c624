import { assert, describe, it } from "@effect/vitest"
import { ContactRecord, eventId } from "@clientele/core"
import * as History from "@clientele/core/domain/History"
import { Generators } from "@clientele/testing"
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { create, later, overTheWire, owner, record, update } from "../support.ts"

const encode = ContactRecord.encodeFields

/** Two states of a contact: one update apart, or of different contacts altogether. */
const states = fc.oneof(
  fc
    .tuple(record, Generators.contactUpdate)
    .map(([before, changes]) => [before.fields, update(before, changes).fields] as const),
  fc.tuple(record, record).map(([before, after]) => [before.fields, after.fields] as const)
)

describe("History.changes", () => {
  it("lead from one state to the other, and back", () => {
    fc.assert(
      fc.property(states, ([before, after]) => {
        const changes = History.changes(before, after)
        assert.deepStrictEqual(History.redo(encode(before), changes), encode(after))
        assert.deepStrictEqual(History.undo(encode(after), changes), encode(before))
      })
    )
  })

  it("are of fields that differ, each once, and there are none when nothing changed", () => {
    fc.assert(
      fc.property(states, ([before, after]) => {
        const changes = History.changes(before, after)
        assert.strictEqual(new Set(changes.map(({ field }) => field)).size, changes.length)
        for (const change of changes) assert.isFalse(Equal.equals(change.before, change.after), change.field)
        assert.strictEqual(changes.length === 0, Equal.equals(encode(before), encode(after)))
        assert.deepStrictEqual(History.changes(after, after), [])
      })
    )
  })

  it("are of one contact's fields that `previous` names", () => {
    fc.assert(
      fc.property(states, ([before, after]) => {
        const changed = History.changes(before, after).map(({ field }) => field.replace(/\..*/, ""))
        assert.deepStrictEqual(new Set(changed), new Set(Object.keys(ContactRecord.previous(before, after))))
      })
    )
  })

  it("survive the wire", () => {
    const Changes = Schema.Array(History.Change)
    fc.assert(
      fc.property(states, ([before, after]) => {
        const changes = History.changes(before, after)
        const received = Schema.decodeUnknownSync(Changes)(overTheWire(Schema.encodeSync(Changes)(changes)))
        assert.deepStrictEqual(History.redo(encode(before), received), encode(after))
      })
    )
  })

  it("begin with what a new contact has", () => {
    fc.assert(
      fc.property(record, ({ fields }) => {
        const changes = History.changes(null, fields)
        assert.deepStrictEqual(History.redo(encode(create({ name: "x" }).fields), changes), encode(fields))
        for (const { after, before } of changes) assert.isTrue(before === null && after !== null)
        assert.deepStrictEqual(
          History.changes(null, create({ name: "x" }).fields).map(({ field }) => field),
          ["type", "status", "name"]
        )
      })
    )
  })

  it("have wire names, dotted below a field, in the order of the fields", () => {
    const before = create({
      name: "Jane",
      address: { city: "Paris" },
      social: { linkedin: "in/jane" },
      tags: ["a"],
      customFields: { size: "50", gone: true }
    })
    const after = update(before, {
      title: "VP",
      phone: "5550100199",
      address: { city: null, zip: "75001" },
      social: { linkedin: null, twitter: "@jane" },
      tags: ["a", "b"],
      customFields: { size: "500+", constructor: 5, gone: null }
    })
    assert.deepStrictEqual(History.changes(before.fields, after.fields), [
      { field: "phone", before: null, after: "5550100199" },
      { field: "title", before: null, after: "VP" },
      { field: "address.city", before: "Paris", after: null },
      { field: "address.zip", before: null, after: "75001" },
      { field: "social.linkedin", before: "in/jane", after: null },
      { field: "social.twitter", before: null, after: "@jane" },
      { field: "tags", before: ["a"], after: ["a", "b"] },
      { field: "custom_fields.constructor", before: null, after: 5 },
      { field: "custom_fields.gone", before: true, after: null },
      { field: "custom_fields.size", before: "50", after: "500+" }
    ])
  })
})

describe("History.HistoryEntry", () => {
  it("is shown with its time in ISO 8601", () => {
    const entry: History.HistoryEntry = {
      id: eventId("001"),
      at: later,
      actor: { id: owner.id, name: null },
      cause: "merge",
      changes: [{ field: "title", before: null, after: "VP" }]
    }
    const encoded = Schema.encodeSync(History.HistoryEntry)(entry)
    assert.deepStrictEqual(encoded, { ...encoded, id: "evt_001", at: "2026-01-24T15:00:00.000Z", cause: "merge" })
    assert.deepStrictEqual(Schema.decodeUnknownSync(History.HistoryEntry)(overTheWire(encoded)), entry)
  })
})
