/** Suggested duplicates: what the store finds for a few contacts is what comparing all of them in memory finds. */
import {
  ContactRecord,
  ContactStore,
  contactId,
  Contacts,
  Duplicates,
  DuplicateSuggestions,
  DuplicateStore,
  PhoneNormalizer,
  type TenantId
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { people } from "../PeopleData.ts"
import * as Commands from "./Commands.ts"
import { assertSame, type Chapter, forAll, inNewTenant, insert, walkThrough } from "./Harness.ts"
import { ordinaryDay } from "./Records.ts"

/** Writes labelled people as contacts. */
const populate = Effect.fnUntraced(function* (tenantId: TenantId, options: Parameters<typeof people>[0]) {
  const { toE164 } = yield* PhoneNormalizer
  const now = DateTime.makeUnsafe(ordinaryDay)
  const records = people(options).contacts.map(({ fields, id }) => ({
    ...ContactRecord.create({ name: fields.name }, { id, now, toE164 }),
    fields
  }))
  yield* Effect.forEach(Arr.chunksOf(records, 500), (batch) => insert(tenantId, ...batch), { discard: true })
  return records
})

/** All groups, page by page. */
const walk = Effect.fnUntraced(function* (minBand: Duplicates.SuggestedBand, limit: number) {
  const suggestions = yield* DuplicateSuggestions
  const page = (from: { readonly cursor?: string }) =>
    Effect.tap(suggestions.list({ minBand, limit, ...from }), ({ data }) =>
      Effect.sync(() => assert.isAtMost(data.length, limit))
    )
  return (yield* walkThrough(page, Effect.void)).visited
})

const newest = ({ contacts }: Duplicates.DuplicateGroup): string => contacts.at(-1) ?? ""

const newestFirst = (groups: ReadonlyArray<Duplicates.DuplicateGroup>) =>
  groups.toSorted((a, b) => (newest(a) < newest(b) ? 1 : -1))

const profilesOf = (records: ReadonlyArray<ContactRecord.ContactRecord>) =>
  records.map(({ fields, id }) => Duplicates.profile(id, fields))

export const duplicates: Chapter = {
  title: "duplicates",
  needs: [],
  tests: (test) => {
    test("are those that all contacts compared in memory have, each group once, whatever the page", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const profiles = profilesOf(yield* populate(tenantId, { seed: 3, contacts: 250 }))
          for (const [minBand, limit] of [
            ["certain", 100],
            ["likely", 1],
            ["possible", 3]
          ] as const) {
            const expected = newestFirst(Duplicates.suggest(profiles, minBand))
            assert.isAbove(expected.length, 10)
            assertSame(yield* walk(minBand, limit), expected, minBand)
          }
        })
      ))

    test("of one contact are its group, and of others none", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const suggestions = yield* DuplicateSuggestions
          const records = yield* populate(tenantId, { seed: 4, contacts: 120 })
          const groups = Duplicates.suggest(profilesOf(records))
          for (const { id } of records) {
            const expected = groups.filter(({ contacts }) => contacts.includes(id))
            assertSame(yield* suggestions.of(id, { minBand: "possible" }), expected)
          }
          const missing = yield* Effect.flip(suggestions.of(contactId("nobody")))
          assert.strictEqual(missing._tag, "ContactNotFound")
        })
      ))

    test("follow every change of the contacts", () =>
      forAll(Commands.commands({ maxLength: 25 }), 12, (commands) =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const made = yield* Commands.runAll(commands)
            const store = yield* ContactStore
            const live = (yield* Effect.forEach(made, (id) => store.find(tenantId, id))).flatMap(Option.toArray)
            const profiles = profilesOf(live)
            assertSame(yield* walk("possible", 3), newestFirst(Duplicates.suggest(profiles)))

            const keys = live.map(({ fields, id }) => [id, Duplicates.keptKeys(id, fields)] as const)
            const all = [...new Set(keys.flatMap(([, ofOne]) => ofOne))]
            const kept = yield* (yield* DuplicateStore).members(tenantId, [...all, "n:nobody"], 50)
            for (const key of all) {
              const expected = keys.flatMap(([id, ofOne]) => (ofOne.includes(key) ? [id] : []))
              assert.sameMembers([...(kept.get(key) ?? [])], expected, key)
            }
            assert.isEmpty(kept.get("n:nobody") ?? [])
          })
        )
      ))

    test("are one tenant's own", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const suggestions = yield* DuplicateSuggestions
          const jane = { name: "Jane Wintergreen", company: "Acme", phone: "+1 415 555 0132" }
          const one = yield* contacts.create(jane)
          yield* inNewTenant(() => contacts.create(jane))
          assertSame((yield* suggestions.list({ minBand: "possible" })).data, [])
          const other = yield* contacts.create(jane)
          const [group] = (yield* suggestions.list({})).data
          assert.sameMembers([...(group?.contacts ?? [])], [one.id, other.id])
          yield* inNewTenant(() =>
            Effect.flatMap(Effect.flip(suggestions.of(one.id)), ({ _tag }) =>
              Effect.sync(() => assert.strictEqual(_tag, "ContactNotFound"))
            )
          )
          assert.isAbove((yield* (yield* DuplicateStore).sample(tenantId, 1)).length, 1)
        })
      ))

    test("are drawn into samples evenly, and the same ones each time", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const store = yield* DuplicateStore
          const records = yield* populate(tenantId, { seed: 6, contacts: 2_000 })
          const sample = (share: number) =>
            Effect.map(store.sample(tenantId, share), (found) => found.map(({ id }) => id).toSorted())
          assertSame(
            yield* sample(1),
            records.map(({ id }) => id)
          )
          const tenth = yield* sample(0.1)
          assertSame(yield* sample(0.1), tenth)
          assert.isAbove(tenth.length, 140)
          assert.isBelow(tenth.length, 260)
          assert.includeMembers([...(yield* sample(0.5))], [...tenth])
        })
      ))

    test("refuse a cursor of another walk", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const suggestions = yield* DuplicateSuggestions
          yield* populate(tenantId, { seed: 3, contacts: 100 })
          const { pagination } = yield* suggestions.list({ limit: 1 })
          assert.isString(pagination.nextCursor)
          const cursor = pagination.nextCursor ?? ""
          const refused = yield* Effect.flip(suggestions.list({ cursor, minBand: "possible" }))
          assert.strictEqual(refused._tag, "ValidationError")
        })
      ))
  }
}
