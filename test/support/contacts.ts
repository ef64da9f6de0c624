/** Contacts in numbers, straight into the store: for tests and benchmarks of reading them. */
import {
  type Contact,
  contactId,
  ContactRecord,
  ContactStore,
  IdGenerator,
  type StorageError,
  type TenantId,
  UnitOfWork,
  UserId
} from "@clientele/core"
import type { IdentityTaken } from "@clientele/core/ports/ContactStore"
import { DateTime, Effect } from "effect"

const batch = 2_000

/** Writes as many contacts as are asked for, each as `draft` makes it of its number. */
export const insertContacts = Effect.fnUntraced(function* (
  tenantId: TenantId,
  count: number,
  draft: (n: number) => Contact.ContactDraft
): Effect.fn.Return<void, IdentityTaken | StorageError, ContactStore | IdGenerator | UnitOfWork> {
  const store = yield* ContactStore
  const ids = yield* IdGenerator
  const uow = yield* UnitOfWork
  const now = DateTime.makeUnsafe("2026-06-01T00:00:00Z")
  for (let start = 0; start < count; start += batch) {
    const bodies = yield* ids.bodies(Math.min(batch, count - start))
    const records = bodies.map((body, offset) =>
      ContactRecord.create(draft(start + offset), { id: contactId(body), now, toE164: () => null })
    )
    yield* uow.transaction(store.insert(tenantId, records))
  }
})

const given = ["Anna", "Bert", "Carla", "Dmitri", "Élodie", "Farid", "Grace", "Hiro", "Ines", "Jonas"]
const surnames = ["Smith", "Müller", "García", "Ivanov", "Nakamura", "Okafor", "Rossi", "Silva", "Tan", "Weber"]

/** The contacts of a made-up tenant: some of everything that lists are filtered by, in known shares. */
export const mixed = (n: number): Contact.ContactDraft => ({
  name: `${given[n % 10]} ${surnames[(n * 7) % 10]} ${n}`,
  email: `person${n}@mail${n % 997}.example.com`,
  company: `Company ${n % 5000}`,
  status: n % 3 === 0 ? "inactive" : "active",
  type: n % 10 === 0 ? "customer" : "lead",
  ownerId: UserId.make(`owner${n % 50}`),
  source: `source${n % 40}`,
  tags: n % 100 === 0 ? ["vip"] : [],
  createdAt: DateTime.makeUnsafe(Date.UTC(2020, 0, 1) + n * 60_000)
})
