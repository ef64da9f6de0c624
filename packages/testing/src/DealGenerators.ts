/**
 * Arbitraries of fast-check for deals: what one may be given, and what is done to it. Amounts fit their currency, and
 * values are few where deals are to meet: in stages, owners and days.
 *
 * @example
 * ```ts
 * import { DealGenerators } from "@clientele/testing"
 * import * as fc from "fast-check"
 *
 * fc.assert(fc.property(DealGenerators.dealCreate, (input) => input.name.trim() !== ""))
 * ```
 */
import { type Deal, type DealProducts, Money, Pipeline, ProductId, UserId } from "@clientele/core"
import * as BigDecimal from "effect/BigDecimal"
import * as fc from "fast-check"
import { filledText, text } from "./Generators.ts"

/** A stage of the pipeline that tenants begin with. */
export const stage: fc.Arbitrary<string> = fc.constantFrom(...Pipeline.defaultPipeline.stages.map(({ key }) => key))

/** Currencies with two, no and three decimals. */
export const currency: fc.Arbitrary<Money.Currency> = fc
  .constantFrom("USD", "USD", "EUR", "JPY", "KWD")
  .map((code) => Money.Currency.make(code))

/** An amount that every currency can have, seldom a very large one. */
export const amount: fc.Arbitrary<BigDecimal.BigDecimal> = fc
  .oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 200_000 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, 1, 99_999_999_999) }
  )
  .map((units) => BigDecimal.fromBigInt(BigInt(units)))

/** A day on which deals are expected to close; those of one test meet on some. */
export const day: fc.Arbitrary<string> = fc.constantFrom("2026-02-14", "2026-02-15", "2026-03-01", "2024-02-29")

const ownerId = fc.constantFrom("user_1", "user_2").map((id) => UserId.make(id))

/** A line of a deal, by its product or by what it says itself. */
export const product: fc.Arbitrary<DealProducts.DealProductInput> = fc.oneof(
  fc.record(
    { name: filledText(100), quantity: fc.integer({ min: 1, max: 9 }), value: amount },
    { noNullPrototype: true }
  ),
  fc.record(
    {
      productId: fc.constantFrom("prod_1", "prod_none").map((id) => ProductId.make(id)),
      quantity: fc.integer({ min: 1, max: 9 })
    },
    { noNullPrototype: true, requiredKeys: ["productId"] }
  )
)

const settable = {
  externalId: fc.option(fc.uuid()),
  company: fc.option(text(255)),
  value: amount,
  probability: fc.option(fc.integer({ min: 0, max: 100 })),
  expectedClose: fc.option(day),
  ownerId: fc.option(ownerId),
  products: fc.option(fc.array(product, { maxLength: 3 })),
  lostReason: fc.option(text(100))
}

/** What a new deal may be given: a name and a value, and any of the rest. A closed one is given no probability. */
export const dealCreate: fc.Arbitrary<Deal.DealCreate> = fc
  .record(
    { name: filledText(200), stage, currency, ...settable, notes: fc.option(text(200)) },
    { requiredKeys: ["name", "value"], noNullPrototype: true }
  )
  .map(({ probability, ...rest }) =>
    probability === undefined || isClosed(rest.stage) ? rest : { ...rest, probability }
  )

/** Changes to a deal, from none to all of its fields but the probability. */
export const dealUpdate: fc.Arbitrary<Deal.DealUpdate> = fc
  .record(
    { name: filledText(200), currency, ...settable, notes: text(200) },
    { requiredKeys: [], noNullPrototype: true }
  )
  .map(({ probability: _probability, ...rest }) => rest)

/** A change of stage, sometimes with a probability where the stage takes one. */
export const stageChange: fc.Arbitrary<Deal.StageChange> = fc
  .record(
    { stage, notes: fc.option(text(200)), lostReason: text(100), probability: settable.probability },
    { requiredKeys: ["stage"], noNullPrototype: true }
  )
  .map(({ probability, ...rest }) =>
    probability === undefined || isClosed(rest.stage) ? rest : { ...rest, probability }
  )

// internal

const isClosed = (stage: string | undefined): boolean =>
  stage !== undefined && Pipeline.typeOf(Pipeline.defaultPipeline, stage) !== "open"
