/**
 * Reports on pipelines: what the database adds up is what folding the histories of the deals gives, of whatever deals, for
 * whatever question, before and after kept sums were brought up to date.
 */
import {
  type CurrentActor,
  Deals,
  DealStore,
  Money,
  Pipeline,
  PipelineAnalytics,
  PipelineReports,
  Pipelines,
  Reports,
  type TenantId
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { type DealScript, type DealVersion, live, reportCase, storyOf } from "../PipelineGenerators.ts"
import { at, type Chapter, type Client, forAll, inNewTenant, snapshot, transaction } from "./Harness.ts"
import { race } from "./Races.ts"

const pipeline = Pipeline.defaultPipeline

export const pipelineReports: Chapter = {
  title: "pipeline reports",
  needs: [],
  tests: (test) => {
    test("adds up what the fold over histories does", () =>
      forAll(reportCase.fastCheck, 60, ({ investigation, lives }) =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            yield* store(tenantId, lives)
            const { now, ownerId, zone } = investigation
            for (const question of [investigation, { now, zone }, { now, zone, ownerId }]) {
              yield* assertTally(tenantId, investigation.deals, question)
            }
          })
        )
      ))

    test("adds up the same once kept sums are brought up to date, and when deals change after that", () =>
      forAll(fc.tuple(reportCase.fastCheck, fc.nat()), 30, ([{ investigation, lives }, some]) =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const { now, zone } = investigation
            const early = lives.slice(0, some % (lives.length + 1))
            yield* store(tenantId, early)
            yield* compact
            yield* assertTally(tenantId, early.flatMap(storyOf), { now, zone })
            yield* store(tenantId, lives.slice(early.length))
            yield* assertTally(tenantId, investigation.deals, { now, zone })
            yield* compact
            yield* assertTally(tenantId, investigation.deals, { now, zone })
          })
        )
      ))

    test("reports on deals that were created, changed, moved and deleted as people do it", () =>
      forAll(reportCase.fastCheck, 20, ({ investigation, scripts }) =>
        inNewTenant(() =>
          Effect.gen(function* () {
            const done = scripts.filter((script) => DateTime.Equivalence(script.createdAt, script.at))
            for (const script of done) yield* perform(script)
            const { asOf, from, now, ownerId, to } = investigation
            const expected = PipelineAnalytics.analyse({
              ...investigation,
              deals: done.map(live).flatMap(storyOf),
              conversion: { base: Money.Currency.make("USD"), rates: new Map() }
            })
            const reports = yield* Reports
            const query = {
              tz: DateTime.zoneToString(investigation.zone),
              ...(asOf !== undefined && { asOf }),
              ...(from !== undefined && { from }),
              ...(to !== undefined && { to }),
              ...(ownerId !== undefined && { ownerId })
            }
            const report = yield* at(DateTime.formatIso(now))(reports.pipelineAnalytics(query))
            assert.deepStrictEqual(encode(report), encode(expected))
          })
        )
      ))

    test("keeps sums right while deals move, and sums are brought up to date, at once", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const deals = yield* Deals
          const made = yield* Effect.forEach([1, 2, 3, 4, 5], (value) =>
            deals.create({ name: `Deal ${value}`, value: Money.toDecimal({ currency: usd, minor: BigInt(value) }) })
          )
          const moves = made.flatMap(({ id }) =>
            ["qualified", "lead", "closed_won", "lead"].map((stage) => Effect.asVoid(deals.changeStage(id, { stage })))
          )
          yield* race([...moves, compact, compact, compact])
          yield* assertKept(tenantId)
        })
      ))

    test("tells where kept sums are wrong", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const deals = yield* DealStore
          const reports = yield* PipelineReports
          const before = yield* newDeal(tenantId)
          const after = { ...before, fields: { ...before.fields, value: { currency: usd, minor: 700n } } }
          const never = { ...before, fields: { ...before.fields, value: { currency: usd, minor: 200n } } }
          yield* transaction(deals.update(tenantId, [{ before: never, after }]))
          const [difference, ...others] = yield* reports.differences(tenantId)
          assert.deepStrictEqual(others, [])
          assert.deepInclude(difference, { kind: "open", stage: "lead", currency: "USD", number: 0, value: 300n })
        })
      ))
  }
}

// internal

const usd = Money.Currency.make("USD")

const encode = Schema.encodeSync(PipelineAnalytics.PipelineAnalytics)

const compact = Effect.flatMap(Pipelines, (pipelines) => pipelines.compact)

/** A deal of 5.00 in the first stage. */
const newDeal = Effect.fnUntraced(function* (tenantId: TenantId) {
  const deals = yield* Deals
  const store = yield* DealStore
  const { id } = yield* deals.create({ name: "Deal", value: Money.toDecimal({ currency: usd, minor: 500n }) })
  return Option.getOrThrow(yield* store.find(tenantId, id))
})

/** Writes lives of deals, each version in a transaction of its own. */
const store = Effect.fnUntraced(function* (tenantId: TenantId, lives: ReadonlyArray<ReadonlyArray<DealVersion>>) {
  const deals = yield* DealStore
  const write = Effect.fnUntraced(function* (before: DealVersion | undefined, { kind, record, rows }: DealVersion) {
    if (before === undefined) yield* deals.insert(tenantId, [record])
    else if (kind !== "delete") yield* deals.update(tenantId, [{ before: before.record, after: record }])
    yield* deals.record(
      tenantId,
      rows.map((row) => ({ ...row, dealId: record.id }))
    )
    for (const { row } of kind === "delete" ? rows : []) {
      yield* deals.archive(tenantId, record, { at: row.at, by: row.by })
    }
  }, transaction)
  for (const life of lives) {
    for (const [index, version] of life.entries()) yield* write(life[index - 1], version)
  }
})

/** Does to a deal, by the use cases and at the times it says, what a script says. */
const perform = Effect.fnUntraced(function* (
  script: DealScript
): Effect.fn.Return<void, unknown, Client | CurrentActor> {
  const deals = yield* Deals
  const { id } = yield* at(DateTime.formatIso(script.at))(deals.create(script.input))
  for (const step of script.steps) {
    const command = (): Effect.Effect<unknown, { readonly _tag: string }, CurrentActor> => {
      switch (step.kind) {
        case "move":
          return deals.changeStage(id, step.change)
        case "edit":
          return deals.update(id, step.changes)
        case "delete":
          return deals.remove(id)
      }
    }
    yield* at(DateTime.formatIso(step.at))(Effect.catchTag(command(), "ValidationError", () => Effect.void))
  }
})

const assertTally = Effect.fnUntraced(function* (
  tenantId: TenantId,
  deals: ReadonlyArray<PipelineAnalytics.DealStory>,
  question: PipelineAnalytics.PipelineQuestion
) {
  const reports = yield* PipelineReports
  const scope = PipelineAnalytics.scopeOf(question)
  const tally = yield* snapshot(reports.tally(tenantId, pipeline, scope))
  assert.deepStrictEqual(inOrder(tally), inOrder(PipelineAnalytics.tallyOf(pipeline, deals, scope)))
  yield* assertKept(tenantId)
})

const assertKept = Effect.fnUntraced(function* (tenantId: TenantId) {
  const reports = yield* PipelineReports
  assert.deepStrictEqual(yield* reports.differences(tenantId), [])
})

const inOrder = ({ stages, sums, ...tally }: PipelineAnalytics.PipelineTally) => ({
  ...tally,
  sums: sums.toSorted((a, b) => compare(`${a.part} ${a.currency} ${a.stage}`, `${b.part} ${b.currency} ${b.stage}`)),
  stages: stages.toSorted((a, b) => compare(a.stage, b.stage))
})

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
