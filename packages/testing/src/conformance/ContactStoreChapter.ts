/** The stores beneath the services: what is put in comes out, identities are kept unique, sets are all or nothing. */
import {
  ContactRecord,
  ContactStore,
  ContactId,
  contactId,
  type Identity,
  IdGenerator,
  NoteStore,
  noteId,
  type TenantId,
  UserId
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as fc from "fast-check"
import { assertSame, type Chapter, firstPage, forAll, idsOf, insert, newTenant, transaction, user } from "./Harness.ts"
import { longest, oddTexts, ordinaryDay, recordOf, recordsOf, seed, seedOf, seeds } from "./Records.ts"

const update = (tenantId: TenantId, record: ContactRecord.ContactRecord) =>
  transaction(
    Effect.gen(function* () {
      const store = yield* ContactStore
      const [before] = yield* store.lock(tenantId, [record.id])
      if (before === undefined) return assert.fail("not there to be locked")
      yield* store.update(tenantId, [{ before, after: record }])
    })
  )

const archive = (tenantId: TenantId, record: ContactRecord.ContactRecord) =>
  transaction(
    Effect.gen(function* () {
      const store = yield* ContactStore
      assert.deepStrictEqual(yield* store.lockIds(tenantId, [record.id]), [record.id])
      yield* store.archive(tenantId, record, { at: DateTime.makeUnsafe(ordinaryDay), by: user.id })
    })
  )

const owners = (tenantId: TenantId, wanted: ReadonlyArray<Identity>) =>
  Effect.flatMap(ContactStore, (store) => store.owners(tenantId, wanted))

const assertStored = Effect.fnUntraced(function* (tenantId: TenantId, record: ContactRecord.ContactRecord) {
  const store = yield* ContactStore
  assertSame(yield* store.find(tenantId, record.id), Option.some(record))
  const wanted = ContactRecord.identities(record.fields)
  assert.sameDeepMembers(
    [...(yield* owners(tenantId, wanted))],
    wanted.map((identity) => ({ identity, contactId: record.id }))
  )
})

const assertAbsent = Effect.fnUntraced(function* (tenantId: TenantId, record: ContactRecord.ContactRecord) {
  const store = yield* ContactStore
  const notes = yield* NoteStore
  assert.isTrue(Option.isNone(yield* store.find(tenantId, record.id)))
  assert.deepStrictEqual(yield* transaction(store.lock(tenantId, [record.id])), [])
  assert.deepStrictEqual(yield* transaction(store.lockIds(tenantId, [record.id])), [])
  assert.deepStrictEqual(yield* owners(tenantId, ContactRecord.identities(record.fields)), [])
  assert.deepStrictEqual(yield* notes.newest(tenantId, { contactId: record.id }, 10), [])
  for (const search of [undefined, record.fields.name.slice(0, 200)]) {
    const { rows } = yield* store.page(tenantId, search === undefined ? {} : { search }, firstPage)
    assert.notInclude(idsOf(rows), record.id)
  }
})

const withNote = Effect.fnUntraced(function* (tenantId: TenantId, record: ContactRecord.ContactRecord) {
  const store = yield* NoteStore
  const { bodies } = yield* IdGenerator
  const [body = ""] = yield* bodies(1)
  const note = { id: noteId(body), content: "A note", createdBy: user.id, createdAt: record.createdAt }
  yield* store.insert(tenantId, [{ contactId: record.id, note }])
})

export const contactStore: Chapter = {
  title: "contact store",
  needs: [],
  tests: (test) => {
    test("gives every contact back as it was inserted, and names it as the owner of its identities", () =>
      forAll(seeds({ maxLength: 8 }), 25, (seeds) =>
        Effect.gen(function* () {
          const tenantId = yield* newTenant
          const records = yield* recordsOf(seeds)
          yield* insert(tenantId, ...records)
          for (const record of records) yield* assertStored(tenantId, record)
        })
      ))

    test("gives an updated contact back as it was written, and frees the identities it gave up", () =>
      forAll(fc.tuple(seed, seed), 25, ([first, second]) =>
        Effect.gen(function* () {
          const tenantId = yield* newTenant
          const [before, other] = yield* recordsOf([first, second])
          if (before === undefined || other === undefined) return assert.fail("no records")
          const after = { ...other, id: before.id, createdAt: before.createdAt }
          yield* insert(tenantId, before)
          yield* update(tenantId, after)
          yield* assertStored(tenantId, after)
          const kept = new Set(ContactRecord.identities(after.fields).map(({ kind, value }) => `${kind}:${value}`))
          const given = ContactRecord.identities(before.fields).filter(
            ({ kind, value }) => !kept.has(`${kind}:${value}`)
          )
          assert.deepStrictEqual(yield* owners(tenantId, given), [])
        })
      ))

    test("leaves nothing of an archived contact in any live table, and frees its identities", () =>
      forAll(seeds({ minLength: 2, maxLength: 4 }), 20, (seeds) =>
        Effect.gen(function* () {
          const tenantId = yield* newTenant
          const records = yield* recordsOf(seeds)
          yield* insert(tenantId, ...records)
          const [gone, ...kept] = records
          if (gone === undefined) return assert.fail("no records")
          yield* withNote(tenantId, gone)
          yield* archive(tenantId, gone)
          yield* assertAbsent(tenantId, gone)
          for (const record of kept) yield* assertStored(tenantId, record)
          const again = { ...gone, id: contactId(`${gone.id}_again`) }
          yield* insert(tenantId, again)
          yield* assertStored(tenantId, again)
        })
      ))

    test("keeps a set of hundreds whole, in whatever statements it is written", () =>
      Effect.gen(function* () {
        const tenantId = yield* newTenant
        const store = yield* ContactStore
        const drafts = Array.from({ length: 637 }, (_, index) => ({
          name: `Number ${index}`,
          email: `n${index}@example.com`,
          externalId: `n-${index}`
        }))
        const [plain] = fc.sample(seedOf(fc.constant({ name: "" })), { numRuns: 1, seed: 1 })
        if (plain === undefined) return assert.fail("no seed")
        const records = yield* recordsOf(drafts.map((draft) => ({ ...plain, draft })))
        yield* insert(tenantId, ...records)
        assert.strictEqual(yield* store.count(tenantId, {}), records.length)
        const wanted = records.flatMap(({ fields }) => ContactRecord.identities(fields))
        assert.lengthOf(yield* owners(tenantId, wanted), wanted.length)
        for (const record of [records[0], records[99], records[100], records[636]]) {
          if (record !== undefined) yield* assertStored(tenantId, record)
        }
      }))

    test("finds none under an id that names nothing, whatever it looks like", () =>
      Effect.gen(function* () {
        const tenantId = yield* newTenant
        const store = yield* ContactStore
        for (const id of ["contact_1", "x", "%", "_", "'", "0", "null", "é", "x".repeat(128), "𝕏".repeat(128)]) {
          const found = yield* store.find(tenantId, ContactId.make(id))
          assert.isTrue(Option.isNone(found), id)
        }
      }))

    test("refuses a set in which one contact claims an e-mail that is taken, and names whose it is", () =>
      Effect.gen(function* () {
        const tenantId = yield* newTenant
        const holder = yield* recordOf({
          name: "Holder",
          email: "one@example.com",
          secondaryEmails: ["two@example.com"]
        })
        yield* insert(tenantId, holder)
        for (const [taken, claims] of [
          ["one@example.com", { email: "ONE@Example.com" }],
          ["one@example.com", { email: "other@example.com", secondaryEmails: [" one@example.com "] }],
          ["two@example.com", { email: "two@example.com" }]
        ] as const) {
          const free = yield* recordOf({ name: "Free", email: "free@example.com" })
          const rival = yield* recordOf({ name: "Rival", ...claims })
          const error = yield* Effect.flip(insert(tenantId, free, rival))
          if (error._tag !== "IdentityTaken") return assert.fail(error.message)
          assert.deepStrictEqual(
            [...error.taken],
            [{ identity: { kind: "email", value: taken }, contactId: holder.id }]
          )
          yield* assertAbsent(tenantId, free)
          yield* assertAbsent(tenantId, { ...rival, fields: { ...rival.fields, email: null, secondaryEmails: [] } })
        }
      }))

    test("refuses a set in which one contact claims an external id that is taken, and names whose it is", () =>
      Effect.gen(function* () {
        const tenantId = yield* newTenant
        const holder = yield* recordOf({ name: "Holder", externalId: "7" })
        yield* insert(tenantId, holder)
        const free = yield* recordOf({ name: "Free", email: "free@example.com", externalId: "8" })
        const rival = yield* recordOf({ name: "Rival", externalId: "7" })
        const error = yield* Effect.flip(insert(tenantId, free, rival))
        if (error._tag !== "IdentityTaken") return assert.fail(error.message)
        assert.deepStrictEqual(
          [...error.taken],
          [{ identity: { kind: "external_id", value: "7" }, contactId: holder.id }]
        )
        yield* assertAbsent(tenantId, free)
      }))

    test("refuses an update onto an identity that is taken, and names whose it is", () =>
      Effect.gen(function* () {
        const tenantId = yield* newTenant
        const holder = yield* recordOf({ name: "Holder", email: "one@example.com", externalId: "7" })
        const mover = yield* recordOf({ name: "Mover", email: "two@example.com", externalId: "8" })
        yield* insert(tenantId, holder, mover)
        for (const [identity, fields] of [
          [{ kind: "email", value: "one@example.com" }, { secondaryEmails: ["one@example.com"] }],
          [{ kind: "external_id", value: "7" }, { externalId: "7" }]
        ] as const) {
          const moved = { ...mover, fields: { ...mover.fields, name: "Moved", ...fields } }
          const error = yield* Effect.flip(update(tenantId, moved))
          if (error._tag !== "IdentityTaken") return assert.fail(error.message)
          assert.deepStrictEqual([...error.taken], [{ identity, contactId: holder.id }])
          yield* assertStored(tenantId, mover)
        }
      }))

    test("lets a contact keep its identities, and lets its addresses change places", () =>
      Effect.gen(function* () {
        const tenantId = yield* newTenant
        const record = yield* recordOf({
          name: "Ann",
          email: "one@example.com",
          secondaryEmails: ["two@example.com"],
          externalId: "7"
        })
        yield* insert(tenantId, record)
        const fields = { ...record.fields, email: "two@example.com", secondaryEmails: ["one@example.com"] }
        const swapped = { ...record, fields, version: 2 }
        yield* update(tenantId, swapped)
        yield* assertStored(tenantId, swapped)
      }))

    test("leaves the transaction usable in which a set was refused and undone", () =>
      Effect.gen(function* () {
        const tenantId = yield* newTenant
        const holder = yield* recordOf({ name: "Holder", email: "one@example.com" })
        const rival = yield* recordOf({ name: "Rival", email: "one@example.com" })
        const free = yield* recordOf({ name: "Free", email: "two@example.com" })
        yield* transaction(
          Effect.gen(function* () {
            yield* insert(tenantId, holder)
            const error = yield* Effect.flip(insert(tenantId, rival))
            assert.strictEqual(error._tag, "IdentityTaken")
            yield* insert(tenantId, free)
          })
        )
        yield* assertStored(tenantId, holder)
        yield* assertStored(tenantId, free)
      }))

    test("keeps text that means something to a database as it is, in every field that takes it", () =>
      Effect.gen(function* () {
        const tenantId = yield* newTenant
        const store = yield* ContactStore
        const records = yield* Effect.forEach(oddTexts, oddRecord)
        yield* insert(tenantId, ...records)
        for (const [index, record] of records.entries()) {
          assertSame(yield* store.find(tenantId, record.id), Option.some(record), oddTexts[index])
          const source = record.fields.source ?? ""
          const { rows } = yield* store.page(tenantId, { source }, firstPage)
          assert.deepStrictEqual(idsOf(rows), [record.id], source)
        }
      }))

    test("keeps the longest values that the domain accepts", () =>
      Effect.gen(function* () {
        const tenantId = yield* newTenant
        const record = yield* longestRecord
        yield* insert(tenantId, record)
        yield* assertStored(tenantId, record)
        yield* update(tenantId, { ...record, version: 2 })
        yield* assertStored(tenantId, { ...record, version: 2 })
      }))
  }
}

// internal

const oddRecord = (odd: string, index: number) =>
  Effect.map(recordOf({ name: odd }), (record): ContactRecord.ContactRecord => ({
    ...record,
    fields: {
      ...record.fields,
      name: odd,
      externalId: odd.replace(/\p{Cc}/gu, "") === odd ? odd : null,
      phone: { raw: odd, e164: null },
      secondaryPhones: [
        { raw: odd, e164: `+${index}` },
        { raw: `${odd}2`, e164: null }
      ],
      company: odd,
      title: odd,
      source: odd,
      address: { street: odd, city: odd, state: odd, zip: odd, country: odd },
      social: { linkedin: odd, constructor: odd, valueof: null },
      tags: [odd, `${odd}2`],
      customFields: { constructor: odd, tostring: [odd, odd, ""], hasownproperty: true, proto: -1.5e-7, n: 2 ** 53 }
    }
  }))

const longestRecord = Effect.gen(function* () {
  const { bodies } = yield* IdGenerator
  const [body = ""] = yield* bodies(1)
  const record = yield* recordOf({ name: "Ann" })
  // 64 bytes before the @, 253 in all.
  const address = (index: number) =>
    `${String(index).padStart(2, "0")}${"é".repeat(31)}@${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(57)}.de`
  return {
    ...record,
    id: contactId(`${body}${"𝕏".repeat(128 - 8 - body.length)}`),
    version: 2 ** 31 - 1,
    engagement: { ...record.engagement, totalInteractions: 2 ** 31 - 1 },
    fields: {
      ...record.fields,
      name: longest(500),
      externalId: "𝕏".repeat(255),
      email: address(99),
      secondaryEmails: Array.from({ length: 50 }, (_, index) => address(index)),
      phone: { raw: longest(64), e164: null },
      secondaryPhones: Array.from({ length: 50 }, (_, index) => ({ raw: `${index} ${longest(60)}`, e164: null })),
      company: longest(255),
      title: longest(255),
      source: longest(255),
      address: {
        street: longest(255),
        city: longest(255),
        state: longest(255),
        zip: longest(255),
        country: longest(255)
      },
      tags: Array.from({ length: 100 }, (_, index) => `${index} ${longest(96)}`),
      customFields: Object.fromEntries(
        Array.from({ length: 100 }, (_, index) => [`${"k".repeat(60)}_${index}`, longest(10_000)] as const)
      ),
      ownerId: UserId.make("𝕏".repeat(128))
    }
  } satisfies ContactRecord.ContactRecord
})
