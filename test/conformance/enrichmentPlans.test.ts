/** How what enrichment found is read when it is of every contact: by the ids that are asked for. */
import {
  ContactId,
  ContactStore,
  Contacts,
  Crm,
  CurrentActor,
  type Enrichment,
  EnrichmentStore,
  LeadScoring,
  PhoneNormalizer,
  ScoreStore,
  TenantId,
  TimeOrderedIds,
  UnitOfWork,
  UserId
} from "@clientele/core"
import { Storage } from "@clientele/sql"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql/SqlClient"
import { insertContacts, mixed } from "../support/contacts.ts"
import { databases } from "./databases.ts"
import { namesIn, planOf, sentBy } from "./explain.ts"

const actorOf = (tenant: string) =>
  CurrentActor.of({ tenantId: TenantId.make(tenant), userId: UserId.make("user_1"), userName: null, roles: [] })

const known: Enrichment.Enriched = {
  "company.employees": {
    value: 850,
    field: "company",
    about: null,
    source: "directory",
    confidence: 0.9,
    at: DateTime.makeUnsafe("2026-01-20T10:00:00Z")
  }
}

/** Tables, and what stands for them in a statement, that a plan reads whole. */
const wholeIn = (plan: string) =>
  namesIn(plan, /(?:Seq Scan on \w+ |Seq Scan on |^SCAN )(\w+)/gm).filter(
    (name) => !["json_each", "CONSTANT"].includes(name)
  )

const crm = Crm.layer.pipe(
  Layer.provideMerge([Storage.layer, TimeOrderedIds.layer, Layer.succeed(PhoneNormalizer, { toE164: () => null })])
)

describe.each(databases)("plans of enrichment on $name", ({ dialect, fresh }) => {
  it.live("look it up by contact, wherever it is read", () =>
    Effect.flatMap(fresh, (client) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const contacts = yield* ContactStore
        const scores = yield* ScoreStore
        const scoring = yield* LeadScoring
        const store = yield* EnrichmentStore
        const uow = yield* UnitOfWork
        const { tenantId } = actorOf("one")
        let ids: ReadonlyArray<ContactId> = []
        for (const tenant of ["two", "one"]) {
          yield* insertContacts(actorOf(tenant).tenantId, 2_000, mixed)
          const page = { sort: "-created_at", limit: 2_000, start: { offset: 0 } } as const
          const { rows } = yield* contacts.page(actorOf(tenant).tenantId, {}, page)
          ids = rows.map(({ id }) => ContactId.make(id))
          const entries = ids.map((contactId) => ({ contactId, enriched: known }))
          yield* uow.transaction(store.write(actorOf(tenant).tenantId, entries))
        }
        yield* sql`ANALYZE`
        const [id = assert.fail("no contact")] = ids
        const reads = Effect.gen(function* () {
          yield* Effect.flatMap(Contacts, ({ get }) => get(id))
          yield* scoring.score(id)
          const [locked] = yield* uow.transaction(
            scores.lock(tenantId, ids.slice(0, 200), new Set(["enrichment.employees"]))
          )
          assert.strictEqual(locked?.fields.get("enrichment.employees"), 850)
        })
        const selects = yield* sentBy(/^\s*SELECT[^]*crm_contact_enrichment/, reads)
        assert.isAtLeast(selects.length, 3)
        for (const select of selects) assert.deepStrictEqual(wholeIn(yield* planOf(select)), [], select)
      }).pipe(
        Effect.provideService(CurrentActor, actorOf("one")),
        Effect.provide(Layer.fresh(crm.pipe(Layer.provide(dialect))).pipe(Layer.provideMerge(client)))
      )
    )
  )
})
