import {
  Deal,
  DealHistory,
  dealId,
  DealRecord,
  Money,
  Pipeline,
  type Product,
  ProductId,
  UserId,
  type ValidationError
} from "@clientele/core"
import { DealGenerators } from "@clientele/testing"
import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Equal from "effect/Equal"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { created, later, overTheWire, owner } from "../support.ts"

const pipeline = Pipeline.defaultPipeline
const usd = Money.Currency.make("USD")
const license: Product.Product = {
  id: ProductId.make("prod_1"),
  name: "License",
  price: BigDecimal.fromStringUnsafe("45000.50"),
  currency: usd,
  createdAt: created
}
const catalog = new Map([[license.id, license]])

const decide = (input: Deal.DealCreate) =>
  DealRecord.create(input, { id: dealId("001"), now: created, pipeline, catalog, currency: usd, company: "Acme" })
const make = (input: Deal.DealCreate) => Result.getOrThrow(decide(input))
const decideEdit = (record: DealRecord.DealRecord, changes: Deal.DealUpdate) =>
  DealRecord.edit(record, changes, { now: later, pipeline, catalog, currency: usd })
const edit = (record: DealRecord.DealRecord, changes: Deal.DealUpdate) => Result.getOrThrow(decideEdit(record, changes))
const decideMove = (record: DealRecord.DealRecord, change: Deal.StageChange) =>
  DealRecord.moveToStage(record, change, { now: later, pipeline })
const move = (record: DealRecord.DealRecord, change: Deal.StageChange) => Result.getOrThrow(decideMove(record, change))
const decimal = (value: number | string) => BigDecimal.fromStringUnsafe(String(value))

const paths = <A>(result: Result.Result<A, { readonly _tag: string } | ValidationError>) =>
  Result.isFailure(result) && "issues" in result.failure ? result.failure.issues.map(({ path }) => path) : result

/** Deals in every state that creations and changes of stage lead to; those that are refused are none. */
const deal = fc
  .tuple(DealGenerators.dealCreate, fc.array(DealGenerators.stageChange, { maxLength: 3 }))
  .map(([input, changes]) => Result.map(decide(input), (record) => changes.reduce(move, record)))
  .filter(Result.isSuccess)
  .map(({ success }) => success)

const typeOf = ({ stage }: DealRecord.DealRecord) => Pipeline.typeOf(pipeline, stage)

describe("a new deal", () => {
  it("begins in the first stage with its probability, the currency of the tenant and the company of its contact", () => {
    const record = make({ name: "  New Enterprise Deal " })
    const detail = DealRecord.toDetail(record, null, { notes: [], stageHistory: [] })
    assert.deepStrictEqual(Schema.encodeSync(Deal.DealDetail)(detail), {
      id: "deal_001",
      name: "New Enterprise Deal",
      contact_id: null,
      company: "Acme",
      value: 0,
      currency: "USD",
      stage: "lead",
      probability: 10,
      expected_close: null,
      owner: null,
      products: [],
      created_at: "2026-01-20T10:00:00.000Z",
      updated_at: "2026-01-20T10:00:00.000Z",
      external_id: null,
      version: 1,
      probability_source: "stage",
      closed_at: null,
      lost_reason: null,
      notes: [],
      stage_history: []
    })
  })

  it("takes names and prices of its products, and is worth what they are unless it says otherwise", () => {
    const lines = [
      { productId: license.id, quantity: 2 },
      { name: "Implementation", value: decimal("5000.25") }
    ]
    const record = make({ name: "Deal", products: lines })
    assert.isTrue(
      Equal.equals(record.fields.products, [
        { productId: license.id, name: "License", quantity: 2, value: decimal(90_001) },
        { productId: null, name: "Implementation", quantity: 1, value: decimal("5000.25") }
      ])
    )
    assert.strictEqual(record.fields.value.minor, 9_500_125n)
    assert.strictEqual(make({ name: "Deal", products: lines, value: decimal(1) }).fields.value.minor, 100n)
  })

  it("keeps a product that is not known by its id, if it says what it is worth itself", () => {
    const products = [{ productId: license.id }, { productId: ProductId.make("prod_none"), quantity: 3 }]
    const record = make({ name: "Deal", products, value: decimal(7) })
    assert.deepStrictEqual(
      { ...record.fields.products[1] },
      { productId: ProductId.make("prod_none"), name: "prod_none", quantity: 3, value: null }
    )
    assert.deepStrictEqual(paths(decide({ name: "Deal", products })), ["products[1].product_id"])
  })

  it("is refused where an amount is not one of its currency, at its path", () => {
    const yen = Money.Currency.make("JPY")
    assert.deepStrictEqual(paths(decide({ name: "Deal", value: decimal("0.5"), currency: yen })), ["value"])
    assert.deepStrictEqual(paths(decide({ name: "Deal", value: decimal(-1) })), ["value"])
    assert.deepStrictEqual(paths(decide({ name: "Deal", value: decimal("1000000000000") })), ["value"])
    assert.deepStrictEqual(paths(decide({ name: "Deal", currency: yen, products: [{ productId: license.id }] })), [
      "products[0].product_id"
    ])
    assert.deepStrictEqual(paths(decide({ name: "Deal", products: [{ quantity: 1 }] })), ["products[0].name"])
    assert.deepStrictEqual(paths(decide({ name: "Deal", products: [{ name: "Off", value: decimal(-1) }] })), [
      "products"
    ])
  })

  it("can begin closed, with the probability of that and no other", () => {
    const won = make({ name: "Deal", stage: "closed_won" })
    assert.deepStrictEqual([won.probability, won.closedAt], [100, created])
    assert.deepStrictEqual(paths(decide({ name: "Deal", stage: "closed_lost", probability: 40 })), ["probability"])
    const error = Result.getOrThrow(Result.flip(decide({ name: "Deal", stage: "won" })))
    assert.strictEqual(error._tag, "InvalidStage")
  })
})

describe("a change of stage", () => {
  it("can follow any other; closing forces the probability and dates the deal, reopening brings a manual one back", () => {
    fc.assert(
      fc.property(deal, DealGenerators.stageChange, (before, change) => {
        const after = move(before, change)
        const isOpen = typeOf(after) === "open"
        const { manualProbability } = after.fields
        assert.strictEqual(after.stage, change.stage)
        assert.strictEqual(after.closedAt === null, isOpen)
        assert.strictEqual(
          after.probability,
          isOpen
            ? (manualProbability ?? Result.getOrThrow(Pipeline.stageOf(pipeline, after.stage)).probability)
            : typeOf(after) === "won"
              ? 100
              : 0
        )
        const expected = change.probability === undefined ? before.fields.manualProbability : change.probability
        assert.strictEqual(manualProbability, expected)
        if (after !== before) assert.strictEqual(after.version, before.version + 1)
      })
    )
  })

  it("to the stage it is in changes nothing, by whatever way it came there", () => {
    fc.assert(
      fc.property(deal, (record) => assert.strictEqual(move(record, { stage: record.stage, notes: "Again" }), record))
    )
  })

  it("is refused to a stage that there is none of, and with a probability that closing overrules", () => {
    const record = make({ name: "Deal" })
    const error = Result.getOrThrow(Result.flip(decideMove(record, { stage: "won" })))
    assert.strictEqual(
      error.message,
      `"won" is no stage; expected one of ${pipeline.stages.map(({ key }) => key).join(", ")}`
    )
    assert.deepStrictEqual(paths(decideMove(record, { stage: "closed_won", probability: 50 })), ["probability"])
    assert.strictEqual(move(record, { stage: "closed_won", probability: 100 }).probability, 100)
  })

  it("forgets why a deal was lost when it is lost no more", () => {
    const lost = move(make({ name: "Deal" }), { stage: "closed_lost", lostReason: "Price" })
    assert.strictEqual(lost.fields.lostReason, "Price")
    assert.strictEqual(move(lost, { stage: "proposal" }).fields.lostReason, null)
  })

  it("is never earlier than what it follows, whatever the clock says", () => {
    const first = move(make({ name: "Deal" }), { stage: "proposal" })
    const second = Result.getOrThrow(DealRecord.moveToStage(first, { stage: "lead" }, { now: created, pipeline }))
    assert.isTrue(DateTime.isGreaterThanOrEqualTo(second.updatedAt, first.updatedAt))
  })
})

describe("an edit", () => {
  it("that sends back what was read, in process or over the wire, changes nothing", () => {
    fc.assert(
      fc.property(deal, (record) => {
        const detail = DealRecord.toDetail(record, owner, { notes: [], stageHistory: [] })
        const back = Schema.decodeUnknownSync(Deal.DealUpdate)(overTheWire(Schema.encodeSync(Deal.DealDetail)(detail)))
        for (const changes of [detail, back]) {
          assert.deepStrictEqual(Deal.readOnlyDifferences(changes, detail), [])
          assert.strictEqual(edit(record, changes), record)
        }
      })
    )
  })

  it("changes what it names and nothing else, once", () => {
    fc.assert(
      fc.property(deal, DealGenerators.dealUpdate, (record, changes) => {
        const outcome = decideEdit(record, changes)
        if (Result.isFailure(outcome)) return
        const after = outcome.success
        assert.strictEqual(edit(after, changes), after)
        assert.deepStrictEqual([after.stage, after.probability], [record.stage, record.probability])
        assert.strictEqual(after.version, after === record ? record.version : record.version + 1)
        assert.strictEqual(after === record, Object.keys(DealRecord.previous(record, after)).length === 0)
      })
    )
  })

  it("gives a probability that stays through open stages, and takes it back with null", () => {
    const manual = edit(make({ name: "Deal" }), { probability: 75 })
    const moved = move(manual, { stage: "negotiation" })
    assert.strictEqual(moved.probability, 75)
    assert.strictEqual(move(move(moved, { stage: "closed_won" }), { stage: "proposal" }).probability, 75)
    assert.strictEqual(edit(moved, { probability: null }).probability, 60)
    assert.deepStrictEqual(paths(decideEdit(move(moved, { stage: "closed_won" }), { probability: 99 })), [
      "probability"
    ])
  })

  it("refuses what only reading shows, and says where stages are changed", () => {
    const detail = DealRecord.toDetail(make({ name: "Deal" }), owner, { notes: [], stageHistory: [] })
    const refused = Deal.readOnlyDifferences({ stage: "proposal", version: 9, notes: "A note" }, detail)
    assert.deepStrictEqual(
      refused.map(({ path }) => path),
      ["stage", "version"]
    )
    assert.include(refused[0]?.message, "PATCH /deals/{deal_id}/stage")
  })

  it("of the currency is refused where the amount has more decimals than that", () => {
    const record = make({ name: "Deal", value: decimal("0.5") })
    assert.deepStrictEqual(paths(decideEdit(record, { currency: Money.Currency.make("JPY") })), ["value"])
  })

  it("with a value of null makes it that of the products", () => {
    const record = make({ name: "Deal", value: decimal(5), products: [{ name: "License", value: decimal(8) }] })
    assert.strictEqual(edit(record, { value: null }).fields.value.minor, 800n)
  })
})

describe("the history of a deal", () => {
  const by = UserId.make("user_001")

  it("has a row for the beginning, for every move and for every edit of what a row shows, and chains", () => {
    const change = fc.oneof(
      DealGenerators.stageChange.map((change) => (record: DealRecord.DealRecord) => decideMove(record, change)),
      DealGenerators.dealUpdate.map((changes) => (record: DealRecord.DealRecord) => decideEdit(record, changes))
    )
    fc.assert(
      fc.property(DealGenerators.dealCreate, fc.array(change, { maxLength: 8 }), (input, changes) => {
        const first = decide(input)
        if (Result.isFailure(first)) return
        let record = first.success
        const rows = [...DealHistory.ofChange(null, record, { at: created, by, notes: null })]
        for (const apply of changes) {
          const next = apply(record)
          if (Result.isFailure(next) || next.success === record) continue
          rows.push(...DealHistory.ofChange(record, next.success, { at: next.success.updatedAt, by, notes: null }))
          record = next.success
        }
        rows.push(DealHistory.ofDeletion(record, { at: later, by, notes: null }))
        let stage: string | null = null
        for (const [index, { row, version }] of rows.entries()) {
          assert.strictEqual(row.from, stage)
          assert.strictEqual(row.kind === "move", row.from !== row.to)
          stage = row.to
          assert.isAbove(version, rows[index - 1]?.version ?? 0)
        }
        const last = rows.at(-1)?.row ?? assert.fail("no row")
        assert.deepStrictEqual([last.kind, last.to, last.probability], ["delete", record.stage, record.probability])
        assert.isTrue(Equal.equals(last.value, Money.toDecimal(record.fields.value)))
      })
    )
  })
})
