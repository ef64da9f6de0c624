/** Labelled people in a database, all suggestions of duplicates among them, and how good these are. */
import {
  ContactRecord,
  ContactStore,
  CurrentActor,
  type Duplicates,
  DuplicateSuggestions,
  TenantId,
  UnitOfWork,
  UserId
} from "@clientele/core"
import type { LabelledPeople } from "@clientele/testing/PeopleData"
import { Array, DateTime, Effect } from "effect"

export const actorOf = (size: number) =>
  CurrentActor.of({ tenantId: TenantId.make(`of-${size}`), userId: UserId.make("user"), userName: null, roles: [] })

/** Writes people as contacts of the tenant that their number names. */
export const fill = Effect.fnUntraced(function* ({ contacts }: LabelledPeople) {
  const store = yield* ContactStore
  const uow = yield* UnitOfWork
  const now = DateTime.makeUnsafe("2026-06-01T00:00:00Z")
  for (const batch of Array.chunksOf(contacts, 1_000)) {
    const records = batch.map(({ fields, id }) => ({
      ...ContactRecord.create({ name: fields.name }, { id, now, toE164: () => null }),
      fields
    }))
    yield* uow.transaction(store.insert(actorOf(contacts.length).tenantId, records))
  }
})

/** All groups, in pages of 100. */
export const walk = Effect.fnUntraced(function* (onFirstPage: () => void = () => {}) {
  const suggestions = yield* DuplicateSuggestions
  const groups: Array<Duplicates.DuplicateGroup> = []
  let page = yield* suggestions.list({ limit: 100 })
  onFirstPage()
  for (;;) {
    groups.push(...page.data)
    const cursor = page.pagination.nextCursor
    if (cursor === null) return groups
    page = yield* suggestions.list({ limit: 100, cursor })
  }
})

/** F1 of all pairs that are at least likely, and the precision of those that are certain. */
export const judge = (groups: ReadonlyArray<Duplicates.DuplicateGroup>, { truth }: LabelledPeople) => {
  const right = new Set(truth.map(([a, b]) => `${a} ${b}`))
  const pairs = groups.flatMap(({ pairs }) => pairs).filter(({ band }) => band !== "possible")
  const certain = pairs.filter(({ band }) => band === "certain")
  const count = (some: typeof pairs) => some.filter(({ a, b }) => right.has(`${a} ${b}`)).length
  return { f1: (2 * count(pairs)) / (pairs.length + truth.length), certain: count(certain) / certain.length }
}
