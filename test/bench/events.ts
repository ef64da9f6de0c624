/** `events`: tracked events, taken in by the thousand. In process, on both databases. */
import { ContactId, Crm, CurrentActor, TenantId, TimeOrderedIds, TrackedEvents, UserId } from "@clientele/core"
import { PhoneNumbers } from "@clientele/enrichment"
import { layer as postgresLayer } from "@clientele/sql-pg"
import { layer as sqliteLayer } from "@clientele/sql-sqlite-node"
import { Array as Arr, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { insertContacts, mixed } from "../support/contacts.ts"
import { type Benchmark, type Comparison, runs, timed } from "./measuring.ts"
import { postgres, temporaryFolder } from "./processes.ts"

const contacts = 1_000
const batches = 20
const batch = 1_000

export const events: Benchmark = {
  about:
    `${batches} batches of ${batch} tracked events, of ${contacts} contacts. The reference inserts the same rows, by one ` +
    "statement of as many rows on either database, and adds to the engagement of their contacts by another, in one " +
    "transaction with the same durability. It leaves out: every check, the events that came before, and the scores that " +
    "the events change.",
  run: Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const url = yield* postgres
    return [
      yield* measure("SQLite", sqliteLayer({ filename: `${folder}/events.db` })),
      yield* measure("Postgres", postgresLayer({ url: Redacted.make(url) }))
    ]
  })
}

// internal

const tenantId = TenantId.make("bench")
const actor = CurrentActor.of({ tenantId, userId: UserId.make("bench"), userName: null, roles: [] })

const measure = <E>(what: string, storage: Layer.Layer<Crm.Storage | SqlClient, E>): Effect.Effect<Comparison> => {
  const layer = Crm.layer.pipe(Layer.provideMerge(Layer.mergeAll(storage, TimeOrderedIds.layer, PhoneNumbers.layer())))
  return Effect.gen(function* () {
    yield* insertContacts(tenantId, contacts, mixed)
    const sql = yield* SqlClient
    const tracked = yield* TrackedEvents
    const ids = (yield* sql<{ id: string }>`SELECT id FROM crm_contacts`).map(({ id }) => ContactId.make(id))
    const [ours, reference]: [Array<number>, Array<number>] = [[], []]
    // One more run than counts, to prepare statements.
    for (let run = 0; run <= runs; run++) {
      const all = Array.from({ length: batches }, (_, n) => made(ids, run * batches + n))
      const rates = [
        yield* timed(Effect.forEach(all, (some) => tracked.record(some), { discard: true })),
        yield* timed(Effect.forEach(all, (some, n) => insert(some, `${run}_${n}`), { discard: true }))
      ].map((millis) => (batches * batch * 1_000) / millis)
      if (run > 0) [ours, reference].forEach((list, index) => list.push(rates[index] ?? Number.NaN))
    }
    return { what, unit: "events/s", ours, reference, also: {} }
  }).pipe(Effect.provideService(CurrentActor, actor), Effect.provide(layer), Effect.orDie)
}

const made = (ids: ReadonlyArray<ContactId>, number: number) =>
  Arr.makeBy(batch, (n) => ({
    id: `client_${number}_${n}`,
    contactId: ids[(n * 7 + number) % ids.length] ?? ContactId.make("contact_0"),
    event: n % 3 === 0 ? "page_view" : "email_opened",
    properties: { page: `/pricing/${n % 50}` }
  }))

const insert = Effect.fnUntraced(function* (some: ReturnType<typeof made>, name: string) {
  const sql = yield* SqlClient
  const now = new Date().toISOString()
  const rows = Arr.map(some, ({ contactId, event, properties }, n) => ({
    tenant_id: tenantId,
    id: `evt_${name}_${n}`,
    client_id: `reference_${name}_${n}`,
    contact_id: contactId,
    event,
    occurred_at: now,
    properties: JSON.stringify(properties)
  }))
  const counts = new Map<string, number>()
  for (const { contact_id } of rows) counts.set(contact_id, (counts.get(contact_id) ?? 0) + 1)
  const given = JSON.stringify([...counts].map(([id, number]) => ({ id, number })))
  const engage = sql.onDialectOrElse({
    pg: () => sql`
      UPDATE crm_contacts SET total_interactions = total_interactions + given.number,
        last_interaction = greatest(last_interaction, ${now}::timestamptz)
      FROM jsonb_to_recordset(${given}::jsonb) AS given (id text, number integer)
      WHERE tenant_id = ${tenantId} AND crm_contacts.id = given.id`,
    orElse: () => sql`
      UPDATE crm_contacts SET total_interactions = total_interactions + given.number,
        last_interaction = max(coalesce(last_interaction, ''), ${now})
      FROM (SELECT value ->> 'id' AS id, value ->> 'number' AS number FROM json_each(${given})) AS given
      WHERE tenant_id = ${tenantId} AND crm_contacts.id = given.id`
  })
  yield* sql.withTransaction(Effect.andThen(sql`INSERT INTO crm_contact_events ${sql.insert(rows)}`, engage))
})
