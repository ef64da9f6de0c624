/** Walks by cursor: each contact once and in order, under every sort and filter, also while others come and go. */
import {
  type ContactQuery,
  ContactRecord,
  ContactStore,
  Contacts,
  Cursor,
  Query,
  Search,
  type TenantId,
  Text,
  TrackedEvents,
  UserId
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as fc from "fast-check"
import { type Chapter, forAll, idsOf, inNewTenant, insert } from "./Harness.ts"
import { recordsOf, type Seed, seedOf } from "./Records.ts"

type Record = ContactRecord.ContactRecord

const moments = ["2026-01-20T10:00:00.000Z", "2026-01-20T10:00:00.001Z", "1999-12-31T23:59:59.999Z"].map((text) =>
  DateTime.makeUnsafe(text)
)
const moment = fc.constantFrom(...moments)
const owner = UserId.make("user_1")

/** Contacts that have most sort keys in common with others; names that fold alike, and that code units would misplace. */
const seed: fc.Arbitrary<Seed> = fc
  .record({
    base: seedOf(
      fc.record({
        name: fc.constantFrom("Ann", "ánn", "ANN X", "ann-x", "Zoë", "zoe", "😀", "\ue000", "李", "_", "%", "O'Neil"),
        status: fc.constantFrom("active", "inactive"),
        tags: fc.subarray(["VIP", "new"]),
        ownerId: fc.constantFrom(owner, null)
      })
    ),
    score: fc.constantFrom(0, 9, 10, 100),
    createdAt: moment,
    updatedAt: moment
  })
  .map(({ base, createdAt, score, updatedAt }) => ({
    ...base,
    score,
    createdAt,
    updatedAt,
    engagement: { ...base.engagement, lastInteraction: null, totalInteractions: 0 }
  }))

/** Contacts, some of which were heard of since. */
const population = fc.tuple(
  fc.array(seed, { minLength: 4, maxLength: 14, size: "max" }),
  fc.array(fc.tuple(fc.nat(13), moment), { maxLength: 8 })
)

const populate = Effect.fnUntraced(function* (
  tenantId: TenantId,
  [seeds, interactions]: typeof population extends fc.Arbitrary<infer A> ? A : never
) {
  const store = yield* ContactStore
  const events = yield* TrackedEvents
  const records = yield* recordsOf(seeds)
  yield* insert(tenantId, ...records)
  yield* events.record(
    interactions.flatMap(([index, timestamp]) => {
      const contactId = records[index % records.length]?.id
      return contactId === undefined ? [] : [{ contactId, event: "website_visit", timestamp }]
    })
  )
  return yield* Effect.forEach(records, ({ id }) => Effect.map(store.find(tenantId, id), Option.getOrThrow))
})

const filters = ["none", "status", "tag", "owner", "search", "segment"] as const

const filterOf: { readonly [name in (typeof filters)[number]]: Query.ContactFilter } = {
  none: {},
  status: { status: "active" },
  tag: { tag: "vip" },
  owner: { ownerId: owner },
  search: { search: "an" },
  segment: { segment: "is:no_owner" }
}

const holds: { readonly [name in (typeof filters)[number]]: (record: Record) => boolean } = {
  none: () => true,
  status: ({ fields }) => fields.status === "active",
  tag: ({ fields }) => fields.tags.includes("VIP"),
  owner: ({ fields }) => fields.ownerId === owner,
  search: ({ fields }) => Search.matches(Search.document(fields), Search.needles("an")),
  segment: ({ fields }) => fields.ownerId === null
}

const keyOf = (field: Query.SortField, { createdAt, engagement, fields, score, updatedAt }: Record) => {
  switch (field) {
    case "created_at":
      return createdAt.epochMilliseconds
    case "updated_at":
      return updatedAt.epochMilliseconds
    case "last_interaction":
      return engagement.lastInteraction?.epochMilliseconds ?? null
    case "name":
      return Array.from(Text.fold(fields.name), (letter) =>
        (letter.codePointAt(0) ?? 0).toString(16).padStart(6, "0")
      ).join("")
    case "score":
      return score
  }
}

/** The order that a sort means: null last, the id to break ties. */
const inOrder = (records: ReadonlyArray<Record>, sort: Query.Sort): ReadonlyArray<Record> => {
  const field = Query.sortField(sort)
  const sign = sort.startsWith("-") ? -1 : 1
  return records.toSorted((a, b) => {
    const [left, right] = [keyOf(field, a), keyOf(field, b)]
    if (left === right) return a.id < b.id ? -sign : sign
    if (left === null || right === null) return left === null ? 1 : -1
    return left < right ? -sign : sign
  })
}

/** All ids of a walk by cursor, with something done between its pages. */
const walk = Effect.fnUntraced(function* <E, R>(query: ContactQuery, between: Effect.Effect<unknown, E, R>) {
  const contacts = yield* Contacts
  const visited: Array<string> = []
  let page = yield* contacts.list(query)
  for (;;) {
    visited.push(...idsOf(page.data))
    const { nextCursor } = page.pagination
    if (nextCursor === null) return visited
    assert.lengthOf(page.data, query.limit ?? Query.defaultLimit, "only the last page is shorter")
    yield* between
    page = yield* contacts.list({ ...query, cursor: nextCursor })
    assert.notProperty(page.pagination, "page")
  }
})

const leaf = Effect.fnUntraced(function* (query: ContactQuery, limit: number) {
  const contacts = yield* Contacts
  const visited: Array<string> = []
  for (let page = 1; ; page++) {
    const { data } = yield* contacts.list({ ...query, page, limit })
    visited.push(...idsOf(data))
    if (data.length < limit) return visited
  }
})

export const walks: Chapter = {
  title: "walks",
  needs: [],
  tests: (test) => {
    for (const name of filters) {
      test(`visit each contact once and in order, by cursor and by page, under every sort: ${name === "none" ? "no filter" : `filtered by ${name}`}`, () =>
        forAll(fc.tuple(population, fc.integer({ min: 1, max: 6 })), 4, ([population, limit]) =>
          inNewTenant((tenantId) =>
            Effect.gen(function* () {
              const records = (yield* populate(tenantId, population)).filter(holds[name])
              for (const sort of Query.Sort.literals) {
                const query = { ...filterOf[name], sort }
                const wanted = idsOf(inOrder(records, sort))
                assert.deepStrictEqual(yield* walk({ ...query, limit }, Effect.void), [...wanted], `${sort} by cursor`)
                assert.deepStrictEqual(yield* leaf(query, limit), [...wanted], `${sort} by page`)
              }
            })
          )
        ))
    }

    test("visit contacts that stay as they are once and in order while others are made, changed and deleted", () =>
      forAll(fc.tuple(population, population, fc.integer({ min: 1, max: 4 })), 3, ([staying, restless, limit]) =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const contacts = yield* Contacts
            const records = yield* populate(tenantId, staying)
            const stay = new Set(idsOf(records))
            for (const sort of Query.Sort.literals) {
              const others = [...(yield* populate(tenantId, restless))]
              let newcomers = 4
              const stir = Effect.gen(function* () {
                // Were there always one more, a walk towards the newest would never end.
                if (newcomers-- > 0) yield* contacts.create({ name: "Ann" })
                const [changed, removed] = [others.pop(), others.pop()]
                if (changed !== undefined) yield* contacts.update(changed.id, { name: "Zoë Moved", status: "inactive" })
                if (removed !== undefined) yield* contacts.remove(removed.id)
              })
              const visited = yield* walk({ sort, limit }, stir)
              assert.deepStrictEqual(
                visited.filter((id) => stay.has(id)),
                [...idsOf(inOrder(records, sort))],
                sort
              )
              for (const { id } of yield* contacts.list({ limit: 100 }).pipe(Effect.map(({ data }) => data))) {
                if (!stay.has(id)) yield* contacts.remove(id)
              }
            }
          })
        )
      ))

    test("tell on every page the total that was counted when they began", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          for (const name of ["Ann", "Ben", "Cas"]) yield* contacts.create({ name })
          const first = yield* contacts.list({ limit: 1 })
          assert.strictEqual(first.pagination.total, 3)
          yield* contacts.create({ name: "Dan" })
          const second = yield* contacts.list({ limit: 1, cursor: first.pagination.nextCursor ?? "" })
          assert.strictEqual(second.pagination.total, 3)
        })
      ))

    test("refuse a cursor of another filter or sort, one that is none, and one beside a page", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          for (const name of ["Ann", "Ben", "Cas"]) yield* contacts.create({ name, source: "fair" })
          const { pagination } = yield* contacts.list({ limit: 1, source: "fair", sort: "name" })
          const cursor = pagination.nextCursor ?? assert.fail("no next page")
          const forged = (sort: string, key: string | number | null) =>
            Cursor.encode({ sort, position: { key, id: "contact_1" }, total: 1 }, {})
          for (const [path, query] of [
            ["cursor", { cursor }],
            ["cursor", { cursor, source: "fair", sort: "-name" }],
            ["cursor", { cursor, source: "other" }],
            ["cursor", { cursor, source: "fair", tag: "x" }],
            ["cursor", { cursor: "garbage" }],
            ["cursor", { cursor: "" }],
            ["cursor", { cursor: `${cursor}x`, source: "fair", sort: "name" }],
            ["page", { cursor, source: "fair", sort: "name", page: 1 }],
            ["cursor", { cursor: forged("nothing", null) }],
            ["cursor", { cursor: forged("score", "a") }],
            ["cursor", { cursor: forged("score", 1.5) }],
            ["cursor", { cursor: forged("score", 1e300) }],
            ["cursor", { cursor: forged("name", 7) }],
            ["cursor", { cursor: forged("name", "\0") }],
            ["cursor", { cursor: forged("created_at", "yesterday") }],
            ["cursor", { cursor: forged("created_at", null) }],
            ["cursor", { cursor: forged("-last_interaction", 5) }]
          ] as const) {
            const error = yield* Effect.flip(contacts.list(query))
            if (error._tag !== "ValidationError") return assert.fail(`${error.message}: ${JSON.stringify(query)}`)
            assert.deepStrictEqual(
              error.issues.map((issue) => issue.path),
              [path],
              JSON.stringify(query)
            )
          }
          const next = yield* contacts.list({ cursor, source: "fair", limit: 5 })
          assert.deepStrictEqual(
            next.data.map(({ name }) => name),
            ["Ben", "Cas"]
          )
        })
      ))
  }
}
