import { Contact, type ContactId, Contacts, PersonalData, Privacy } from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Schema, Struct } from "effect"
import { makePerson } from "./person.ts"
import { databases, inTenant } from "./support.ts"

const encode = Schema.encodeEffect(PersonalData.PersonalData)
const decode = Schema.decodeUnknownEffect(PersonalData.PersonalData)
const encodeDetail = Schema.encodeEffect(Contact.ContactDetail)

const exportOf = (id: ContactId) =>
  Privacy.pipe(
    Effect.flatMap((privacy) => privacy.export(id)),
    Effect.flatMap(encode)
  )

/** The contact as its own page shows it, without the lists. */
const shownOf = (id: ContactId) =>
  Contacts.pipe(
    Effect.flatMap((contacts) => contacts.get(id)),
    Effect.flatMap(encodeDetail),
    Effect.map(Struct.omit(["activities", "deals", "notes"]))
  )

describe.each(Object.entries(databases))("the personal data of a contact, on %s", (_name, database) => {
  it.layer(database, { timeout: "30 seconds", excludeTestServices: true })((it) => {
    it.effect("are all that was ever put in, also of the contact that was merged into it", () =>
      inTenant(
        Effect.gen(function* () {
          const person = yield* makePerson
          const encoded = yield* exportOf(person.id)
          const json = JSON.stringify(encoded)
          // What a note said before it was edited is nowhere any more.
          const missing = person.marks.filter((text) => !json.includes(text))
          assert.deepStrictEqual(missing, person.overwritten)

          assert.strictEqual(encoded.contact_id, person.id)
          assert.deepStrictEqual(encoded.merged_contact_ids, [person.mergedId])
          assert.isNull(encoded.deleted)
          assert.strictEqual(encoded.notes.length, 4)
          assert.strictEqual(encoded.tracked_events.length, 4)
          assert.strictEqual(encoded.tasks.length, 2)
          assert.strictEqual(encoded.activities.length, 4)
          assert.deepStrictEqual(encoded.contact, yield* shownOf(person.id))
          assert.deepStrictEqual(yield* encode(yield* decode(JSON.parse(json))), encoded)

          // The same by the other id.
          const byOtherId = yield* exportOf(person.mergedId)
          assert.deepStrictEqual({ ...byOtherId, exported_at: encoded.exported_at }, encoded)
        })
      )
    )

    it.effect("stay the same when the contact is deleted, but for the deletion", () =>
      inTenant(
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const person = yield* makePerson
          const live = yield* exportOf(person.id)
          yield* contacts.remove(person.id)
          const deleted = yield* exportOf(person.id)
          assert.deepStrictEqual(
            {
              ...deleted,
              deleted: null,
              exported_at: live.exported_at,
              domain_events: deleted.domain_events.slice(0, -1)
            },
            live
          )
          assert.strictEqual(deleted.deleted?.by, "user_1")
          assert.strictEqual(deleted.domain_events.at(-1)?.type, "crm.contact_deleted")

          // What is purged is only told of by events.
          yield* contacts.purge(DateTime.add(yield* DateTime.now, { days: 31 }))
          const purged = yield* exportOf(person.id)
          assert.deepStrictEqual(purged, {
            ...deleted,
            exported_at: purged.exported_at,
            contact: null,
            deleted: null,
            notes: [],
            tracked_events: [],
            activities: [],
            tasks: [],
            history: []
          })
        })
      )
    )
  })
})
