import {
  type ContactId,
  contactId,
  Contacts,
  CurrentActor,
  Imports,
  Notes,
  PersonStore,
  Personal,
  PersonalData,
  Privacy,
  UserId
} from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Option, Schema, Stream } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { makePerson, type Person, rareBytes } from "./person.ts"
import { databases, Leftovers, newActor } from "./support.ts"

const encodeData = Schema.encodeEffect(PersonalData.PersonalData)

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

/** Every list that there are kept numbers for, with the contacts in it. */
const allLists = Effect.gen(function* () {
  const contacts = yield* Contacts
  return yield* Effect.forEach(
    [{}, { status: "active" }, { type: "lead" }, { ownerId: UserId.make("user_1") }, { tag: "everyone" }, { search: "other" }],
    (filter) => contacts.list({ ...filter, limit: 100 })
  )
})

const importOf = (email: string) =>
  Effect.flatMap(Imports, (imports) =>
    imports.contacts({
      header: ["name", "email"],
      rows: Stream.make(
        { row: 1, cells: ["Someone", email.toUpperCase()], ragged: false },
        { row: 2, cells: ["Nobody", ""], ragged: false }
      )
    })
  )

describe.each(Object.entries(databases))("erasing a person, on %s", (_name, database) => {
  it.layer(database, { timeout: "30 seconds", excludeTestServices: true })((it) => {
    const inTenant = <A, E, R>(self: Effect.Effect<A, E, R>) =>
      Effect.suspend(() => Effect.provideService(self, CurrentActor, newActor()))

    /** Ways in which a person can be there, each with the id by which it is then erased. */
    const states: Readonly<
      Record<string, (person: Person) => Effect.Effect<ContactId, unknown, Contacts | CurrentActor>>
    > = {
      live: ({ id }) => Effect.succeed(id),
      deleted: ({ id }) => Effect.flatMap(Contacts, (contacts) => Effect.as(contacts.remove(id), id)),
      "merged away": ({ mergedId }) => Effect.succeed(mergedId),
      purged: ({ id }) =>
        Effect.flatMap(Contacts, (contacts) =>
          contacts.remove(id).pipe(
            Effect.andThen(DateTime.now),
            Effect.flatMap((now) => contacts.purge(DateTime.add(now, { days: 31 }))),
            Effect.as(id)
          )
        )
    }

    it.effect.each(Object.entries(states))("%s, leaves nothing of it anywhere, and all others as they were", ([, bring]) =>
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

          const after = yield* allLists
          assert.deepStrictEqual(
            after.map(({ pagination }) => pagination.total),
            before.map(({ pagination }) => (pagination.total ?? 0) * 2)
          )
          const known = new Map(after[0]?.data.map((contact) => [contact.id, contact]))
          for (const other of before[0]?.data ?? []) assert.deepStrictEqual(known.get(other.id), other)
          assert.strictEqual((yield* contacts.list({ search: person.marks[0] ?? "" })).pagination.total, 0)

          // Once is enough, by any of its ids.
          assert.strictEqual((yield* Effect.flip(privacy.erase(person.id)))._tag, "ContactNotFound")
          assert.strictEqual((yield* Effect.flip(privacy.erase(person.mergedId)))._tag, "ContactNotFound")
          assert.strictEqual((yield* Effect.flip(privacy.export(person.id)))._tag, "ContactNotFound")
        })
      )
    )
  })
})
