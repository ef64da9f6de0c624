/** Lists: filters and search against the same question asked in memory, pages, order and totals. */
import {
  Contact,
  ContactId,
  Contacts,
  ContactRecord,
  ContactStore,
  type Criteria,
  Query,
  Search,
  type TenantId
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import * as Generators from "../Generators.ts"
import { assertSame, at, type Chapter, firstPage, forAll, idsOf, inNewTenant, insert, newTenant } from "./Harness.ts"
import { oddTexts, recordOf, recordsOf, type Seed, seeds } from "./Records.ts"

type Records = ReadonlyArray<ContactRecord.ContactRecord>

const decodeContacts = Schema.decodeEffect(Schema.Array(Contact.Contact))
const encodeDetail = Schema.encodeEffect(Contact.ContactDetail)

/** Inserts contacts into a tenant of their own. */
const store = Effect.fnUntraced(function* (seeds: ReadonlyArray<Seed>) {
  const tenantId = yield* newTenant
  const records = yield* recordsOf(seeds)
  yield* insert(tenantId, ...records)
  return { tenantId, records }
})

/** The ids that a filter has to answer, newest first. */
const expected = (records: Records, filter: Query.ContactFilter): ReadonlyArray<string> =>
  records
    .filter(({ fields }) => holds(fields, filter))
    .toSorted(
      (a, b) => DateTime.toEpochMillis(b.createdAt) - DateTime.toEpochMillis(a.createdAt) || (a.id < b.id ? 1 : -1)
    )
    .map(({ id }) => id)

const holds = (fields: ContactRecord.ContactFields, filter: Query.ContactFilter): boolean =>
  (filter.status === undefined || filter.status === fields.status || filter.status === fields.type) &&
  (filter.type === undefined || filter.type === fields.type) &&
  (filter.source === undefined || filter.source === fields.source) &&
  (filter.ownerId === undefined || filter.ownerId === fields.ownerId) &&
  (filter.externalId === undefined || filter.externalId === fields.externalId) &&
  (filter.tag === undefined || fields.tags.includes(filter.tag)) &&
  Search.matches(Search.document(fields), Search.needles(filter.search ?? ""))

const pageOf = (tenantId: TenantId, filter: Criteria) =>
  Effect.flatMap(ContactStore, (store) => store.page(tenantId, filter, firstPage))

/** A search made of what the contacts have in them, cut out anywhere. */
const cutting = fc
  .record({
    contact: fc.nat(),
    field: fc.nat(),
    from: fc.nat(),
    length: fc.integer({ min: 1, max: 20 }),
    twice: fc.boolean()
  })
  .map(({ contact, field, from, length, twice }) => (records: Records) => {
    const fields = records[contact % Math.max(1, records.length)]?.fields
    if (fields === undefined) return ""
    const texts = [
      fields.name,
      fields.email,
      fields.company,
      fields.phone?.raw,
      fields.phone?.e164,
      fields.secondaryEmails[0],
      fields.secondaryPhones[0]?.raw,
      Search.document(fields)
    ].flatMap((text) => (text === null || text === undefined || text === "" ? [] : [text]))
    const text = [...(texts[field % texts.length] ?? "")]
    const cut = text
      .slice(from % text.length)
      .slice(0, length)
      .join("")
    return (twice ? `${cut} ${fields.name.slice(0, 2)}` : cut).slice(0, 200).replace(/\p{Surrogate}/gu, "")
  })

const assertAnswered = Effect.fnUntraced(function* (
  { records, tenantId }: Effect.Success<ReturnType<typeof store>>,
  { segment: _segment, ...filter }: Query.ContactFilter
) {
  const store = yield* ContactStore
  const page = yield* pageOf(tenantId, filter)
  const wanted = expected(records, filter)
  assert.deepStrictEqual(idsOf(page.rows), wanted, JSON.stringify(filter))
  assert.strictEqual(yield* store.count(tenantId, filter), wanted.length)
})

export const lists: Chapter = {
  title: "lists",
  needs: [],
  tests: (test) => {
    test("finds by search exactly the contacts whose text holds every word, for words cut out of what is stored", () =>
      forAll(
        fc.tuple(seeds({ minLength: 5, maxLength: 12 }), fc.array(cutting, { minLength: 8, maxLength: 8 })),
        25,
        ([seeds, cuts]) =>
          Effect.gen(function* () {
            const stored = yield* store(seeds)
            for (const cut of cuts) yield* assertAnswered(stored, { search: cut(stored.records) })
          })
      ))

    test("finds by search exactly the contacts whose text holds every word, for any words", () =>
      forAll(
        fc.tuple(seeds({ minLength: 5, maxLength: 12 }), fc.array(Generators.contactFilter, { maxLength: 8 })),
        15,
        ([seeds, filters]) =>
          Effect.gen(function* () {
            const stored = yield* store(seeds)
            for (const { search = "" } of filters) yield* assertAnswered(stored, { search })
          })
      ))

    test("finds by search words that most contacts have, that few have, and both together, under other filters too", () =>
      Effect.gen(function* () {
        const tenantId = yield* newTenant
        const records = yield* Effect.forEach(
          Array.from({ length: 90 }, (_, n) => n),
          (n) =>
            recordOf({
              name: `Anna Common ${n}`,
              email: `person${n}@mail${n % 7}.example.com`,
              company: n % 30 === 0 ? "Čapek & Söhne" : `Company ${n % 10}`,
              tags: n % 3 === 0 ? ["vip"] : [],
              status: n % 2 === 0 ? "active" : "inactive"
            })
        )
        yield* insert(tenantId, ...records)
        const common = "common, person7, person77@, @mail3., mail3.example company, an, an 7, anna zzz, common 1 an"
        const rare = "capek, sohne common, &, n7, com, person7 person8"
        for (const search of [...common.split(", "), ...rare.split(", ")]) {
          for (const filter of [
            {},
            { tag: "vip" },
            { status: "inactive" },
            { tag: "vip", status: "active" }
          ] as const) {
            yield* assertAnswered({ records, tenantId }, { ...filter, search })
          }
        }
      }))

    test("takes everything in a search as plain characters", () =>
      Effect.gen(function* () {
        const tenantId = yield* newTenant
        const names = oddTexts.flatMap((odd) => (odd.trim() === "" ? [] : [odd, `a${odd}b`, odd.slice(1)]))
        const records = yield* Effect.forEach(
          // Cut in two, a character of two units is no text that the domain accepts.
          names.filter((name) => name.trim() !== "" && !/\p{Surrogate}/u.test(name)),
          (name) => recordOf({ name })
        )
        yield* insert(tenantId, ...records)
        for (const search of [
          ...oddTexts,
          "a%",
          "%b",
          "a_",
          '"',
          "*",
          "a*",
          "^a",
          "-a",
          "a OR b",
          "NEAR(a b)",
          "text : a",
          "  a",
          "(",
          "{x}",
          "a AND"
        ]) {
          yield* assertAnswered({ records, tenantId }, { search })
        }
      }))

    test("finds a contact by what an update gave it and no longer by what it took", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const { id } = yield* contacts.create({
            name: "Ann Meyer",
            email: "ann@example.com",
            phone: "+1 202 555 0143"
          })
          const found = (search: string) => Effect.map(contacts.list({ search }), ({ data }) => idsOf(data))
          for (const search of ["meyer", "ann@ex", "5550143", "me"])
            assert.deepStrictEqual(yield* found(search), [id], search)
          yield* contacts.update(id, {
            name: "Ann Zoë Ölçer",
            email: "az@example.org",
            phone: null,
            company: "Groß & Co"
          })
          for (const search of ["OLCER", "zoe ann", "az@", "gross", "&"])
            assert.deepStrictEqual(yield* found(search), [id], search)
          for (const search of ["meyer", "ann@ex", "5550143", "me"])
            assert.deepStrictEqual(yield* found(search), [], search)
          yield* contacts.remove(id)
          assert.deepStrictEqual(yield* found("olcer"), [])
          // Whatever place in an index the removed one had may be the next one's.
          const next = yield* contacts.create({ name: "Ben" })
          assert.deepStrictEqual(yield* found("olcer"), [])
          assert.deepStrictEqual(yield* found("ben"), [next.id])
        })
      ))

    test("filters as the same conditions do in memory, alone and together", () =>
      forAll(
        fc.tuple(
          seeds({ minLength: 5, maxLength: 15 }),
          fc.array(Generators.contactFilter, { minLength: 6, maxLength: 6 })
        ),
        15,
        ([seeds, filters]) =>
          Effect.gen(function* () {
            const stored = yield* store(seeds)
            const [first] = stored.records
            const externalId = first?.fields.externalId
            yield* assertAnswered(stored, {})
            if (externalId !== null && externalId !== undefined) yield* assertAnswered(stored, { externalId })
            for (const filter of filters) {
              const { search: _search, ...simple } = filter
              yield* assertAnswered(stored, filter)
              yield* assertAnswered(stored, simple)
              for (const [key, value] of Object.entries(simple)) {
                yield* assertAnswered(stored, yield* Effect.orDie(decodeFilter({ [key]: value })))
              }
            }
          })
      ))

    test("visits every contact once on a walk through all pages, newest first, later ids first where times are equal", () =>
      forAll(
        fc.tuple(fc.array(fc.constantFrom(...moments), { maxLength: 25 }), fc.integer({ min: 1, max: 12 })),
        12,
        ([times, limit]) =>
          inNewTenant(() =>
            Effect.gen(function* () {
              const contacts = yield* Contacts
              const made = yield* Effect.forEach(times, (time, index) =>
                contacts.create({ name: `Number ${index}` }).pipe(at(time))
              )
              const visited: Array<Contact.Contact> = []
              for (let page = 1; ; page++) {
                const { data, pagination } = yield* contacts.list({ page, limit })
                const { nextCursor, ...place } = pagination
                assert.deepStrictEqual(place, { page, limit, total: made.length })
                assert.strictEqual(nextCursor === null, page * limit >= made.length)
                visited.push(...data)
                if (data.length < limit) break
              }
              const newestFirst = made.toSorted(
                (a, b) =>
                  DateTime.toEpochMillis(b.createdAt) - DateTime.toEpochMillis(a.createdAt) || (a.id < b.id ? 1 : -1)
              )
              assert.deepStrictEqual(idsOf(visited), idsOf(newestFirst))
            })
          )
      ))

    test("answers an empty page with the true total beyond the last one, however far", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          yield* contacts.create({ name: "Ann" })
          for (const page of [2, 1_000_000_000]) {
            const { data, pagination } = yield* contacts.list({ page, limit: 100 })
            assert.deepStrictEqual(data, [])
            assert.strictEqual(pagination.total, 1)
          }
          assert.strictEqual((yield* contacts.list({})).pagination.limit, Query.defaultLimit)
        })
      ))

    test("refuses a page that cannot be", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          for (const query of [{ page: 0 }, { page: 1.5 }, { limit: 0 }, { limit: 101 }, { search: "x".repeat(201) }]) {
            assert.strictEqual((yield* Effect.flip(contacts.list(query)))._tag, "ValidationError")
            assert.strictEqual((yield* Effect.flip(contacts.listEncoded(query)))._tag, "ValidationError")
          }
        })
      ))

    test("lists in the shape of the wire what the schema makes of each contact", () =>
      forAll(
        fc.array(fc.tuple(Generators.contactCreate, fc.constantFrom(...moments)), { maxLength: 6 }),
        20,
        (drafts) =>
          inNewTenant(() =>
            Effect.gen(function* () {
              const contacts = yield* Contacts
              for (const [draft, time] of drafts) yield* Effect.exit(contacts.create(draft).pipe(at(time)))
              const encoded = yield* contacts.listEncoded({ limit: 100 })
              const list = yield* contacts.list({ limit: 100 })
              assert.deepStrictEqual(encoded.pagination, {
                next_cursor: null,
                page: 1,
                limit: 100,
                total: list.data.length
              })
              assertSame(yield* decodeContacts(encoded.data), list.data)
              for (const row of encoded.data) {
                const detail = yield* contacts.get(ContactId.make(row.id))
                const wire = yield* encodeDetail(detail)
                assertSame(row, pick(wire, row))
              }
            })
          )
      ))

    test("lists in the shape of the wire what the schema makes of every stored contact", () =>
      forAll(seeds({ maxLength: 8 }), 20, (seeds) =>
        Effect.gen(function* () {
          const { records, tenantId } = yield* store(seeds)
          const { rows } = yield* pageOf(tenantId, {})
          for (const record of records) {
            const wire = yield* encodeDetail(
              ContactRecord.toDetail(record, null, { notes: [], activities: [], deals: [] })
            )
            const { owner_id, ...row } = rows.find(({ id }) => id === record.id) ?? assert.fail("not listed")
            assert.strictEqual(owner_id, record.fields.ownerId)
            assertSame(row, pick(wire, row))
          }
        })
      ))
  }
}

// internal

const decodeFilter = Schema.decodeUnknownEffect(Query.ContactFilter)

const moments = [
  "2026-01-20T10:00:00.000Z",
  "2026-01-20T10:00:00.001Z",
  "2026-01-20T10:00:01.000Z",
  "1999-12-31T23:59:59.999Z"
]

/** Those members of the one that the other has. */
const pick = <B extends object>(whole: { readonly [key in keyof B]?: unknown }, part: B) =>
  Object.fromEntries(Object.keys(part).map((key) => [key, Object.entries(whole).find(([name]) => name === key)?.[1]]))
