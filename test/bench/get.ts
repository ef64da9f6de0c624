/** `get`: contacts by id, one after the other. In process, on SQLite. */
import { ContactId, Contacts, Crm, CurrentActor, TenantId, TimeOrderedIds, UserId } from "@clientele/core"
import { PhoneNumbers } from "@clientele/enrichment"
import { layer as sqliteLayer } from "@clientele/sql-sqlite-node"
import { Effect, Layer } from "effect"
import { DatabaseSync } from "node:sqlite"
import { insertContacts, mixed } from "../support/contacts.ts"
import { type Benchmark, runs, timed } from "./measuring.ts"
import { temporaryFolder } from "./processes.ts"

const contacts = 10_000
const asked = 5_000

export const get: Benchmark = {
  about:
    `${asked} of ${contacts} contacts by id, each with its deals, activities, notes, enrichment and score, as its page shows ` +
    "it. The reference reads the row alone, by a prepared statement of node:sqlite, and does not look at it.",
  run: Effect.gen(function* () {
    const filename = `${yield* temporaryFolder}/get.db`
    const storage = Layer.mergeAll(sqliteLayer({ filename }), TimeOrderedIds.layer, PhoneNumbers.layer())
    return yield* measure(filename).pipe(
      Effect.provideService(CurrentActor, actor),
      Effect.provide(Crm.layer.pipe(Layer.provideMerge(storage))),
      Effect.orDie
    )
  })
}

// internal

const tenantId = TenantId.make("bench")
const actor = CurrentActor.of({ tenantId, userId: UserId.make("bench"), userName: null, roles: [] })

const measure = Effect.fnUntraced(function* (filename: string) {
  yield* insertContacts(tenantId, contacts, mixed)
  const database = yield* Effect.acquireRelease(
    Effect.sync(() => new DatabaseSync(filename, { readOnly: true })),
    (open) => Effect.sync(() => open.close())
  )
  const row = database.prepare("SELECT * FROM crm_contacts WHERE tenant_id = ? AND id = ?")
  const all = database.prepare("SELECT id FROM crm_contacts ORDER BY id").all()
  const ids = Array.from({ length: asked }, (_, n) => ContactId.make(String(all[(n * 7919) % contacts]?.["id"])))
  const service = yield* Contacts
  const [ours, reference]: [Array<number>, Array<number>] = [[], []]
  // One more run than counts, to warm up.
  for (let run = 0; run <= runs; run++) {
    const rates = [
      yield* timed(Effect.forEach(ids, service.get, { discard: true })),
      yield* timed(Effect.sync(() => ids.forEach((id) => row.get(tenantId, id))))
    ].map((millis) => (asked * 1_000) / millis)
    if (run > 0) [ours, reference].forEach((list, index) => list.push(rates[index] ?? Number.NaN))
  }
  return [{ what: "SQLite", unit: "contacts/s", ours, reference, also: {} }]
}, Effect.scoped)
