import { assert, describe, it } from "@effect/vitest"
import { Contact, contactId, ContactRecord, eventId, Events } from "@clientele/core"
import { Generators } from "@clientele/testing"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { create, later, overTheWire, owner, record, update } from "../support.ts"

const encode = Schema.encodeSync(Events.DomainEvent)
const decode = Schema.decodeUnknownSync(Events.DomainEvent)
const encodeContact = Schema.encodeSync(Contact.Contact)

const origin: Events.Origin = { timestamp: later, cause: "api", actor: owner }
const id = eventId("001")

const event: fc.Arbitrary<Events.DomainEvent> = fc.oneof(
  record.map((record) => Events.contactCreated(id, origin, ContactRecord.toContact(record, owner))),
  fc.tuple(record, Generators.contactUpdate).map(([before, changes]) => {
    const after = update(before, changes)
    const previous = ContactRecord.previous(before.fields, after.fields)
    return Events.contactUpdated(id, { ...origin, cause: "merge" }, ContactRecord.toContact(after, null), previous)
  }),
  record.map(({ fields: { email, name }, id: contact }) =>
    Events.contactDeleted(id, { ...origin, actor: { ...origin.actor, name: null } }, { id: contact, email, name })
  )
)

describe("DomainEvent", () => {
  it("is the same after a round over the wire", () => {
    fc.assert(
      fc.property(event, (event) => {
        assert.isTrue(Equal.equals(decode(overTheWire(encode(event))), event))
      })
    )
  })

  it("has one envelope, whatever happened", () => {
    fc.assert(
      fc.property(event, (event) => {
        const { data: _, previous, ...envelope } = { previous: undefined, ...encode(event) }
        assert.hasAllKeys(envelope, ["id", "type", "timestamp", "cause", "actor"])
        assert.strictEqual(envelope.timestamp, "2026-01-24T15:00:00.000Z")
        assert.match(envelope.type, /^crm\.contact_(created|updated|deleted)$/)
        assert.strictEqual(previous !== undefined, event.type === "crm.contact_updated")
      })
    )
  })

  it("carries the contact as lists show it", () => {
    const contact = ContactRecord.toContact(create({ name: "Jane", customFields: { constructor: "x" } }), owner)
    const { data } = encode(Events.contactCreated(id, origin, contact))
    assert.deepStrictEqual(data, encodeContact(contact))
  })

  it("carries of a deleted contact no more than is needed to recognise it", () => {
    const event = Events.contactDeleted(id, origin, { id: contactId("001"), email: null, name: "Jane" })
    assert.deepStrictEqual(encode(event), {
      id: "evt_001",
      type: "crm.contact_deleted",
      timestamp: "2026-01-24T15:00:00.000Z",
      cause: "api",
      actor: { id: "user_001", name: "Sales Rep Mike" },
      data: { id: "contact_001", email: null, name: "Jane" }
    })
  })

  it("can be told apart by its type", () => {
    const typeOf = Events.DomainEvent.match({
      "crm.score_changed": () => "scored",
      "crm.contact_created": () => "created",
      "crm.contact_updated": ({ previous }) => `updated ${Object.keys(previous).length}`,
      "crm.contact_deleted": () => "deleted",
      "crm.contact_restored": () => "restored",
      "crm.contact_merged": ({ data }) => `merged ${data.mergedContactIds.length}`,
      "crm.deal_created": () => "deal created",
      "crm.deal_updated": () => "deal updated",
      "crm.deal_deleted": () => "deal deleted",
      "crm.deal_stage_changed": ({ data }) => `to ${data.to}`,
      "crm.deal_won": () => "won",
      "crm.deal_lost": () => "lost"
    })
    const contact = ContactRecord.toContact(create({ name: "Jane" }), null)
    assert.strictEqual(typeOf(Events.contactUpdated(id, origin, contact, { name: "Joan" })), "updated 1")
    assert.strictEqual(typeOf(Events.contactCreated(id, origin, contact)), "created")
  })

  it("refuses types, causes and bodies that it does not know", () => {
    const body = encode(Events.contactDeleted(id, origin, { id: contactId("001"), email: null, name: "Jane" }))
    const wrong = [
      { type: "crm.contact_exploded" },
      { cause: "magic" },
      { data: {} },
      { timestamp: "now" },
      { actor: null }
    ]
    for (const change of wrong) assert.throws(() => decode({ ...body, ...change }))
  })
})

describe("CurrentCause", () => {
  it.effect("is the api unless a command says otherwise", () =>
    Effect.gen(function* () {
      const inside = yield* Effect.provideService(Effect.service(Events.CurrentCause), Events.CurrentCause, "import")
      assert.deepStrictEqual([inside, yield* Events.CurrentCause], ["import", "api"])
    })
  )
})
