/** Keys of requests: one claim at a time, one answer for good, and nothing done without its answer. */
import { Contacts, CurrentActor, Idempotency, IdempotencyKeys, IdempotencyStore, UserId } from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { as, assertSame, at, type Chapter, forAll, inNewTenant, newTenant } from "./Harness.ts"
import { oddTexts } from "./Records.ts"

const keyOf = (key: string) => Idempotency.IdempotencyKey.make(key)

const answerOf = (body: string, status = 201): Idempotency.KeptAnswer => ({
  status,
  headers: { "content-type": "application/json", etag: '"1"' },
  body
})

const begin = (key: string, fingerprint = "f") =>
  Effect.flatMap(IdempotencyKeys, (keys) => keys.begin(keyOf(key), fingerprint))

/** Begins a request that has to be new. */
const claim = (key: string, fingerprint = "f") =>
  Effect.flatMap(begin(key, fingerprint), (begun) =>
    begun._tag === "Claimed" ? Effect.succeed(begun.claim) : Effect.die(new Error(`${key} is answered already`))
  )

/** What comes of beginning a request, as a word. */
const fateOf = (key: string, fingerprint = "f") =>
  begin(key, fingerprint).pipe(
    Effect.map(({ _tag }) => _tag),
    Effect.catch(({ _tag }) => Effect.succeed(_tag))
  )

/** What is kept of a key. */
const recordOf = Effect.fnUntraced(function* (key: string) {
  const { tenantId, userId } = yield* CurrentActor
  const store = yield* IdempotencyStore
  return yield* Effect.fromOption(yield* store.find(tenantId, userId, keyOf(key)))
})

const after = (seconds: number) => DateTime.formatIso(DateTime.makeUnsafe(Date.UTC(2020, 0, 1) + seconds * 1_000))

const day = 24 * 60 * 60

const contactsNow = Effect.flatMap(Contacts, (contacts) =>
  Effect.map(contacts.list({}), ({ pagination }) => pagination.total)
)

export const idempotency: Chapter = {
  title: "idempotency keys",
  needs: [],
  tests: (test) => {
    test("answer the same request as it was answered, and no other", () =>
      forAll(fc.constantFrom(...oddTexts, "", "{}"), 10, (body) =>
        inNewTenant(() =>
          Effect.gen(function* () {
            const keys = yield* IdempotencyKeys
            const mine = yield* claim("a ~")
            assert.strictEqual(yield* fateOf("a ~"), "IdempotencyInProgress")
            assert.strictEqual(yield* fateOf("a ~", "other"), "IdempotencyMismatch")
            yield* keys.finish(mine, answerOf(body))
            assertSame(yield* begin("a ~"), { _tag: "Answered", answer: answerOf(body) })
            assert.strictEqual(yield* fateOf("a ~", "other"), "IdempotencyMismatch")
            // An answer is for good.
            yield* keys.release(mine)
            assert.strictEqual((yield* Effect.flip(keys.finish(mine, answerOf("x"))))._tag, "IdempotencyInProgress")
            assertSame(yield* begin("a ~"), { _tag: "Answered", answer: answerOf(body) })
          })
        )
      ))

    test("are of one user of one tenant", () =>
      Effect.gen(function* () {
        const [one, other] = [yield* newTenant, yield* newTenant]
        const colleague = { tenantId: one, userId: UserId.make("user_8"), userName: null, roles: [] }
        yield* claim("k").pipe(as(one))
        assert.strictEqual(yield* fateOf("k").pipe(as(one)), "IdempotencyInProgress")
        assert.strictEqual(yield* fateOf("k").pipe(as(other)), "Claimed")
        assert.strictEqual(yield* fateOf("k").pipe(Effect.provideService(CurrentActor, colleague)), "Claimed")
      }))

    test("are claimed by one of many who come at once", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const fates = yield* Effect.all(
            Array.from({ length: 20 }, () => fateOf("k")),
            { concurrency: "unbounded" }
          )
          assert.deepStrictEqual(fates.toSorted(), ["Claimed", ...Array(19).fill("IdempotencyInProgress")])
        })
      ))

    test("commit what is done together with its answer, and undo both together", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const keys = yield* IdempotencyKeys
          const mine = yield* claim("k")
          const create = Effect.as(contacts.create({ name: "Ann" }), { answer: answerOf("Ann") })
          const failing = keys.commit(mine, Effect.andThen(create, Effect.fail("no" as const)))
          assert.strictEqual(yield* Effect.flip(failing), "no")
          assert.strictEqual(yield* contactsNow, 0)
          assert.strictEqual(yield* fateOf("k"), "IdempotencyInProgress")
          yield* keys.commit(mine, create)
          assert.strictEqual(yield* contactsNow, 1)
          assert.strictEqual(yield* fateOf("k"), "Answered")
        })
      ))

    test("are free a minute after they were last heard of, and who comes back then has done nothing", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const keys = yield* IdempotencyKeys
          const slow = yield* claim("k").pipe(at(after(0)))
          assert.strictEqual(yield* fateOf("k").pipe(at(after(59))), "IdempotencyInProgress")
          const renewed = yield* keys.renew(slow).pipe(at(after(59)))
          assert.strictEqual(yield* fateOf("k", "other").pipe(at(after(118))), "IdempotencyMismatch")
          const quick = yield* claim("k", "other").pipe(at(after(119)))
          const late = keys.commit(renewed, Effect.as(contacts.create({ name: "Ann" }), { answer: answerOf("Ann") }))
          assert.strictEqual((yield* Effect.flip(late))._tag, "IdempotencyInProgress")
          assert.strictEqual((yield* Effect.flip(keys.renew(renewed)))._tag, "IdempotencyInProgress")
          yield* keys.release(renewed)
          assert.strictEqual(yield* contactsNow, 0)
          yield* keys.finish(quick, answerOf("quick")).pipe(at(after(120)))
          assert.strictEqual(yield* fateOf("k", "other").pipe(at(after(121))), "Answered")
        })
      ))

    test("are free again once a request came to nothing", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const keys = yield* IdempotencyKeys
          yield* keys.release(yield* claim("k"))
          assert.strictEqual(yield* fateOf("k", "other"), "Claimed")
        })
      ))

    test("are kept for a day, and then forgotten", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const keys = yield* IdempotencyKeys
          yield* keys.finish(yield* claim("k").pipe(at(after(0))), answerOf("x"))
          assert.strictEqual(yield* fateOf("k").pipe(at(after(day - 1))), "Answered")
          assert.strictEqual(yield* fateOf("k", "other").pipe(at(after(day - 1))), "IdempotencyMismatch")
          assert.strictEqual(yield* fateOf("k", "other").pipe(at(after(day))), "Claimed")
          const longAgo = (hours: number) => DateTime.makeUnsafe(Date.UTC(1990, 0, 1, hours))
          const iso = (hours: number) => DateTime.formatIso(longAgo(hours))
          yield* claim("old").pipe(at(iso(0)))
          yield* keys.finish(yield* claim("young").pipe(at(iso(2))), answerOf("x"))
          assert.strictEqual(yield* keys.purge(longAgo(25)), 1)
          assert.strictEqual(yield* fateOf("young").pipe(at(iso(25))), "Answered")
          assert.strictEqual(yield* keys.purge(longAgo(27)), 1)
        })
      ))

    test("lose the answers that tell of somebody who was erased, and say so", () =>
      Effect.gen(function* () {
        const keys = yield* IdempotencyKeys
        const store = yield* IdempotencyStore
        const contacts = yield* Contacts
        const [tenantId, other] = [yield* newTenant, yield* newTenant]
        const ann = yield* contacts.create({ name: "Ann" }).pipe(as(tenantId))
        const bodies = { told: `{"id":"${ann.id}"}`, odd: `x ${oddTexts[0] ?? ""}`, else: "{}" }
        for (const [key, body] of Object.entries(bodies)) {
          for (const tenant of [tenantId, other]) {
            yield* Effect.flatMap(claim(key), (mine) => keys.finish(mine, answerOf(body))).pipe(as(tenant))
          }
        }
        yield* claim("running").pipe(as(tenantId))
        assert.strictEqual(yield* store.erase(tenantId, ann.id, []), 0)
        assert.strictEqual(yield* store.erase(tenantId, ann.id, ["nowhere", ann.id, oddTexts[0] ?? ""]), 2)
        for (const key of ["told", "odd"]) {
          const gone = yield* Effect.flip(begin(key, "another").pipe(as(tenantId)))
          assert.deepInclude(gone, { _tag: "ContactNotFound", contactId: ann.id })
          assert.strictEqual(yield* fateOf(key).pipe(as(other)), "Answered")
        }
        assert.strictEqual(yield* fateOf("else").pipe(as(tenantId)), "Answered")
        assert.strictEqual(yield* fateOf("running").pipe(as(tenantId)), "IdempotencyInProgress")
        assert.deepInclude(yield* recordOf("told").pipe(as(tenantId)), { answer: null, erased: ann.id })
      }))

    test("do as the rule says, in any order", () =>
      forAll(fc.array(step, { minLength: 1, maxLength: 20 }), 20, (steps) =>
        inNewTenant(() =>
          Effect.gen(function* () {
            const keys = yield* IdempotencyKeys
            const known = new Map<string, Idempotency.KeyRecord>()
            const held: Array<Idempotency.KeyRecord> = []
            let seconds = 0
            for (const { act, fingerprint, key, which, wait } of steps) {
              seconds += wait
              const now = after(seconds)
              const mine = held[which % Math.max(1, held.length)]
              if (act === "begin") {
                const record = known.get(key)
                const expected =
                  record === undefined
                    ? "Free"
                    : Idempotency.standing(record, fingerprint, DateTime.makeUnsafe(now))._tag
                assert.strictEqual(yield* fateOf(key, fingerprint).pipe(at(now)), fates[expected])
                if (expected === "Free") {
                  const begun = yield* recordOf(key)
                  known.set(key, begun)
                  held.push(begun)
                }
              } else if (mine !== undefined) {
                const isCurrent = known.get(mine.key) === mine
                if (act === "finish") {
                  const done = yield* keys.finish(mine, answerOf(mine.claim)).pipe(
                    Effect.as(true),
                    Effect.catchTag("IdempotencyInProgress", () => Effect.succeed(false))
                  )
                  assert.strictEqual(done, isCurrent)
                  if (done) known.set(mine.key, { ...mine, answer: answerOf(mine.claim) })
                } else {
                  yield* keys.release(mine)
                  if (isCurrent) known.delete(mine.key)
                }
              }
            }
          })
        )
      ))
  }
}

// internal

const step = fc.record({
  act: fc.constantFrom("begin", "begin", "finish", "release"),
  key: fc.constantFrom("a", "b"),
  fingerprint: fc.constantFrom("f", "f", "g"),
  which: fc.nat(20),
  wait: fc.constantFrom(0, 1, 59, 60, day - 60, day)
})

const fates: { readonly [standing in Idempotency.Standing["_tag"]]: string } = {
  Answered: "Answered",
  Erased: "ContactNotFound",
  Free: "Claimed",
  InProgress: "IdempotencyInProgress",
  Mismatch: "IdempotencyMismatch"
}
