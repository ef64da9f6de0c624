/** `merge`: ten contacts with a thousand belongings each become one. In process, on both databases. */
import {
  type ContactId,
  contactId,
  ContactRecord,
  ContactStore,
  Crm,
  CurrentActor,
  eventId,
  IdGenerator,
  Merges,
  noteId,
  NoteStore,
  TenantId,
  TimeOrderedIds,
  TrackedEventStore,
  UnitOfWork,
  UserId
} from "@clientele/core"
import { PhoneNumbers } from "@clientele/enrichment"
import { layer as postgresLayer } from "@clientele/sql-pg"
import { layer as sqliteLayer } from "@clientele/sql-sqlite-node"
import { DateTime, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { type Benchmark, type Comparison, runs, timed } from "./measuring.ts"
import { postgres, temporaryFolder } from "./processes.ts"

const people = 10
const notesEach = 500
const eventsEach = 500

export const merging: Benchmark = {
  about:
    `A merge of ${people} contacts with ${notesEach} notes and ${eventsEach} tracked events each. The reference is one ` +
    "transaction of two UPDATEs that give the same notes and events to another contact. It leaves out the rest: the plan, " +
    "the contacts, their addresses, tags, search text, history and totals, the events and the answer.",
  run: Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const url = yield* postgres
    return [
      yield* measure("SQLite", sqliteLayer({ filename: `${folder}/merge.db` })),
      yield* measure("Postgres", postgresLayer({ url: Redacted.make(url) }))
    ]
  })
}

// internal

const actor = CurrentActor.of({
  tenantId: TenantId.make("bench"),
  userId: UserId.make("bench"),
  userName: null,
  roles: []
})

const measure = <E>(what: string, storage: Layer.Layer<Crm.Storage | SqlClient, E>): Effect.Effect<Comparison> => {
  const layer = Crm.layer.pipe(Layer.provideMerge(Layer.mergeAll(storage, TimeOrderedIds.layer, PhoneNumbers.layer())))
  return Effect.gen(function* () {
    const merges = yield* Merges
    const [ours, reference]: [Array<number>, Array<number>] = [[], []]
    // One more run than counts, to prepare statements.
    for (let run = 0; run <= runs; run++) {
      const [primary, ...others] = yield* fill
      const [kept, ...moved] = yield* fill
      if (primary === undefined || kept === undefined) return yield* Effect.die("No contacts")
      const times = [
        yield* timed(merges.merge({ primaryContactId: primary, mergeContactIds: others })),
        yield* timed(move(moved, kept))
      ]
      if (run > 0) [ours, reference].forEach((list, index) => list.push(times[index] ?? Number.NaN))
    }
    return { what, unit: "ms", ours, reference, also: {} }
  }).pipe(Effect.provideService(CurrentActor, actor), Effect.provide(layer), Effect.orDie)
}

const move = Effect.fnUntraced(function* (from: ReadonlyArray<ContactId>, to: ContactId) {
  const sql = yield* SqlClient
  const updates = ["crm_notes", "crm_contact_events"].map(
    (table) =>
      sql`UPDATE ${sql(table)} SET contact_id = ${to} WHERE tenant_id = ${actor.tenantId} AND contact_id IN ${sql.in(from)}`
  )
  yield* sql.withTransaction(Effect.all(updates))
})

/** The contacts of one merge, with all that belongs to them. */
const fill = Effect.gen(function* () {
  const contacts = yield* ContactStore
  const events = yield* TrackedEventStore
  const ids = yield* IdGenerator
  const notes = yield* NoteStore
  const uow = yield* UnitOfWork
  const now = yield* DateTime.now
  const records = (yield* ids.bodies(people)).map((body, index) =>
    ContactRecord.create(
      { name: `Anna Smith ${index}`, email: `${body}@example.com`, tags: [`tag ${index}`] },
      { id: contactId(body), now, toE164: () => null }
    )
  )
  const write = Effect.fnUntraced(function* (owner: ContactId) {
    const noteBodies = yield* ids.bodies(notesEach)
    yield* notes.insert(
      actor.tenantId,
      noteBodies.map((body) => ({
        contactId: owner,
        note: { id: noteId(body), content: "Called, no answer.", createdBy: actor.userId, createdAt: now }
      }))
    )
    const eventBodies = yield* ids.bodies(eventsEach)
    yield* events.insert(
      actor.tenantId,
      eventBodies.map((body) => ({
        id: eventId(body),
        clientId: null,
        contactId: owner,
        event: "email_opened",
        timestamp: now,
        properties: {}
      }))
    )
  })
  yield* uow.transaction(
    Effect.andThen(
      contacts.insert(actor.tenantId, records),
      Effect.forEach(records, ({ id }) => write(id))
    )
  )
  return records.map(({ id }) => id)
})
