/**
 * Any commands on a few contacts and their deals, in any order. Whatever is kept beside the deals has to equal a recount
 * of them afterwards: sums, what contacts show, and histories.
 */
import {
  Contacts,
  type ContactId,
  type Deal,
  type DealId,
  Deals,
  DealStore,
  Merges,
  Money,
  Pipeline,
  Pipelines,
  PipelineSummary,
  type TenantId
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import * as DealGenerators from "../DealGenerators.ts"
import { assertSame } from "./Harness.ts"

const kinds = [
  "create",
  "create",
  "stage",
  "stage",
  "update",
  "remove",
  "delete",
  "restore",
  "merge",
  "compact"
] as const

/** What is done, to the deals and contacts at places among all that were ever made. */
export interface DealCommand {
  readonly kind: (typeof kinds)[number]
  readonly at: number
  readonly other: number
  readonly draft: Deal.DealCreate
  readonly changes: Deal.DealUpdate
  readonly change: Deal.StageChange
}

export const dealCommands = (maxLength: number): fc.Arbitrary<ReadonlyArray<DealCommand>> =>
  fc.array(
    fc.record(
      {
        kind: fc.constantFrom(...kinds),
        at: fc.nat(9),
        other: fc.nat(9),
        draft: DealGenerators.dealCreate,
        changes: DealGenerators.dealUpdate,
        change: DealGenerators.stageChange
      },
      { noNullPrototype: true }
    ),
    { minLength: 5, maxLength, size: "max" }
  )

/** Why the domain may refuse one of these commands. */
const refusals = new Set(["ContactNotFound", "DealNotFound", "MergeConflict", "ValidationError"])

/** Runs commands one after another over three contacts; answers the ids of those and of all deals that were ever made. */
export const runDealCommands = Effect.fnUntraced(function* (commands: ReadonlyArray<DealCommand>) {
  const contacts = yield* Contacts
  const contactIds = yield* Effect.forEach(["Ann", "Ben", "Cas"], (name) =>
    Effect.map(contacts.create({ name }), ({ id }) => id)
  )
  const dealIds: Array<DealId> = []
  for (const command of commands) {
    yield* Effect.catchIf(
      run(command, contactIds, dealIds),
      ({ _tag }) => refusals.has(_tag),
      () => Effect.void
    )
  }
  return { contactIds, dealIds }
})

const run = Effect.fnUntraced(function* (
  { at, change, changes, draft, kind, other }: DealCommand,
  contactIds: ReadonlyArray<ContactId>,
  dealIds: Array<DealId>
) {
  const contacts = yield* Contacts
  const deals = yield* Deals
  const contactId = contactIds[at % contactIds.length] ?? assert.fail("no contacts")
  const otherId = contactIds[other % contactIds.length] ?? assert.fail("no contacts")
  const id = dealIds[at % dealIds.length]
  switch (kind) {
    case "delete":
      return yield* contacts.remove(contactId)
    case "restore":
      return yield* contacts.restore(contactId)
    case "merge":
      return yield* Effect.flatMap(Merges, (merges) =>
        merges.merge({ primaryContactId: contactId, mergeContactIds: [otherId] })
      )
    case "compact":
      return yield* Effect.flatMap(Pipelines, ({ compact }) => compact)
  }
  if (kind === "create" || id === undefined) {
    dealIds.push((yield* deals.create({ ...draft, ...(other % 3 !== 0 && { contactId }) })).id)
    return
  }
  switch (kind) {
    case "stage":
      return yield* deals.changeStage(id, change)
    case "update":
      return yield* deals.update(id, {
        ...changes,
        ...(other % 2 === 0 && { contactId: other % 4 === 0 ? null : contactId })
      })
    case "remove":
      return yield* deals.remove(id)
  }
})

// -- Recounting -------------------------------------------------------------------------------------------------------

const pipeline = Pipeline.defaultPipeline
const conversion = { base: Money.Currency.make("USD"), rates: new Map() }

/** All that is kept beside deals is what a recount of them gives. */
export const assertRecounted = Effect.fnUntraced(function* (
  tenantId: TenantId,
  made: { readonly contactIds: ReadonlyArray<ContactId>; readonly dealIds: ReadonlyArray<DealId> }
) {
  const contacts = yield* Contacts
  const deals = yield* Deals
  const store = yield* DealStore
  const found = yield* Effect.forEach(made.dealIds, (id) => store.find(tenantId, id))
  const records = found.flatMap((deal) => (deal._tag === "Some" ? [deal.value] : []))

  const { data: _data, pagination, ...summary } = yield* deals.list({})
  assert.strictEqual(pagination.total, records.length)
  assertSame(summary, PipelineSummary.summarize(PipelineSummary.groupsOf(records), pipeline, conversion))
  for (const { key } of pipeline.stages) {
    const inStage = records.filter(({ stage }) => stage === key)
    const listed = yield* deals.list({ stage: key })
    assert.strictEqual(listed.pagination.total, inStage.length, key)
    assertSame(
      listed.pipelineSummary,
      PipelineSummary.summarize(PipelineSummary.groupsOf(inStage), pipeline, conversion).pipelineSummary
    )
  }

  const live = yield* Effect.forEach(made.contactIds, (id) => Effect.option(contacts.get(id)))
  const withOpenDeals = (yield* contacts.list({ segment: "is:open_deals" })).data.map(({ id }) => id)
  for (const contact of live.flatMap((contact) => (contact._tag === "Some" ? [contact.value] : []))) {
    const own = records.filter(({ fields }) => fields.contactId === contact.id)
    const standing = PipelineSummary.standing(PipelineSummary.groupsOf(own), pipeline, conversion)
    assert.strictEqual(
      BigDecimal.format(contact.engagement.lifetimeValue),
      BigDecimal.format(standing.lifetimeValue),
      "lifetime value"
    )
    assert.strictEqual(withOpenDeals.includes(contact.id), standing.openDeals > 0, "is:open_deals")
    if (standing.wonDeals > 0) assert.strictEqual(contact.type, "customer")
    assert.sameMembers(
      contact.deals.map(({ id }) => id),
      own.map(({ id }) => id)
    )
  }

  for (const record of records) {
    const { stageHistory } = yield* deals.get(record.id)
    assertChained(stageHistory)
    assert.strictEqual(stageHistory.at(-1)?.to, record.stage)
  }
})

/** Each move begins where the one before it ended, and nothing is earlier than what it follows. */
export const assertChained = (history: Deal.DealDetail["stageHistory"]): void => {
  let stage: string | null = null
  let at = 0
  for (const row of history) {
    assert.strictEqual(row.from, stage)
    assert.isAtLeast(row.at.epochMilliseconds, at)
    stage = row.to
    at = row.at.epochMilliseconds
  }
}
