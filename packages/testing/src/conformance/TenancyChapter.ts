/** Tenants: what belongs to one does not exist for another, in any operation, whatever their names have in common. */
import {
  type ContactId,
  ContactRecord,
  Contacts,
  ContactStore,
  type CurrentActor,
  IdGenerator,
  NoteStore,
  noteId,
  TenantId,
  UserId,
  Users
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import {
  as,
  assertSame,
  type Chapter,
  type Client,
  eventTypes,
  firstPage,
  idsOf,
  insert,
  newTenant,
  transaction,
  user
} from "./Harness.ts"
import { ordinaryDay, recordOf } from "./Records.ts"

const ann = {
  name: "Ann Meyer",
  email: "ann@example.com",
  externalId: "7",
  source: "fair",
  ownerId: UserId.make("user_9")
}

/** A tenant, and others whose names it is part of or that look like a pattern for it. */
const namesakes = Effect.map(newTenant, (base) =>
  [
    base,
    `${base}-2`,
    `${base}2`,
    base.slice(0, -1),
    `x${base}`,
    `${base}|`,
    `|${base}|`,
    `${base}%`,
    `${base.slice(0, -1)}_`,
    "%"
  ].map((name) => TenantId.make(name === "%" ? `%${base.slice(-8)}%` : name))
)

/** The same contact, id and all, in two tenants: every statement that forgets the tenant touches both. */
const twins = Effect.gen(function* () {
  const notes = yield* NoteStore
  const { bodies } = yield* IdGenerator
  const ours = yield* newTenant
  const theirs = yield* newTenant
  const record = yield* recordOf(ann)
  const [body = ""] = yield* bodies(1)
  const note = { id: noteId(body), content: "A note", createdBy: user.id, createdAt: record.createdAt }
  for (const tenantId of [ours, theirs]) {
    yield* insert(tenantId, record)
    yield* notes.insert(tenantId, [{ contactId: record.id, note }])
  }
  return { ours, theirs, record, note }
})

/** Everything by which a contact can be come upon still finds it, as it was. */
const assertUntouched = Effect.fnUntraced(function* (tenantId: TenantId, record: ContactRecord.ContactRecord) {
  const store = yield* ContactStore
  const notes = yield* NoteStore
  assertSame(yield* store.find(tenantId, record.id), Option.some(record))
  assert.lengthOf(yield* store.owners(tenantId, ContactRecord.identities(record.fields)), 2)
  assert.lengthOf(yield* notes.newest(tenantId, { contactId: record.id }, 10), 1)
  for (const filter of [{}, { search: "meyer" }, { externalId: "7" }, { source: "fair" }, { ownerId: ann.ownerId }]) {
    const { rows } = yield* store.page(tenantId, filter, firstPage)
    assert.deepStrictEqual([idsOf(rows), yield* store.count(tenantId, filter)], [[record.id], 1])
  }
})

type Command = (id: ContactId) => Effect.Effect<unknown, { readonly _tag: string }, Client | CurrentActor>

const commands: { readonly [name: string]: Command } = {
  get: (id) => Effect.flatMap(Contacts, (contacts) => contacts.get(id)),
  update: (id) => Effect.flatMap(Contacts, (contacts) => contacts.update(id, { name: "Mine" })),
  "update of a version": (id) =>
    Effect.flatMap(Contacts, (contacts) => contacts.update(id, { name: "Mine" }, { expectedVersion: 99 })),
  remove: (id) => Effect.flatMap(Contacts, (contacts) => contacts.remove(id)),
  "remove of a version": (id) => Effect.flatMap(Contacts, (contacts) => contacts.remove(id, { expectedVersion: 99 }))
}

export const tenancy: Chapter = {
  title: "tenancy",
  needs: [],
  tests: (test) => {
    for (const [name, command] of Object.entries(commands)) {
      test(`answers ${name} with another tenant's id as with one that names nothing`, () =>
        Effect.gen(function* () {
          const ours = yield* newTenant
          const theirs = yield* newTenant
          const contacts = yield* Contacts
          const there = yield* as(theirs)(contacts.create(ann))
          const { id: unknown } = yield* recordOf({ name: "Nobody" })
          const foreign = yield* Effect.flip(as(ours)(command(there.id)))
          const absent = yield* Effect.flip(as(ours)(command(unknown)))
          const withoutId = (error: unknown, id: string) => JSON.stringify(error).replaceAll(id, "")
          assert.strictEqual(withoutId(foreign, there.id), withoutId(absent, unknown))
          assert.strictEqual(foreign._tag, "ContactNotFound")
          assertSame(yield* as(theirs)(contacts.get(there.id)), there)
          assert.deepStrictEqual(yield* eventTypes(ours), [])
          assert.deepStrictEqual(yield* eventTypes(theirs), ["crm.contact_created"])
        }))
    }

    test("lets tenants have contacts of the same e-mail and external id, on creation and on update", () =>
      Effect.gen(function* () {
        const contacts = yield* Contacts
        for (const tenantId of [yield* newTenant, yield* newTenant]) {
          yield* Effect.gen(function* () {
            yield* contacts.create(ann)
            const ben = yield* contacts.create({ name: "Ben" })
            yield* contacts.update(ben.id, { email: "ben@example.com", externalId: "8" })
          }).pipe(as(tenantId))
        }
      }))

    test("names in a refusal only a contact of the tenant", () =>
      Effect.gen(function* () {
        const contacts = yield* Contacts
        const ours = yield* newTenant
        yield* as(yield* newTenant)(contacts.create(ann))
        const { id } = yield* as(ours)(contacts.create(ann))
        yield* as(yield* newTenant)(contacts.create(ann))
        const error = yield* Effect.flip(as(ours)(contacts.create({ ...ann, name: "Anna" })))
        if (error._tag !== "DuplicateContact") return assert.fail(error.message)
        assert.strictEqual(error.contactId, id)
      }))

    test("counts, lists and searches within one tenant, also among tenants whose names contain each other", () =>
      Effect.gen(function* () {
        const contacts = yield* Contacts
        const tenants = yield* namesakes
        for (const [index, tenantId] of tenants.entries()) {
          for (let n = 0; n <= index; n++) {
            yield* as(tenantId)(contacts.create({ ...ann, email: `ann${n}@example.com`, externalId: `${n}` }))
          }
        }
        for (const [index, tenantId] of tenants.entries()) {
          for (const query of [
            {},
            { search: "meyer" },
            { search: "an" },
            { search: tenantId },
            { source: "fair" },
            { ownerId: ann.ownerId }
          ]) {
            const { data, pagination } = yield* as(tenantId)(contacts.list({ ...query, limit: 100 }))
            const count = query.search === tenantId ? 0 : index + 1
            assert.strictEqual(pagination.total, count, JSON.stringify([tenantId, query]))
            assert.lengthOf(data, count)
          }
          assert.strictEqual((yield* as(tenantId)(contacts.list({ externalId: "0" }))).pagination.total, 1)
          assert.lengthOf(yield* eventTypes(tenantId), index + 1)
        }
      }))

    test("finds and locks nothing of another tenant's in the stores", () =>
      Effect.gen(function* () {
        const store = yield* ContactStore
        const notes = yield* NoteStore
        const users = yield* Users
        const { record, theirs } = yield* twins
        const third = yield* newTenant
        yield* users.remember(theirs, ann.ownerId, "Theirs")
        assert.isTrue(Option.isNone(yield* store.find(third, record.id)))
        assert.deepStrictEqual(yield* transaction(store.lock(third, [record.id])), [])
        assert.deepStrictEqual(yield* transaction(store.lockIds(third, [record.id])), [])
        assert.deepStrictEqual(yield* store.owners(third, ContactRecord.identities(record.fields)), [])
        assert.deepStrictEqual(yield* notes.newest(third, { contactId: record.id }, 10), [])
        assert.strictEqual((yield* users.names(third, [ann.ownerId])).size, 0)
        assert.deepStrictEqual(yield* store.page(third, {}, firstPage), { rows: [], next: null })
        assert.strictEqual(yield* store.count(third, {}), 0)
      }))

    test("keeps the names that tenants know a user by apart", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const [ours, theirs] = [yield* newTenant, yield* newTenant]
        yield* users.remember(ours, ann.ownerId, "Ours")
        yield* users.remember(theirs, ann.ownerId, "Theirs")
        assert.deepStrictEqual([...(yield* users.names(ours, [ann.ownerId]))], [[ann.ownerId, "Ours"]])
      }))

    test("inserts a contact without touching another tenant's of the same id", () =>
      Effect.gen(function* () {
        const { ours, record, theirs } = yield* twins
        yield* assertUntouched(ours, record)
        yield* assertUntouched(theirs, record)
      }))

    test("updates a contact without touching another tenant's of the same id", () =>
      Effect.gen(function* () {
        const store = yield* ContactStore
        const { ours, record, theirs } = yield* twins
        const moved = {
          ...record,
          fields: { ...record.fields, name: "Ben Moved", email: "ben@example.com", externalId: "8" }
        }
        yield* transaction(
          Effect.andThen(store.lock(ours, [record.id]), store.update(ours, [{ before: record, after: moved }]))
        )
        assertSame(yield* store.find(ours, record.id), Option.some(moved))
        yield* assertUntouched(theirs, record)
      }))

    test("archives a contact without touching another tenant's of the same id", () =>
      Effect.gen(function* () {
        const store = yield* ContactStore
        const { ours, record, theirs } = yield* twins
        const deletion = { at: DateTime.makeUnsafe(ordinaryDay), by: user.id }
        yield* transaction(Effect.andThen(store.lock(ours, [record.id]), store.archive(ours, record, deletion)))
        assert.isTrue(Option.isNone(yield* store.find(ours, record.id)))
        yield* assertUntouched(theirs, record)
      }))

    test("serves each tenant its own contact where two have the same id", () =>
      Effect.gen(function* () {
        const contacts = yield* Contacts
        const { ours, record, theirs } = yield* twins
        yield* as(ours)(contacts.update(record.id, { name: "Anna", email: "anna@example.com" }))
        assert.strictEqual((yield* as(ours)(contacts.get(record.id))).name, "Anna")
        yield* assertUntouched(theirs, record)
        yield* as(ours)(contacts.remove(record.id))
        yield* assertUntouched(theirs, record)
      }))
  }
}
