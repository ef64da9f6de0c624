import { type ContactId, Contacts, CurrentActor, PersonStore, Personal, Privacy, UserId } from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { makePerson, type Person, rareBytes } from "./person.ts"
import { databases, inTenant, Leftovers, newActor } from "./support.ts"

/** The texts of a person that the database still has anywhere. */
const leftOf = Effect.fnUntraced(function* ({ marks }: Person) {
  const bytes = yield* (yield* Leftovers).bytes
  return marks.filter((text) => bytes.includes(text))
})

/** Other people, alike enough that they share pages and index entries with whoever is erased among them. */
const addOthers = Effect.fnUntraced(function* (from: number) {
  const contacts = yield* Contacts
  yield* Effect.forEach(
    Array.from({ length: 21 }, (_, index) => from + index),
    (n) =>
      contacts.create({
        name: `Other Person ${n}`,
        email: `other${n}@example.com`,
        tags: ["everyone"],
        notes: "x".repeat((n % 7) * 150),
        customFields: { filler: "y".repeat((n % 11) * 90) },
        ownerId: UserId.make(`user_${n % 3}`)
      })
  )
})

/** Lists whose totals are kept, and lists whose totals are counted. */
const allLists = Effect.gen(function* () {
  const { list } = yield* Contacts
  return yield* Effect.all([
    list({ limit: 100 }),
    list({ status: "active", limit: 100 }),
    list({ type: "lead", limit: 100 }),
    list({ ownerId: UserId.make("user_1"), limit: 100 }),
    list({ tag: "everyone", limit: 100 }),
    list({ search: "other", limit: 100 })
  ])
})

const removeFor = (id: ContactId, days: number) =>
  Effect.gen(function* () {
    const contacts = yield* Contacts
    yield* contacts.remove(id)
    const now = yield* DateTime.now
    yield* contacts.purge(DateTime.add(now, { days }))
  })

/** Ways in which a person can be there, and the id by which it is then erased. */
const states = {
  live: ({ id }: Person) => Effect.succeed(id),
  deleted: ({ id }: Person) => Effect.as(removeFor(id, 29), id),
  purged: ({ id }: Person) => Effect.as(removeFor(id, 31), id),
  "merged away": ({ mergedId }: Person) => Effect.succeed(mergedId),
  "merged away, then deleted": ({ id, mergedId }: Person) => Effect.as(removeFor(id, 29), mergedId)
}

describe.each(Object.entries(databases))("erasing a person, on %s", (_name, database) => {
  it.layer(database, { timeout: "30 seconds", excludeTestServices: true })((it) => {
    it.effect.each(Object.entries(states))(
      "who is %s, leaves nothing of it, and all others as they were",
      ([, bring]) =>
        inTenant(
          Effect.gen(function* () {
            const contacts = yield* Contacts
            const leftovers = yield* Leftovers
            const privacy = yield* Privacy
            yield* addOthers(0)
            const before = yield* allLists
            const person = yield* makePerson
            yield* addOthers(21)
            const id = yield* bring(person)
            assert.isNotEmpty(yield* leftOf(person))
            assert.isTrue((yield* leftovers.bytes).includes(rareBytes))

            yield* privacy.erase(id)
            assert.deepStrictEqual(yield* leftOf(person), [])
            assert.isFalse((yield* leftovers.bytes).includes(rareBytes))
            assert.strictEqual((yield* Effect.flip(contacts.get(person.id)))._tag, "ContactNotFound")
            assert.strictEqual((yield* Effect.flip(contacts.restore(person.id)))._tag, "ContactNotFound")
            assert.strictEqual((yield* contacts.list({ search: person.marks[0] ?? "" })).pagination.total, 0)

            // Twice as many others, and those of before unchanged.
            const after = yield* allLists
            assert.deepStrictEqual(
              after.map(({ pagination }) => pagination.total),
              before.map(({ pagination }) => (pagination.total ?? 0) * 2)
            )
            after.forEach(({ data }, index) => assert.includeDeepMembers([...data], [...(before[index]?.data ?? [])]))

            // Once is enough, by any of its ids.
            for (const gone of [person.id, person.mergedId]) {
              assert.strictEqual((yield* Effect.flip(privacy.erase(gone)))._tag, "ContactNotFound")
              assert.strictEqual((yield* Effect.flip(privacy.export(gone)))._tag, "ContactNotFound")
            }
          })
        )
    )

    it.effect("leaves its events in the stream, blanked, and tells of the erasure without a word of whom", () =>
      inTenant(
        Effect.gen(function* () {
          const { tenantId } = yield* CurrentActor
          const persons = yield* PersonStore
          const person = yield* makePerson
          const ids = [person.id, person.mergedId]
          const told = yield* persons.domainEvents(tenantId, ids)
          yield* (yield* Privacy).erase(person.id)

          const rows = yield* (yield* Leftovers).events(tenantId)
          assert.deepStrictEqual(
            rows.slice(0, -1).map(({ id, type }) => ({ id, type })),
            told.map(({ id, type }) => ({ id, type }))
          )
          for (const { data, type } of rows) {
            // A score names nobody.
            if (type === "crm.score_changed") continue
            if (type === "crm.task_due" || type === "crm.task_completed") {
              assert.deepInclude(data, { title: Personal.erasedText, description: null })
              continue
            }
            const shown = "contact" in data ? data.contact : data
            assert.deepInclude(shown, { name: Personal.erasedText, email: null })
          }
          assert.deepInclude(rows.at(-1), {
            type: "crm.contact_deleted",
            cause: "api",
            data: { id: person.id, email: null, name: Personal.erasedText }
          })
          assert.deepStrictEqual(yield* persons.domainEvents(tenantId, ids), [])
        })
      )
    )

    it.effect("does not touch another tenant, nor another contact of the name", () =>
      Effect.gen(function* () {
        const contacts = yield* Contacts
        const privacy = yield* Privacy
        const [own, foreign] = [newActor(), newActor()]
        const jane = { name: "Jane Doe", email: "jane@example.com", notes: "Called" }
        const as = (actor: CurrentActor["Service"]) => Effect.provideService(CurrentActor, actor)
        const created = yield* contacts.create(jane).pipe(as(foreign))
        const theirs = yield* contacts.get(created.id).pipe(as(foreign))
        const ours = yield* contacts.create(jane).pipe(as(own))
        const namesake = yield* contacts.create({ ...jane, email: "jane.doe@example.com" }).pipe(as(own))
        assert.strictEqual((yield* Effect.flip(privacy.erase(theirs.id).pipe(as(own))))._tag, "ContactNotFound")
        assert.strictEqual((yield* Effect.flip(privacy.export(theirs.id).pipe(as(own))))._tag, "ContactNotFound")

        const seen = yield* privacy.export(namesake.id).pipe(as(own))
        yield* privacy.erase(ours.id).pipe(as(own))
        assert.deepStrictEqual(yield* contacts.get(theirs.id).pipe(as(foreign)), theirs)
        assert.deepStrictEqual(
          { ...(yield* privacy.export(namesake.id).pipe(as(own))), exportedAt: seen.exportedAt },
          seen
        )
      })
    )

    it.effect("is undone with the transaction that it is part of", () =>
      inTenant(
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const person = yield* makePerson
          const before = yield* contacts.get(person.id)
          const undone = (yield* Leftovers).transaction(
            Effect.andThen((yield* Privacy).erase(person.id), Effect.fail("undone" as const))
          )
          assert.strictEqual(yield* Effect.flip(undone), "undone")
          assert.deepStrictEqual(yield* contacts.get(person.id), before)
        })
      )
    )
  })
})
