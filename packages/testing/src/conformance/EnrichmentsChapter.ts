/** Enrichment: what providers know is kept beside a contact, goes wherever it goes, and is written in one transaction. */
import {
  type ContactId,
  Contacts,
  Enrichment,
  Enrichments,
  EnrichmentStore,
  type Job,
  LeadScoring,
  Merges,
  Privacy,
  ProviderFailed,
  Scoring
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import * as EnrichmentGenerators from "../EnrichmentGenerators.ts"
import {
  allEventsOf,
  as,
  assertSame,
  type Chapter,
  eventsOf,
  forAll,
  inNewTenant,
  newTenant,
  transaction
} from "./Harness.ts"
import { cancel, get, run } from "./JobKinds.ts"
import { teach, tell } from "./Knowledge.ts"

const enrich = (id: ContactId, request?: Enrichment.EnrichRequest) =>
  Effect.flatMap(Enrichments, (enrichments) => enrichments.enrich(id, request))

const enrichAll = (...contactIds: ReadonlyArray<ContactId>) =>
  Effect.flatMap(Enrichments, (enrichments) => enrichments.enrichAll({ contactIds }))

const keptOf = Effect.fnUntraced(function* (id: ContactId) {
  const { enrichment } = yield* Effect.flatMap(Contacts, (contacts) => contacts.get(id))
  return enrichment
})

/** Knows somebody, who is enriched. */
const teachAndEnrich = (id: ContactId) => Effect.andThen(teach("directory", id, acme), enrich(id))

const acme: Enrichment.Answer = {
  data: { company: { name: "Acme", employees: 850 }, email_verification: { verified_email: true } },
  confidence: 0.9
}

const reportOf = ({ result }: Job.Job) => Schema.decodeUnknownEffect(Schema.toCodecJson(Enrichment.BulkReport))(result)

const bySize = Result.getOrThrow(
  Scoring.decodeChange({
    rules: [{ category: "fit", field: "employees", conditions: [{ operator: "gte", value: 500, score: 25 }] }]
  })
)

export const enrichments: Chapter = {
  title: "enrichment",
  needs: [],
  tests: (test) => {
    test("keeps of several answers what the plan says, whatever was known before, and tells of it", () =>
      forAll(
        fc.tuple(EnrichmentGenerators.answer, EnrichmentGenerators.answer, fc.boolean()),
        15,
        ([one, two, overwrite]) =>
          inNewTenant((tenantId) =>
            Effect.gen(function* () {
              const contacts = yield* Contacts
              const { id } = yield* contacts.create({ name: "Jane", email: "jane@example.com", phone: "+12025550143" })
              yield* teach("directory", id, one)
              const first = yield* enrich(id)
              const before = yield* contacts.get(id)
              const { fields: _fields, ...known } = before.enrichment
              assertSame<unknown>(first.dataAdded, known)

              yield* teach("almanac", id, two)
              const told = (yield* eventsOf(tenantId)).length
              const outcome = yield* enrich(id, { overwrite })
              const after = yield* contacts.get(id)
              for (const part of ["company", "social", "contact"] as const) {
                const [added, kept] = [outcome.dataAdded[part], before.enrichment[part]]
                assertSame(after.enrichment[part], overwrite ? { ...kept, ...added } : { ...added, ...kept })
              }
              const events = (yield* eventsOf(tenantId)).slice(told)
              const types = events.map(({ cause, type }) => [type, cause])
              assert.deepStrictEqual(
                types,
                after.version === before.version ? [] : [["crm.contact_updated", "enrichment"]]
              )
              assert.isAtMost(after.version, before.version + 1)

              const again = yield* enrich(id, { overwrite })
              assertSame(again, { ...outcome, dataAdded: { company: {}, social: {}, contact: {} } })
              assertSame(yield* contacts.get(id), after)
            })
          )
      ))

    test("counts for scores, at once and in every way by which they are worked out", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const scoring = yield* LeadScoring
          yield* scoring.setRules(bySize)
          const { id } = yield* contacts.create({ name: "Jane" })
          yield* teachAndEnrich(id)
          assert.strictEqual((yield* contacts.get(id)).score, 25)
          const changed = (yield* allEventsOf(tenantId)).filter(({ type }) => type === "crm.score_changed")
          assert.deepStrictEqual(
            changed.map(({ cause, data }) => [cause, "score" in data && data.score]),
            [["enrichment", 25]]
          )

          assert.strictEqual((yield* scoring.score(id)).total, 25)
          const {
            contacts: [previewed]
          } = yield* scoring.preview({ contactIds: [id] })
          assert.strictEqual(previewed?.after.total, 25)
          yield* contacts.update(id, { title: "VP" })
          assert.strictEqual((yield* contacts.get(id)).score, 25)
          // By the sweep, which reads no records.
          yield* scoring.setRules({ ...bySize, notify: "all" })
          yield* scoring.sweep(yield* DateTime.now)
          yield* run()
          assert.strictEqual((yield* contacts.list({})).data[0]?.score, 25)
        })
      ))

    test("counts for no other address than the one that it tells of", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const scoring = yield* LeadScoring
          yield* scoring.setRules({
            rules: [
              { category: "fit", field: "verified_email", conditions: [{ operator: "eq", value: true, score: 30 }] }
            ]
          })
          const { id } = yield* contacts.create({ name: "Jane", email: "jane@example.com" })
          yield* teachAndEnrich(id)
          assert.strictEqual((yield* contacts.get(id)).score, 30)
          const readdressed = yield* contacts.update(id, { email: "jd@example.com" })
          assert.deepStrictEqual([readdressed.score, readdressed.enrichment.contact], [0, {}])
          yield* scoring.setRules({ rules: (yield* scoring.rules).rules })
          yield* run()
          assert.strictEqual((yield* contacts.list({})).data[0]?.score, 0)
          assert.deepStrictEqual((yield* enrich(id)).dataAdded.contact, { verified_email: true })
        })
      ))

    test("is the primary's, else the others' in their order, when contacts become one", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const merges = yield* Merges
          const store = yield* EnrichmentStore
          const ids = yield* Effect.forEach(["a", "b", "c"], (name) =>
            Effect.map(contacts.create({ name, email: `${name}@example.com` }), ({ id }) => id)
          )
          const [a, b, c] = ids
          if (a === undefined || b === undefined || c === undefined) return assert.fail("too few")
          const knows = (id: ContactId, company: { readonly [name: string]: number }, verified: boolean) =>
            teach("directory", id, {
              data: { company, email_verification: { verified_email: verified } },
              confidence: 1
            })
          yield* knows(a, { x: 1 }, true)
          yield* knows(b, { x: 2, y: 2 }, false)
          yield* knows(c, { x: 3, y: 3, z: 3 }, false)
          yield* Effect.forEach(ids, (id) => enrich(id))
          const request = { primaryContactId: a, mergeContactIds: [b, c] }
          const preview = yield* merges.preview(request)
          const merged = yield* merges.merge(request)
          assertSame(merged.enrichment, preview.contact.enrichment)
          assert.deepStrictEqual(merged.enrichment.company, { x: 1, y: 2, z: 3 })
          assert.deepStrictEqual(merged.enrichment.contact, { verified_email: true })
          assert.strictEqual(merged.score, preview.contact.score)
          assert.deepStrictEqual([...(yield* store.find(tenantId, ids)).keys()], [a])
        })
      ))

    test("is part of what is held of a person, wherever that is, and goes when that is erased", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const privacy = yield* Privacy
          const store = yield* EnrichmentStore
          const { id } = yield* contacts.create({ name: "Jane", email: "jane@example.com" })
          yield* teachAndEnrich(id)
          const kept = yield* keptOf(id)
          assert.deepStrictEqual(kept.company, acme.data.company)
          assertSame((yield* privacy.export(id)).contact?.enrichment, kept)
          yield* contacts.remove(id)
          assert.strictEqual((yield* store.find(tenantId, [id])).size, 0)
          assertSame((yield* privacy.export(id)).contact?.enrichment, kept)
          assertSame((yield* contacts.restore(id)).enrichment, kept)
          yield* privacy.erase(id)
          assert.strictEqual((yield* store.find(tenantId, [id])).size, 0)
        })
      ))

    test("is not written when the contact has changed or gone while providers were asked", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const store = yield* EnrichmentStore
          const during = Effect.fnUntraced(function* <A, E, R>(change: (id: ContactId) => Effect.Effect<A, E, R>) {
            const { id } = yield* contacts.create({ name: "Jane", email: "jane@example.com" })
            const [reached, told] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
            yield* tell("directory", id, () =>
              Effect.as(Effect.andThen(Deferred.succeed(reached, undefined), Deferred.await(told)), acme)
            )
            const enriching = yield* Effect.forkChild(Effect.result(enrich(id)), { startImmediately: true })
            yield* Deferred.await(reached)
            // Nothing is locked meanwhile, not even where writers take turns.
            yield* change(id)
            yield* Deferred.succeed(told, undefined)
            return { id, answer: yield* Fiber.join(enriching) }
          })
          const edited = yield* during((id) => contacts.update(id, { email: "jd@example.com" }))
          assert.deepInclude(Result.getOrThrow(edited.answer), {
            enrichmentStatus: "failed",
            failures: [
              { source: "almanac", reason: "outdated" },
              { source: "directory", reason: "outdated" }
            ]
          })
          const removed = yield* during((id) => contacts.remove(id))
          assert.deepInclude(yield* Effect.flip(Effect.fromResult(removed.answer)), {
            _tag: "ContactNotFound",
            contactId: removed.id
          })
          assert.strictEqual((yield* store.find(tenantId, [edited.id, removed.id])).size, 0)

          // What was empty may be filled by somebody else, and the same may be asked for twice at once.
          const filled = yield* during((id) => Effect.andThen(contacts.update(id, { title: "VP" }), teachAndEnrich(id)))
          assert.deepInclude(Result.getOrThrow(filled.answer), { enrichmentStatus: "completed", failures: [] })
        })
      ))

    test("is another tenant's as little as the contact", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const store = yield* EnrichmentStore
          const { id } = yield* contacts.create({ name: "Jane" })
          yield* teachAndEnrich(id)
          const other = yield* newTenant
          assert.deepInclude(yield* Effect.flip(as(other)(enrich(id))), { _tag: "ContactNotFound", contactId: id })
          assert.strictEqual((yield* store.find(other, [id])).size, 0)
          const job = yield* as(other)(Effect.tap(enrichAll(id), run()))
          const { contacts: outcomes } = yield* reportOf(yield* as(other)(get(job.id)))
          assert.deepStrictEqual(
            outcomes.map(({ code }) => code),
            ["contact_not_found"]
          )
          assert.strictEqual((yield* store.find(tenantId, [id])).size, 1)
        })
      ))

    test("is forgotten with the transaction in which it is written", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const store = yield* EnrichmentStore
          const { id } = yield* contacts.create({ name: "Jane" })
          yield* teach("directory", id, acme)
          yield* Effect.flip(transaction(Effect.andThen(enrich(id), Effect.fail("no"))))
          assert.strictEqual((yield* store.find(tenantId, [id])).size, 0)
          assert.strictEqual((yield* contacts.get(id)).company, null)
        })
      ))

    test("is done for many in a job, each once, with an outcome for each", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const ids = yield* Effect.forEach(Array.from({ length: 45 }), (_, n) =>
            Effect.map(contacts.create({ name: `Contact ${n}` }), ({ id }) => id)
          )
          const times = new Map<ContactId, number>()
          for (const [n, id] of ids.entries()) {
            yield* tell("directory", id, () => {
              times.set(id, (times.get(id) ?? 0) + 1)
              return n % 3 === 0 ? Effect.fail(new ProviderFailed({ reason: "refused" })) : Effect.succeed(acme)
            })
          }
          const told = (yield* eventsOf(tenantId)).length
          const started = yield* enrichAll(...ids, ...ids)
          assert.deepInclude(started, { kind: "enrich", status: "queued", total: 45 })
          yield* run()
          const job = yield* get(started.id)
          assert.deepInclude(job, { status: "completed", done: 45 })
          const report = yield* reportOf(job)
          assert.deepStrictEqual(
            report.contacts.map(({ contactId }) => contactId),
            ids
          )
          assert.deepInclude(report, { completed: 30, partial: 0, no_data: 0, failed: 15 })
          assert.deepStrictEqual(
            [...times.values()],
            ids.map(() => 1)
          )
          const events = (yield* eventsOf(tenantId)).slice(told)
          assert.lengthOf(events, 30)
          for (const { cause, type } of events)
            assert.deepStrictEqual([type, cause], ["crm.contact_updated", "enrichment"])
        })
      ))

    test("waits for providers outside of the batch, and a job that is cancelled meanwhile writes nothing", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const { id } = yield* contacts.create({ name: "Jane" })
          const [reached, told] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
          yield* tell("directory", id, () =>
            Effect.as(Effect.andThen(Deferred.succeed(reached, undefined), Deferred.await(told)), acme)
          )
          const job = yield* enrichAll(id)
          const working = yield* Effect.forkChild(run(), { startImmediately: true })
          yield* Deferred.await(reached)
          yield* contacts.create({ name: "Somebody else" })
          yield* cancel(job.id)
          yield* Deferred.succeed(told, undefined)
          yield* Fiber.join(working)
          assert.deepInclude(yield* get(job.id), { status: "cancelled", done: 0 })
          assert.deepStrictEqual((yield* keptOf(id)).company, {})
        })
      ))
  }
}
