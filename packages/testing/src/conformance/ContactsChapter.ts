/** The contacts service over the stores: every change with exactly one event, and nothing else with any. */
import {
  Contact,
  ContactId,
  ContactRecord,
  Contacts,
  ContactStore,
  Events,
  PhoneNormalizer,
  UserId,
  Users
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import * as Generators from "../Generators.ts"
import { assertSame, at, byUser, type Chapter, eventsOf, eventTypes, forAll, inNewTenant, user } from "./Harness.ts"
import { scoredAt } from "./Records.ts"

const created = "2026-01-20T10:00:00.001Z"
const later = "2026-01-24T15:00:00.999Z"

const decodeContact = Schema.decodeUnknownEffect(Contact.Contact, { onExcessProperty: "error" })
const encodeDetail = Schema.encodeEffect(Contact.ContactDetail)

/** The contact of an event, which is shown as a list shows it. */
const listItem = Effect.fnUntraced(function* (detail: Contact.ContactDetail) {
  const encoded = yield* encodeDetail(detail)
  const members = Object.entries(encoded).filter(([key]) => listMembers.has(key))
  return yield* decodeContact(Object.fromEntries(members))
})

const listMembers = new Set([
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
])

const unknownIds = ["contact_00000000000000000000000000", "1", "%", "_", "O'Brien", "null", "é", "𝕏".repeat(128)].map(
  (id) => ContactId.make(id)
)

const ann = { name: "Ann", email: "ann@example.com", externalId: "7", customFields: { n: 1 } }

export const contacts: Chapter = {
  title: "contacts service",
  needs: [],
  tests: (test) => {
    test("shows every contact as its creation answered, and tells of each creation once", () =>
      forAll(Generators.contactCreate, 40, (input) =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const contacts = yield* Contacts
            const made = yield* contacts.create(input)
            assertSame(yield* contacts.get(made.id), made)
            const [event, ...more] = yield* eventsOf(tenantId)
            assert.lengthOf(more, 0)
            if (event?.type !== "crm.contact_created") return assert.fail(`An event of type ${event?.type}`)
            assertSame(event.data, yield* listItem(made))
            assertSame({ cause: event.cause, actor: event.actor }, byUser)
          }).pipe(at(created))
        )
      ))

    test("updates as the domain decides; the version rises and one event tells of it exactly when a field changed", () =>
      forAll(fc.tuple(Generators.contactCreate, Generators.contactUpdate), 40, ([input, changes]) =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const contacts = yield* Contacts
            const store = yield* ContactStore
            const { toE164 } = yield* PhoneNormalizer
            const { id } = yield* contacts.create(input).pipe(at(created))
            const before = Option.getOrThrow(yield* store.find(tenantId, id))

            const answer = yield* contacts.update(id, changes).pipe(at(later))

            const after = Option.getOrThrow(yield* store.find(tenantId, id))
            const now = DateTime.makeUnsafe(later)
            const updated = ContactRecord.update(before, changes, { now, toE164 })
            assertSame(after, updated === before ? before : scoredAt(updated, now))
            assertSame(yield* contacts.get(id), answer)
            const changed = !Equal.equals(before.fields, after.fields)
            assert.strictEqual(after.version, changed ? 2 : 1)
            assert.strictEqual(DateTime.formatIso(after.updatedAt), changed ? later : created)
            const [, event, ...more] = yield* eventsOf(tenantId)
            assert.lengthOf(more, 0)
            if (!changed) return assert.isUndefined(event)
            if (event?.type !== "crm.contact_updated") return assert.fail(`An event of type ${event?.type}`)
            assertSame(event.data, yield* listItem(answer))
            assertSame(event.previous, ContactRecord.previous(before.fields, after.fields))
            assertSame({ cause: event.cause, actor: event.actor }, byUser)
          })
        )
      ))

    test("changes nothing and tells nothing when an update repeats what is there", () =>
      forAll(Generators.contactCreate, 20, (input) =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const contacts = yield* Contacts
            const made = yield* contacts.create(input).pipe(at(created))
            const { enrichment: _enrichment, ...view } = made
            const again = { ...view, ownerId: made.owner?.id ?? null }
            assertSame(yield* contacts.update(made.id, again).pipe(at(later)), made)
            assertSame(yield* contacts.update(made.id, {}).pipe(at(later)), made)
            assert.deepStrictEqual(yield* eventTypes(tenantId), ["crm.contact_created"])
          })
        )
      ))

    test("removes a contact once, with one event that still names it", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const { id } = yield* contacts.create(ann)
          yield* contacts.remove(id)
          const errors = [
            yield* Effect.flip(contacts.get(id)),
            yield* Effect.flip(contacts.update(id, { name: "Anna" })),
            yield* Effect.flip(contacts.remove(id)),
            yield* Effect.flip(contacts.remove(id, { expectedVersion: 1 }))
          ]
          for (const error of errors) assert.strictEqual(error._tag, "ContactNotFound")
          assert.strictEqual((yield* contacts.list({})).pagination.total, 0)
          const [, event, ...more] = yield* eventsOf(tenantId)
          assert.lengthOf(more, 0)
          if (event?.type !== "crm.contact_deleted") return assert.fail(`An event of type ${event?.type}`)
          assertSame(event.data, { id, name: ann.name, email: ann.email })
          assertSame({ cause: event.cause, actor: event.actor }, byUser)
          const again = yield* contacts.create(ann)
          assert.notStrictEqual(again.id, id)
        })
      ))

    test("answers an id that names nothing with not found, whatever it looks like", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          yield* contacts.create(ann)
          for (const id of unknownIds) {
            for (const error of [
              yield* Effect.flip(contacts.get(id)),
              yield* Effect.flip(contacts.update(id, { name: "Anna" })),
              yield* Effect.flip(contacts.remove(id))
            ]) {
              if (error._tag !== "ContactNotFound") return assert.fail(error.message)
              assert.strictEqual(error.contactId, id)
            }
          }
          assert.lengthOf(yield* eventTypes(tenantId), 1)
        })
      ))

    test("refuses a duplicate on creation and on update, naming whose it is and what matched, and tells nothing", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const { id } = yield* contacts.create({ ...ann, secondaryEmails: ["ann@home.example"] })
          const ben = yield* contacts.create({ name: "Ben", email: "ben@example.com" })
          for (const [reason, claim] of [
            ["email", { email: " ANN@example.COM" }],
            ["email", { secondaryEmails: ["ann@example.com"] }],
            ["email", { email: "Ann@Home.example" }],
            ["external_id", { externalId: "7" }]
          ] as const) {
            for (const error of [
              yield* Effect.flip(contacts.create({ name: "Anna", ...claim })),
              yield* Effect.flip(contacts.update(ben.id, { name: "Benny", ...claim }))
            ]) {
              if (error._tag !== "DuplicateContact") return assert.fail(error.message)
              assertSame({ contactId: error.contactId, reason: error.reason }, { contactId: id, reason })
            }
          }
          assertSame(yield* contacts.get(ben.id), ben)
          assert.strictEqual((yield* contacts.list({})).pagination.total, 2)
          assert.lengthOf(yield* eventTypes(tenantId), 2)
        })
      ))

    test("leaves a contact alone that has moved on from the expected version", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const { id } = yield* contacts.create(ann)
          const second = yield* contacts.update(id, { name: "Anna" }, { expectedVersion: 1 })
          assert.strictEqual(second.version, 2)
          for (const expectedVersion of [0, 1, 3]) {
            for (const error of [
              yield* Effect.flip(contacts.update(id, { name: "Anne" }, { expectedVersion })),
              yield* Effect.flip(contacts.update(id, {}, { expectedVersion })),
              yield* Effect.flip(contacts.remove(id, { expectedVersion }))
            ]) {
              if (error._tag !== "PreconditionFailed") return assert.fail(error.message)
              assert.strictEqual(error.currentVersion, 2)
            }
          }
          assertSame(yield* contacts.get(id), second)
          assert.lengthOf(yield* eventTypes(tenantId), 2)
          yield* contacts.remove(id, { expectedVersion: 2 })
        })
      ))

    test("writes and tells nothing when an input is refused", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const made = yield* contacts.create(ann)
          for (const error of [
            yield* Effect.flip(contacts.create({ name: " " })),
            yield* Effect.flip(contacts.create({ name: "Zero\0byte" })),
            yield* Effect.flip(contacts.update(made.id, { name: "Anna", email: "nowhere" })),
            yield* Effect.flip(contacts.update(made.id, { name: "Anna", score: 100 }))
          ])
            assert.strictEqual(error._tag, "ValidationError")
          assertSame(yield* contacts.get(made.id), made)
          assert.lengthOf(yield* eventTypes(tenantId), 1)
        })
      ))

    test("makes the notes of a creation the first note, by its author", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const made = yield* contacts.create({ ...ann, notes: 'Met at the fair\n"nice"' }).pipe(at(created))
          const { notes } = yield* contacts.get(made.id)
          assertSame(
            notes.map(({ id: _id, ...note }) => note),
            [{ content: 'Met at the fair\n"nice"', createdBy: user.id, createdAt: DateTime.makeUnsafe(created) }]
          )
          yield* contacts.update(made.id, { name: "Anna" })
          assertSame((yield* contacts.get(made.id)).notes, notes)
        })
      ))

    test("shows owners by the name they have now, and an unknown one by its id", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const users = yield* Users
          const ownerId = UserId.make("user_9")
          const { id, owner } = yield* contacts.create({ name: "Ann", ownerId })
          assertSame(owner, { id: ownerId, name: "user_9" })
          yield* users.remember(tenantId, ownerId, "Nina O'Neill")
          assertSame((yield* contacts.get(id)).owner, { id: ownerId, name: "Nina O'Neill" })
          assertSame((yield* contacts.list({})).data[0]?.owner, { id: ownerId, name: "Nina O'Neill" })
        })
      ))

    test("puts the cause down that holds around the command", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const { id } = yield* contacts.create(ann)
          yield* contacts.update(id, { name: "Anna" })
          yield* contacts.remove(id)
          const causes = (yield* eventsOf(tenantId)).map(({ cause }) => cause)
          assert.deepStrictEqual(causes, ["bulk", "bulk", "bulk"])
        }).pipe(Effect.provideService(Events.CurrentCause, "bulk"))
      ))
  }
}
