/** Segments: the database answers as the evaluator in memory does; names, built in, saved or tags; keeping them. */
import {
  type ContactRecord,
  Contacts,
  ContactStore,
  Segment,
  Segments,
  type TenantId,
  TrackedEvents,
  UserId
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as fc from "fast-check"
import {
  as,
  assertSame,
  at,
  type Chapter,
  Effort,
  firstPage,
  idsOf,
  inNewTenant,
  insert,
  newTenant
} from "./Harness.ts"
import { contact, predicate } from "./Predicates.ts"
import { failures, race, successes, times } from "./Races.ts"
import { recordOf } from "./Records.ts"

const now = "2026-01-24T12:00:00.000Z"
const day = 24 * 60 * 60 * 1_000

const before = (days: number) => DateTime.makeUnsafe(Date.parse(now) - days * day)

/** The contacts that a segment has by its meaning. */
const members = (records: ReadonlyArray<ContactRecord.ContactRecord>, predicate: Segment.Predicate) => {
  const holds = Segment.compile(predicate, { now: DateTime.makeUnsafe(now) })
  return idsOf(records.filter((record) => holds(Segment.factsOf(record)))).toSorted()
}

const listed = (segment: string) =>
  Effect.flatMap(Contacts, (contacts) =>
    Effect.map(contacts.list({ segment, limit: 100 }), ({ data, pagination }) => {
      assert.strictEqual(pagination.total, data.length)
      return idsOf(data).toSorted()
    })
  ).pipe(at(now))

/** Contacts on both sides of every threshold of the built-in segments. */
const thresholds = Effect.fnUntraced(function* (tenantId: TenantId) {
  const plain = yield* recordOf({ name: "Ann" })
  const variants = [
    { score: 79 },
    { score: 80 },
    ...[29, 30, 31, 89, 90, 91].map((days) => ({ createdAt: before(days) })),
    ...[0, 89, 90, 91].map((days) => ({
      engagement: { ...plain.engagement, lastInteraction: before(days), totalInteractions: 1 }
    })),
    ...[999_999n, 1_000_000n].map((minor) => ({
      engagement: { ...plain.engagement, lifetimeValue: BigDecimal.make(minor, 2) }
    }))
  ]
  const records = yield* Effect.forEach(
    variants.flatMap((variant) => [
      { variant, draft: { name: "Ann", type: "lead" } as const },
      { variant, draft: { name: "Ben", type: "customer", ownerId: UserId.make("user_1") } as const }
    ]),
    ({ draft, variant }) => Effect.map(recordOf(draft), (record) => ({ ...record, ...variant }))
  )
  yield* insert(tenantId, ...records)
  return records
})

const vip: Segment.SegmentDefinition = {
  key: "vip",
  name: "VIP",
  predicate: { field: "type", operator: "eq", value: "lead" }
}

export const segments: Chapter = {
  title: "segments",
  needs: [],
  tests: (test) => {
    test("mean in the database what they mean in memory, for any predicates and contacts", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const effort = yield* Effort
          const contacts = yield* Contacts
          const store = yield* ContactStore
          const tracking = yield* TrackedEvents
          const sample = <A>(arbitrary: fc.Arbitrary<A>, numRuns: number, seed = 42) =>
            fc.sample(arbitrary, { numRuns, seed })
          const created = yield* Effect.forEach(sample(contact, 40), (draft, index) =>
            contacts.create(draft).pipe(at(`2026-01-${23 + (index % 2)}T${10 + (index % 13)}:00:00.000Z`))
          )
          yield* tracking.record(
            created
              .filter((_, index) => index % 3 === 0)
              .map(({ id }, index) => ({ contactId: id, event: "email_opened", timestamp: before(index / 4) }))
          )
          const records = yield* Effect.forEach(created, ({ id }) =>
            Effect.map(store.find(tenantId, id), Option.getOrThrow)
          )
          const moment = { now: DateTime.makeUnsafe(now) }
          for (const asked of sample(predicate, Math.max(150, Math.round(150 * effort)))) {
            const criteria = { segment: { predicate: asked, moment } }
            const { rows } = yield* store.page(tenantId, criteria, firstPage)
            const wanted = members(records, asked)
            assert.deepStrictEqual(idsOf(rows).toSorted(), wanted, JSON.stringify(asked))
            assert.strictEqual(yield* store.count(tenantId, criteria), wanted.length, JSON.stringify(asked))
          }
        })
      ))

    test("have the contacts of their predicate under every built-in name, on both sides of its threshold", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const records = yield* thresholds(tenantId)
          for (const [name, predicate] of Object.entries(Segment.builtIns())) {
            const wanted = members(records, predicate)
            assert.deepStrictEqual(yield* listed(name), wanted, name)
            if (name !== "is:open_deals") {
              assert.isNotEmpty(wanted, name)
              assert.isBelow(wanted.length, records.length, name)
            }
          }
        })
      ))

    test("are known by their key, else by a tag in any case, else not at all", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const service = yield* Segments
          const tagged = yield* contacts.create({ name: "Ann", tags: ["VIP"], type: "customer" })
          const lead = yield* contacts.create({ name: "Ben" })
          assert.deepStrictEqual(yield* listed("vip"), [tagged.id])
          yield* service.create(vip)
          assert.deepStrictEqual(yield* listed("vip"), [lead.id])
          yield* service.replace({ ...vip, predicate: { any: [] } })
          assert.deepStrictEqual(yield* listed("vip"), [])
          yield* service.remove("vip")
          assert.deepStrictEqual(yield* listed("Vip"), [tagged.id])
          for (const unknown of ["nothing", "is:nothing", "%", "constructor", "'"]) {
            assert.deepStrictEqual(yield* listed(unknown), [], unknown)
          }
          const both = yield* contacts.list({ segment: "vip", tag: "other" })
          assert.deepStrictEqual(both.data, [])
          const same = yield* contacts.list({ segment: "vip", tag: "VIP", type: "customer" })
          assert.deepStrictEqual(idsOf(same.data), [tagged.id])
        })
      ))

    test("are kept as they were written, by key, and replaced and removed only where they are", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const service = yield* Segments
          const definitions = fc
            .sample(predicate, { numRuns: 12, seed: 7 })
            .map((predicate, index) => ({ key: `key-${index % 2}_${index}`, name: `Name ' ${index}`, predicate }))
          for (const definition of definitions) assertSame(yield* service.create(definition), definition)
          for (const definition of definitions) assertSame(yield* service.get(definition.key), definition)
          assertSame(
            yield* service.list,
            definitions.toSorted((a, b) => (a.key < b.key ? -1 : 1))
          )
          const [first] = definitions
          if (first === undefined) return assert.fail("no segments")
          const taken = yield* Effect.flip(service.create({ ...vip, key: first.key }))
          if (taken._tag !== "ValidationError") return assert.fail(taken.message)
          assert.deepStrictEqual(
            taken.issues.map(({ path }) => path),
            ["key"]
          )
          assertSame(yield* service.get(first.key), first)
          for (const call of [service.get("vip"), service.replace(vip), service.remove("vip")]) {
            assert.strictEqual((yield* Effect.flip(Effect.asVoid(call)))._tag, "SegmentNotFound")
          }
          for (const key of ["", "is:hot", "Upper", "a b", "x".repeat(64)]) {
            assert.strictEqual((yield* Effect.flip(service.create({ ...vip, key })))._tag, "ValidationError", key)
          }
          yield* service.remove(first.key)
          assert.lengthOf(yield* service.list, definitions.length - 1)
        })
      ))

    test("are of one tenant, and of one of many that save the same key at once", () =>
      Effect.gen(function* () {
        const service = yield* Segments
        const [ours, theirs] = [yield* newTenant, yield* newTenant]
        const outcomes = yield* as(ours)(
          race(
            times(8, (index) =>
              Effect.flatMap(Segments, (service) => service.create({ ...vip, name: `Number ${index}` }))
            )
          )
        )
        assert.lengthOf(successes(outcomes), 1)
        for (const error of failures(outcomes)) assert.strictEqual(error._tag, "ValidationError")
        assert.deepStrictEqual(yield* as(theirs)(service.list), [])
        for (const call of [service.get("vip"), service.replace(vip), service.remove("vip")]) {
          assert.strictEqual((yield* Effect.flip(as(theirs)(Effect.asVoid(call))))._tag, "SegmentNotFound")
        }
        yield* as(theirs)(service.create({ ...vip, name: "Theirs" }))
        yield* as(theirs)(service.remove("vip"))
        assertSame(yield* as(ours)(service.list), successes(outcomes))
      }))
  }
}
