/** Deals in numbers, with their history, straight into the store: for benchmarks of reading them. */
import {
  type DealHistory,
  dealId,
  type DealId,
  type DealRecord,
  DealStore,
  IdGenerator,
  Money,
  Pipeline,
  type StorageError,
  type TenantId,
  UnitOfWork,
  UserId
} from "@clientele/core"
import type { DealExternalIdTaken } from "@clientele/core/ports/DealStore"
import { DateTime, Effect } from "effect"

const batch = 2_000

/** Writes as many deals as are asked for, the last of which have come in by `now`. */
export const insertDeals = Effect.fnUntraced(function* (
  tenantId: TenantId,
  count: number,
  now: DateTime.Utc
): Effect.fn.Return<void, DealExternalIdTaken | StorageError, DealStore | IdGenerator | UnitOfWork> {
  const store = yield* DealStore
  const ids = yield* IdGenerator
  const uow = yield* UnitOfWork
  for (let start = 0; start < count; start += batch) {
    const bodies = yield* ids.bodies(Math.min(batch, count - start))
    const lives = bodies.map((body, offset) => lifeOf(dealId(body), start + offset, now))
    const records = lives.map(({ record }) => record)
    const rows = lives.flatMap(({ rows }) => rows)
    yield* uow.transaction(Effect.andThen(store.insert(tenantId, records), store.record(tenantId, rows)))
  }
})

// internal

const stages = Pipeline.defaultPipeline.stages
const currencies = ["USD", "USD", "USD", "USD", "USD", "USD", "USD", "EUR", "EUR", "JPY"].map((code) =>
  Money.Currency.make(code)
)

/**
 * Two of five deals are open, in each of the four stages alike; of the others two are won where one is lost. Deals come in
 * over two years and take a step every one to nine days; one in twenty goes back once.
 */
const lifeOf = (id: DealId, n: number, now: DateTime.Utc) => {
  const createdAt = DateTime.subtract(now, { days: 40 + (n % 690), minutes: n % 1_440 })
  const ending = n % 5 < 2 ? [] : [n % 3 < 2 ? "closed_won" : "closed_lost"]
  const open = stages.slice(0, ending.length > 0 ? 4 : 1 + (n % 4)).map(({ key }) => key)
  const path = [...(n % 20 === 7 ? ["lead", "qualified", ...open] : open), ...ending]
  const stage = stages.find(({ key }) => key === path.at(-1)) ?? stages[0]
  const at = (step: number) => DateTime.add(createdAt, { days: step * (1 + (n % 6)) })
  const currency = currencies[n % 10] ?? Money.Currency.make("USD")
  const expectedClose = n % 11 === 0 ? null : DateTime.formatIsoDateUtc(DateTime.add(now, { days: (n % 180) - 60 }))
  const value = { currency, minor: BigInt(100_000 + ((n * 7_919) % 5_000_000)) }
  const ownerId = UserId.make(`owner${n % 50}`)
  const last = at(path.length - 1)
  const record: DealRecord.DealRecord = {
    id,
    pipeline: "default",
    stage: stage.key,
    fields: {
      externalId: null,
      name: `Deal ${n}`,
      contactId: null,
      company: `Company ${n % 5_000}`,
      value,
      manualProbability: null,
      expectedClose,
      ownerId,
      products: [],
      lostReason: null
    },
    probability: stage.probability,
    closedAt: ending.length > 0 ? last : null,
    version: path.length,
    createdAt,
    updatedAt: last
  }
  const rows = path.map((to, step) => ({
    dealId: id,
    version: step + 1,
    row: {
      kind: "move",
      from: path[step - 1] ?? null,
      to,
      at: at(step),
      by: ownerId,
      value: Money.toDecimal(value),
      currency,
      probability: stages.find(({ key }) => key === to)?.probability ?? 0,
      expectedClose,
      ownerId,
      notes: null
    } satisfies DealHistory.DealHistory
  }))
  return { record, rows }
}
