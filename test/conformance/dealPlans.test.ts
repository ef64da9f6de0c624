import {
  ContactId,
  Contacts,
  Crm,
  CurrentActor,
  type DealListQuery,
  Deals,
  DealStore,
  Exports,
  Money,
  Merges,
  PhoneNormalizer,
  Pipeline,
  Pipelines,
  Privacy,
  StorageError,
  TenantId,
  TimeOrderedIds,
  UnitOfWork,
  UserId
} from "@clientele/core"
import { Storage } from "@clientele/sql"
import { layer as postgres } from "@clientele/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Redacted from "effect/Redacted"
import { SqlClient } from "effect/sql/SqlClient"
import * as SqlError from "effect/sql/SqlError"
import { databases, freshPostgres } from "./databases.ts"
import { namesIn, planOf, sentBy } from "./explain.ts"

const actorOf = (tenant: string) =>
  CurrentActor.of({ tenantId: TenantId.make(tenant), userId: UserId.make("user_1"), userName: null, roles: [] })

const stages = Pipeline.defaultPipeline.stages.map(({ key }) => key)
const stageAt = (n: number) => stages[n % stages.length] ?? "lead"

/** Contacts with deals of all kinds. */
const fill = Effect.fnUntraced(function* (number: number) {
  const contacts = yield* Contacts
  const deals = yield* Deals
  const people = yield* Effect.forEach(Array.from({ length: 10 }), (_, n) => contacts.create({ name: `Person ${n}` }))
  yield* Effect.forEach(Array.from({ length: number }), (_, n) =>
    deals.create({
      name: `Deal ${n}`,
      value: BigDecimal.fromBigInt(BigInt(n)),
      stage: stageAt(n),
      ownerId: UserId.make(`user_${n % 9}`),
      externalId: `x${n}`,
      currency: Money.Currency.make(n % 7 === 0 ? "EUR" : "USD"),
      expectedClose: n % 3 === 0 ? null : `2026-02-${10 + (n % 18)}`,
      ...(n % 4 !== 0 && { contactId: people[n % people.length]?.id ?? null })
    })
  )
  return people.map(({ id }) => id)
})

/** What a plan reads of deals: indexes but for a look-up by id, and tables as a whole. */
const readsOf = (plan: string): ReadonlyArray<string> => [
  ...namesIn(plan, /(?:Seq Scan on|^SCAN) (crm_deal\w*)\b(?! USING)/gm).map((name) => `all of ${name}`),
  ...namesIn(plan, /(?:INDEX|Scan using|Scan Backward using|Index Scan on) (crm_deals_\w+)/g).filter(
    (name) => name !== "crm_deals_id"
  )
]

const readsOfAll = (statements: ReadonlyArray<string>) =>
  Effect.map(Effect.forEach(statements, planOf), (plans) => [...new Set(plans.flatMap(readsOf))])

const questions: ReadonlyArray<readonly [DealListQuery, string]> = [
  [{}, "crm_deals_newest"],
  [{ sort: "created_at" }, "crm_deals_newest"],
  [{ sort: "updated_at" }, "crm_deals_by_updated_at"],
  [{ sort: "name" }, "crm_deals_by_name_folded"],
  [{ sort: "-value" }, "crm_deals_by_amount"],
  [{ sort: "expected_close" }, "crm_deals_by_expected_close"],
  [{ stage: "proposal" }, "crm_deals_by_stage"],
  [{ ownerId: UserId.make("user_3") }, "crm_deals_by_owner_id"],
  [{ contactId: ContactId.make("contact_x") }, "crm_deals_by_contact_id"],
  [{ externalId: "x7" }, "crm_deals_external_id"]
]

/** What is sent about deals, but for rows that are put in. */
const ofDeals = /^\s*(?:SELECT|UPDATE|DELETE).*crm_deal/s

const services = Crm.layer.pipe(
  Layer.provideMerge([TimeOrderedIds.layer, Layer.succeed(PhoneNormalizer, { toE164: () => null })])
)

describe.each(databases)("plans of deals on $name", ({ dialect, fresh }) => {
  it.live(
    "read by an index that is made for the question, and the summary of all deals by none",
    () =>
      Effect.flatMap(fresh, (client) =>
        Effect.gen(function* () {
          const sql = yield* SqlClient
          const { transaction: inOne } = yield* UnitOfWork
          const deals = yield* Deals
          const contacts = yield* Contacts
          const merges = yield* Merges
          const privacy = yield* Privacy
          yield* inOne(fill(300)).pipe(Effect.provideService(CurrentActor, actorOf("two")))
          const [someone = "", another = ""] = yield* inOne(fill(300))
          yield* Effect.flatMap(Pipelines, ({ compact }) => compact)
          yield* sql`ANALYZE`
          for (const [query, index] of questions) {
            const [page = "", ...groups] = yield* sentBy(/^\s*SELECT.*crm_deal/s, deals.list(query))
            assert.deepStrictEqual(yield* readsOfAll([page]), [index], JSON.stringify(query))
            // There is one at most of an external id.
            if (query.externalId === undefined)
              assert.notMatch(yield* planOf(page), /Sort|TEMP B-TREE/, JSON.stringify(query))
            for (const statement of groups.filter((text) => text.includes("crm_deal_sums"))) {
              assert.notInclude(yield* planOf(statement), "crm_deals")
              assert.deepStrictEqual(yield* readsOfAll([statement]), [])
            }
          }
          const [, summary = ""] = yield* sentBy(/^\s*SELECT.*crm_deal/s, deals.list({}))
          assert.include(summary, "crm_deal_sums")

          const { deals: exportDeals } = yield* Exports
          const whole = Effect.flatMap(exportDeals({ stage: "proposal" }), Stream.runDrain)
          const exported = yield* readsOfAll(yield* sentBy(/^\s*SELECT.*crm_deal/s, whole))
          assert.deepStrictEqual(exported, ["crm_deals_by_stage"], "an export reads what matches")

          const [deal] = (yield* deals.list({ contactId: ContactId.make(someone) })).data
          const id = deal?.id ?? assert.fail("no deal")
          const [contactId, otherId] = [ContactId.make(someone), ContactId.make(another)]
          const commands: ReadonlyArray<Effect.Effect<unknown, unknown, CurrentActor>> = [
            deals.get(id),
            deals.changeStage(id, { stage: "closed_won" }),
            deals.update(id, { externalId: "y", contactId: otherId }),
            deals.remove(id),
            contacts.get(contactId),
            contacts.remove(contactId),
            contacts.restore(contactId),
            merges.merge({ primaryContactId: otherId, mergeContactIds: [contactId] }),
            privacy.export(otherId),
            privacy.erase(otherId)
          ]
          const allowed = ["crm_deals_by_contact_id", "crm_deals_external_id", "crm_deals_newest"]
          for (const command of commands) {
            const sent = yield* sentBy(ofDeals, command)
            // Several lists at once cannot be prepared without saying of what; those rows are found by their ids.
            const read = yield* readsOfAll(sent.filter((text) => !/unnest\(\$\d+,/.test(text)))
            for (const index of read) assert.include(allowed, index)
          }
        }).pipe(
          Effect.provideService(CurrentActor, actorOf("one")),
          Effect.provide(
            Layer.fresh(services.pipe(Layer.provideMerge(Storage.layer), Layer.provide(dialect))).pipe(
              Layer.provideMerge(client)
            )
          )
        )
      ),
    60_000
  )
})

/** Someone gave the deal to another contact meanwhile, which only has to be tried again. */
const lostToAnother = (error: unknown): boolean =>
  error instanceof StorageError &&
  SqlError.isSqlError(error.reason.cause) &&
  error.reason.cause.reason._tag === "SerializationError"

describe("writers of deals on Postgres", () => {
  it.live(
    "never wait for each other in a circle, 16 at a time on a few contacts while sums are compacted",
    () =>
      Effect.gen(function* () {
        const url = yield* freshPostgres("deadlocks")
        const storage = postgres({ url: Redacted.make(url), maxConnections: 20 })
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient
          const deals = yield* Deals
          const { tenantId } = yield* CurrentActor
          const pipelines = yield* Pipelines
          const people = yield* fill(32)
          const { data } = yield* deals.list({ limit: 100 })
          const writer = (writer: number) =>
            Effect.forEach(Array.from({ length: 24 }), (_, step) => {
              const { id } = data[(writer * 7 + step * 5) % data.length] ?? assert.fail("no deals")
              const change: Effect.Effect<unknown, unknown, CurrentActor> =
                step % 4 === 3
                  ? deals.update(id, { contactId: people[(writer + step) % 4] ?? null })
                  : deals.changeStage(id, { stage: stageAt(writer + step) })
              // In a transaction of a host nothing is run again: a deadlock would be seen.
              return Effect.catchIf(sql.withTransaction(change), lostToAnother, () => Effect.void)
            })
          const compacting = Effect.repeat(sql.withTransaction(pipelines.compact), { times: 20 })
          const writers = Array.from({ length: 16 }, (_, index) => Effect.asVoid(writer(index)))
          yield* Effect.all([...writers, Effect.asVoid(compacting)], { concurrency: "unbounded" })
          const groups = yield* Effect.flatMap(DealStore, (store) => store.groups(tenantId, {}))
          assert.strictEqual(
            groups.reduce((sum, { count }) => sum + count, 0),
            32
          )
        }).pipe(
          Effect.provideService(CurrentActor, actorOf("one")),
          Effect.provide(Layer.fresh(services.pipe(Layer.provideMerge(storage))))
        )
      }).pipe(Effect.scoped),
    60_000
  )
})
