import {
  BulkUpdates,
  type ContactQuery,
  Contacts,
  Crm,
  CurrentActor,
  Exports,
  LeadScoring,
  PhoneNormalizer,
  TenantId,
  TimeOrderedIds,
  TrackedEvents,
  UserId
} from "@clientele/core"
import { Storage } from "@clientele/sql"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { SqlClient } from "effect/sql/SqlClient"
import { insertContacts, mixed } from "../support/contacts.ts"
import { databases } from "./databases.ts"
import { namesIn, planOf, sentBy } from "./explain.ts"

const actorOf = (tenant: string) =>
  CurrentActor.of({ tenantId: TenantId.make(tenant), userId: UserId.make("user_1"), userName: null, roles: [] })

/** What a plan reads: the indexes of contacts and their tags, but for a look-up by id, and tables as a whole. */
const readsOf = (plan: string): ReadonlyArray<string> => {
  const notTables = new Set([...namesIn(plan, /(?:CO-ROUTINE|MATERIALIZE) (\w+)/g), ...virtual])
  const whole = namesIn(plan, /(?:Seq Scan on|^SCAN) (\w+)/gm).filter((name) => !notTables.has(name))
  const indexes = namesIn(plan, /(?:INDEX|Scan using|Scan Backward using|Index Scan on) (crm_contact(?:s|_tags)_\w+)/g)
  return [
    ...whole.map((name) => `all of ${name}`),
    ...indexes.filter((name) => name !== "crm_contacts_id"),
    ...(plan.includes("SCAN crm_contact_search VIRTUAL TABLE") ? ["crm_contacts_search"] : [])
  ]
}

/** What SQLite calls a scan though nothing of a table is read whole. */
const virtual = ["json_each", "m", "crm_contact_search", "CONSTANT"]

const readsOfAll = (selects: ReadonlyArray<string>) =>
  Effect.map(Effect.forEach(selects, planOf), (plans) => [...new Set(plans.flatMap(readsOf))])

/** Questions, and the indexes that answer them, a page and its total. */
const questions: ReadonlyArray<readonly [ContactQuery, ...ReadonlyArray<string>]> = [
  [{}, "crm_contacts_newest"],
  [{ sort: "created_at" }, "crm_contacts_newest"],
  [{ sort: "updated_at" }, "crm_contacts_by_updated_at"],
  [{ sort: "name" }, "crm_contacts_by_name_folded"],
  [{ sort: "-score" }, "crm_contacts_by_score"],
  [{ sort: "-last_interaction" }, "crm_contacts_by_last_interaction"],
  [{ status: "active" }, "crm_contacts_by_status"],
  [{ status: "lead" }, "crm_contacts_by_type"],
  [{ type: "customer" }, "crm_contacts_by_type"],
  [{ ownerId: UserId.make("owner7") }, "crm_contacts_by_owner_id"],
  [{ source: "source7" }, "crm_contacts_by_source"],
  [{ externalId: "x" }, "crm_contacts_external_id"],
  [{ tag: "vip" }, "crm_contact_tags_newest"],
  [{ segment: "vip" }, "crm_contact_tags_newest"],
  [{ search: "person777@" }, "crm_contacts_newest", "crm_contacts_search"],
  [{ search: "an", sort: "name" }, "crm_contacts_by_name_folded", "crm_contacts_newest", "crm_contacts_search"],
  [{ search: "smith", page: 3 }, "crm_contacts_newest", "crm_contacts_search"]
]

const crm = Crm.layer.pipe(
  Layer.provideMerge([Storage.layer, TimeOrderedIds.layer, Layer.succeed(PhoneNormalizer, { toE164: () => null })])
)

describe.each(databases)("plans of lists on $name", ({ dialect, fresh }) => {
  it.live("read by an index that is made for the question, and never a whole table", () =>
    Effect.flatMap(fresh, (client) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const contacts = yield* Contacts
        for (const tenant of ["one", "two"]) yield* insertContacts(actorOf(tenant).tenantId, 4_000, mixed)
        yield* sql`ANALYZE`
        assert.deepStrictEqual(yield* readsOfAll(["SELECT id FROM crm_contacts WHERE company = 'x'"]), [
          "all of crm_contacts"
        ])
        for (const [query, ...indexes] of questions) {
          const selects = yield* sentBy(/^\s*SELECT/, contacts.list(query))
          assert.sameMembers(yield* readsOfAll(selects), indexes, JSON.stringify(query))
        }
        const exports = yield* Exports
        const whole = Effect.flatMap(exports.contactTable({ status: "active" }), ({ rows }) => Stream.runDrain(rows))
        const exporting = yield* sentBy(/^\s*SELECT/, whole)
        assert.isAbove(exporting.length, 20)
        const pagesAndKeys = yield* readsOfAll(exporting)
        assert.include(pagesAndKeys, "crm_contacts_by_status")
        assert.notInclude(pagesAndKeys, "all of crm_contacts", "an export reads what matches")
        const { data, pagination } = yield* contacts.list({ status: "active", page: 20, total: false })
        const contactIds = data.map(({ id }) => id)
        const tracking = yield* TrackedEvents
        const bulk = yield* BulkUpdates
        const commands = [
          Effect.asVoid(bulk.update({ contactIds, updates: { title: "Dr" } })),
          Effect.asVoid(tracking.record(contactIds.map((contactId) => ({ contactId, event: "email_opened" }))))
        ]
        // Postgres does not plan the update of a set without the types of its lists.
        for (const command of sql.onDialectOrElse({ pg: () => [], orElse: () => commands })) {
          const updates = yield* sentBy(/^\s*UPDATE/, Effect.asVoid(command))
          assert.isNotEmpty(updates)
          assert.deepStrictEqual(yield* readsOfAll(updates), [], "contacts that change are looked up by their ids")
        }
        const scoring = yield* LeadScoring
        yield* scoring.setRules({ rules: [] })
        const [due = assert.fail("no contact")] = contactIds
        const rescored = yield* readsOfAll(yield* sentBy(/^\s*SELECT/, scoring.score(due)))
        assert.notInclude(rescored, "all of crm_contacts", "a contact that is due is looked up by its id")
        const cursor = pagination.nextCursor ?? assert.fail("no next page")
        const [page = ""] = yield* sentBy(/^\s*SELECT/, contacts.list({ status: "active", cursor }))
        const plan = yield* planOf(page)
        assert.match(plan, /created_at\s*,\s*id|ROW\(/, "goes on behind a place")
        assert.notMatch(plan, /Sort|TEMP B-TREE/)
      }).pipe(
        Effect.provideService(CurrentActor, actorOf("one")),
        Effect.provide(Layer.fresh(crm.pipe(Layer.provide(dialect))).pipe(Layer.provideMerge(client)))
      )
    )
  )
})
