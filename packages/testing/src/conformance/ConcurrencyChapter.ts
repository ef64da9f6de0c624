/**
 * Races, over real connections: fibers of one client, and of two where the adapter has a second. Whoever loses gets a
 * typed error or is run again; nothing is lost, doubled or left behind.
 */
import { type ContactId, Contacts, ContactStore, DuplicateContact, Imports } from "@clientele/core"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { type Chapter, eventsOf, eventTypes, inNewTenant, transaction } from "./Harness.ts"
import { failures, race, successes, times } from "./Races.ts"

const create = (input: Parameters<Contacts["Service"]["create"]>[0]) =>
  Effect.flatMap(Contacts, (contacts) => contacts.create(input))

const update = (
  id: ContactId,
  ...changes: Parameters<Contacts["Service"]["update"]> extends [unknown, ...infer Rest] ? Rest : never
) => Effect.flatMap(Contacts, (contacts) => contacts.update(id, ...changes))

const customNumber = (fields: { readonly [key: string]: unknown }, key: string): number => {
  const value = fields[key]
  return typeof value === "number" ? value : 0
}

const assertOneWinner = <E extends { readonly _tag: string }>(
  outcomes: ReadonlyArray<Result.Result<{ readonly id: string }, E>>,
  reason: string
): void => {
  const [winner, ...more] = successes(outcomes)
  assert.lengthOf(more, 0)
  const losers = failures(outcomes)
  assert.lengthOf(losers, outcomes.length - 1, "one wins")
  for (const loser of losers) {
    if (!(loser instanceof DuplicateContact)) return assert.fail(`Lost by ${loser._tag}`)
    assert.deepStrictEqual([loser.contactId, loser.reason], [winner?.id, reason])
  }
}

export const concurrency: Chapter = {
  title: "concurrency",
  needs: [],
  tests: (test) => {
    test("lets one of 40 creations of one e-mail win, and tells the others whose it is", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const outcomes = yield* race(
            times(40, (index) => create({ name: `Number ${index}`, email: "one@example.com" }))
          )
          assertOneWinner(outcomes, "email")
          const contacts = yield* Contacts
          assert.strictEqual((yield* contacts.list({})).pagination.total, 1)
          assert.lengthOf(yield* eventTypes(tenantId), 1)
        })
      ))

    test("lets one of 40 creations of one external id win, and tells the others whose it is", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const outcomes = yield* race(times(40, (index) => create({ name: `Number ${index}`, externalId: "7" })))
          assertOneWinner(outcomes, "external_id")
          assert.lengthOf(yield* eventTypes(tenantId), 1)
        })
      ))

    for (const [reason, claim] of [
      ["email", { email: "one@example.com" }],
      ["email", { secondaryEmails: ["one@example.com"] }],
      ["external_id", { externalId: "7" }]
    ] as const) {
      test(`lets one of 20 updates onto one ${Object.keys(claim).join("")} win, and tells the others whose it is`, () =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const made = yield* Effect.forEach(
              times(20, (index) => index),
              (index) => create({ name: `Number ${index}` })
            )
            assertOneWinner(yield* race(made.map(({ id }) => update(id, claim))), reason)
            assert.lengthOf(yield* eventTypes(tenantId), made.length + 1)
          })
        ))
    }

    test("loses no increment of 8 writers that read, add one and write the version they read, 25 times each", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const { id } = yield* create({ name: "Counter", customFields: { count: 0 } })
          const increment = Effect.gen(function* () {
            const contacts = yield* Contacts
            const { customFields, version } = yield* contacts.get(id)
            const count = customNumber(customFields, "count") + 1
            yield* contacts.update(id, { customFields: { count } }, { expectedVersion: version })
          }).pipe(Effect.retry({ while: (error) => error._tag === "PreconditionFailed" }))
          const outcomes = yield* race(
            times(8, () =>
              Effect.forEach(
                times(25, (index) => index),
                () => increment
              )
            )
          )
          assert.deepStrictEqual(failures(outcomes), [])
          const contacts = yield* Contacts
          const { customFields, version } = yield* contacts.get(id)
          assert.deepStrictEqual([customNumber(customFields, "count"), version], [200, 201])
          assert.lengthOf(yield* eventTypes(tenantId), 201)
        })
      ))

    test("loses no field of writers that each set their own, and tells of every version once", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const { id } = yield* create({ name: "Board" })
          const outcomes = yield* race(
            times(40, (index) => update(id, { customFields: { [`writer_${index}`]: index } }))
          )
          assert.deepStrictEqual(failures(outcomes), [])
          const contacts = yield* Contacts
          const { customFields, version } = yield* contacts.get(id)
          assert.lengthOf(Object.keys(customFields), 40)
          assert.strictEqual(version, 41)
          const versions = (yield* eventsOf(tenantId)).flatMap((event) =>
            "version" in event.data ? [event.data.version] : []
          )
          assert.deepStrictEqual(versions, Array.from(times(41, (index) => index + 1)))
        })
      ))

    test("keeps a locked contact as it is until the transaction ends", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const store = yield* ContactStore
          const { id } = yield* create({ name: "Ann" })
          const locked = yield* Latch.make()
          const rival = yield* Effect.forkChild(
            Effect.andThen(locked.await, race([update(id, { company: "Theirs" }), update(id, { title: "Theirs" })]))
          )
          yield* transaction(
            Effect.gen(function* () {
              const [before] = yield* store.lock(tenantId, [id])
              yield* locked.open
              // As many round trips as the rival needs, were it not made to wait.
              for (let trip = 0; trip < 30; trip++) {
                assert.deepStrictEqual(yield* store.find(tenantId, id), Option.fromUndefinedOr(before))
              }
              yield* update(id, { name: "Anna" })
            })
          )
          assert.deepStrictEqual(failures(yield* Fiber.join(rival)), [])
          const contacts = yield* Contacts
          const { company, name, title, version } = yield* contacts.get(id)
          assert.deepStrictEqual(
            { company, name, title, version },
            { company: "Theirs", name: "Anna", title: "Theirs", version: 4 }
          )
        })
      ))

    test("gives an update that races a removal its answer or not found, and leaves no address behind", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const pairs = yield* Effect.forEach(
            times(15, (index) => index),
            (index) =>
              Effect.map(create({ name: "Ann", email: `old${index}@example.com` }), ({ id }) => ({ id, index }))
          )
          const remove = (id: ContactId) => Effect.flatMap(Contacts, (contacts) => contacts.remove(id))
          const outcomes = yield* race(
            pairs.flatMap(({ id, index }) => {
              const updated = Effect.asVoid(update(id, { email: `new${index}@example.com`, externalId: `${index}` }))
              return index % 2 === 0 ? [updated, remove(id)] : [remove(id), updated]
            })
          )
          for (const error of failures(outcomes)) assert.strictEqual(error._tag, "ContactNotFound")
          assert.strictEqual((yield* contacts.list({})).pagination.total, 0)
          const types = yield* eventTypes(tenantId)
          assert.lengthOf(
            types.filter((type) => type === "crm.contact_deleted"),
            pairs.length
          )
          assert.lengthOf(types, 3 * pairs.length - failures(outcomes).length)
          for (const { index } of pairs) {
            yield* create({ name: "Ben", email: `old${index}@example.com` })
            yield* create({ name: "Cas", email: `new${index}@example.com`, externalId: `${index}` })
          }
        })
      ))

    test("counts in a list what its page was taken of, while others write", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const writing = yield* Effect.forkChild(race(times(90, (index) => create({ name: `Number ${index}` }))))
          let listed = 0
          do {
            const { data, pagination } = yield* contacts.list({ limit: 100 })
            assert.strictEqual(pagination.total, data.length)
            assert.isAtLeast(data.length, listed, "a commit that was seen stays seen")
            listed = data.length
          } while (writing.pollUnsafe() === undefined)
          assert.deepStrictEqual(failures(yield* Fiber.join(writing)), [])
        })
      ))

    test("lets one of many removals of a contact win", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const { id } = yield* create({ name: "Ann", notes: "A note" })
          const outcomes = yield* race(times(10, () => Effect.flatMap(Contacts, (contacts) => contacts.remove(id))))
          assert.lengthOf(successes(outcomes), 1)
          for (const error of failures(outcomes)) assert.strictEqual(error._tag, "ContactNotFound")
          assert.deepStrictEqual(yield* eventTypes(tenantId), ["crm.contact_created", "crm.contact_deleted"])
        })
      ))

    test("imports every e-mail once when two imports of the same rows, in opposite orders, run at once", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const rows = times(300, (index) => [`Number ${index}`, `n${index}@example.com`, `x-${index}`])
          const outcomes = yield* race([importing(rows), importing(rows.toReversed())])
          assert.deepStrictEqual(failures(outcomes), [])
          const reports = successes(outcomes)
          const sum = (key: "failed" | "imported" | "rows" | "skipped") =>
            reports.reduce((total, report) => total + report[key], 0)
          assert.deepStrictEqual([sum("rows"), sum("imported"), sum("skipped"), sum("failed")], [600, 300, 300, 0])
          const contacts = yield* Contacts
          assert.strictEqual((yield* contacts.list({})).pagination.total, 300)
          assert.lengthOf(yield* eventTypes(tenantId), 300)
        })
      ))

    test("fails no caller whose transactions update two contacts in opposite orders", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const one = yield* create({ name: "One" })
          const two = yield* create({ name: "Two" })
          const outcomes = yield* race(
            times(4, (index) => updateBoth(index % 2 === 0 ? [one.id, two.id] : [two.id, one.id], index, Effect.void))
          )
          assert.deepStrictEqual(failures(outcomes), [])
          const contacts = yield* Contacts
          assert.strictEqual((yield* contacts.get(one.id)).version, 5)
          assert.strictEqual((yield* contacts.get(two.id)).version, 5)
        })
      ))
  }
}

export const concurrentWriters: Chapter = {
  title: "concurrent writers",
  needs: ["concurrentWriters"],
  tests: (test) => {
    test("runs a transaction again that was chosen to end a deadlock", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const one = yield* create({ name: "One" })
          const two = yield* create({ name: "Two" })
          const bothHoldOne = yield* barrier(2)
          const outcomes = yield* race([
            updateBoth([one.id, two.id], 1, bothHoldOne),
            updateBoth([two.id, one.id], 2, bothHoldOne)
          ])
          assert.deepStrictEqual(failures(outcomes), [])
          const contacts = yield* Contacts
          for (const { id } of [one, two]) {
            const { customFields, version } = yield* contacts.get(id)
            assert.strictEqual(version, 3)
            assert.sameMembers(Object.keys(customFields), ["writer_1", "writer_2"])
          }
          assert.lengthOf(yield* eventTypes(tenantId), 6)
        })
      ))

    test("lets transactions on different contacts be open at once", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const one = yield* create({ name: "One" })
          const two = yield* create({ name: "Two" })
          const bothHoldOne = yield* barrier(2)
          const outcomes = yield* race(
            [one, two].map(({ id }) => transaction(Effect.andThen(update(id, { title: "Held" }), bothHoldOne)))
          )
          assert.deepStrictEqual(failures(outcomes), [])
        })
      ))
  }
}

// internal

/** Updates two contacts in one transaction, and does something in between. */
const updateBoth = ([first, second]: readonly [ContactId, ContactId], writer: number, between: Effect.Effect<void>) =>
  Effect.suspend(() => {
    const changes = { customFields: { [`writer_${writer}`]: writer } }
    return transaction(update(first, changes).pipe(Effect.andThen(between), Effect.andThen(update(second, changes))))
  })

/** Passed by all once that many have come, and by whoever comes later. */
const barrier = (parties: number) =>
  Effect.map(Latch.make(), (latch) => {
    let come = 0
    return Effect.suspend(() => (++come >= parties ? Effect.andThen(latch.open, Effect.void) : latch.await))
  })

const importing = (rows: ReadonlyArray<ReadonlyArray<string>>) =>
  Effect.flatMap(Imports, (imports) =>
    imports.contacts({
      header: ["name", "email", "external_id"],
      rows: Stream.fromIterable(rows.map((cells) => ({ cells }))),
      options: { skipDuplicates: true }
    })
  )
