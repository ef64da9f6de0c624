/**
 * What a store keeps of a deal, and what creating, changing and moving one means. Decisions take the time and ids as
 * arguments and touch nothing. Every way of changing a stage goes through `moveToStage`.
 */
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Equal from "effect/Equal"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Owner } from "./Contact.ts"
import type { Deal, DealCreate, DealDetail, DealUpdate, ProbabilitySource, StageChange } from "./Deal.ts"
import * as DealProducts from "./DealProducts.ts"
import { type InvalidStage, type Issue, ValidationError } from "./Errors.ts"
import { ContactId, DealId, UserId } from "./Ids.ts"
import * as Money from "./Money.ts"
import { erasedText } from "./Personal.ts"
import { maxMinor } from "./Product.ts"
import { type Pipeline, type Stage, stageOf, typeOf } from "./Pipeline.ts"
import * as Text from "./Text.ts"

const text = Schema.NullOr(Schema.String)

/** The fields of a deal that an update can set, in full; a change to any of them raises `version` by one. */
export const DealFields = Schema.Struct({
  externalId: text,
  name: Schema.String,
  contactId: Schema.NullOr(ContactId),
  company: text,
  value: Schema.Struct({ currency: Money.Currency, minor: Schema.BigInt }),
  /** The probability that somebody gave; it waits while the deal is closed. Null: that of the stage. */
  manualProbability: Schema.NullOr(Schema.Int),
  expectedClose: text,
  ownerId: Schema.NullOr(UserId),
  products: Schema.Array(DealProducts.DealProduct),
  lostReason: text
})
export interface DealFields extends Schema.Schema.Type<typeof DealFields> {}

/** What a store keeps of a deal. */
export const DealRecord = Schema.Struct({
  id: DealId,
  pipeline: Schema.String,
  stage: Schema.String,
  fields: DealFields,
  /** The probability in force. */
  probability: Schema.Int,
  /** When it came to be won or lost; null while it is open. */
  closedAt: Schema.NullOr(Schema.DateTimeUtc),
  version: Schema.Int,
  createdAt: Schema.DateTimeUtc,
  updatedAt: Schema.DateTimeUtc
})
export interface DealRecord extends Schema.Schema.Type<typeof DealRecord> {}

/** What a decision needs of the world: the time, the stages there are, and the products that lines name. */
export interface Surroundings {
  readonly now: DateTime.Utc
  readonly pipeline: Pipeline
  readonly catalog: DealProducts.Catalog
}

// -- Decisions --------------------------------------------------------------------------------------------------------

/** The deal that a creation makes, in the pipeline's first stage unless it says another. */
export const create = (
  input: DealCreate,
  surroundings: Surroundings & {
    readonly id: DealId
    readonly currency: Money.Currency
    /** The company of the deal's contact. */
    readonly company: string | null
  }
): Result.Result<DealRecord, InvalidStage | ValidationError> =>
  Result.gen(function* () {
    const { company, currency, id, now, pipeline } = surroundings
    const { stage: wanted = pipeline.stages[0].key, ...given } = input
    const stage = yield* stageOf(pipeline, wanted)
    const blank = { ...nothing, company, value: Money.zero(input.currency ?? currency) }
    // A deal that says nothing of its value has that of its products.
    const fields = yield* change(blank, { ...given, value: given.value ?? null }, { ...surroundings, stage, currency })
    return {
      id,
      pipeline: pipeline.key,
      stage: stage.key,
      fields,
      probability: probabilityIn(stage, fields),
      closedAt: stage.type === "open" ? null : now,
      version: 1,
      createdAt: now,
      updatedAt: now
    }
  })

/** The deal after an update; the very same record when nothing changed. */
export const edit = (
  current: DealRecord,
  changes: DealUpdate,
  surroundings: Surroundings & { readonly currency: Money.Currency }
): Result.Result<DealRecord, InvalidStage | ValidationError> =>
  Result.gen(function* () {
    const stage = yield* stageOf(surroundings.pipeline, current.stage)
    // A probability that is the current one says nothing new: sending back what was read makes nothing manual.
    const { probability, ...others } = changes
    const given = probability === undefined || probability === current.probability ? others : changes
    const fields = yield* change(current.fields, given, { ...surroundings, stage })
    return revised(current, { fields, probability: probabilityIn(stage, fields) }, surroundings.now)
  })

/**
 * The deal in another stage; the very same record when it is in that stage already and nothing else changes. Any stage can
 * follow any other. Closing forces the probability, and a manual one comes back when the deal is reopened.
 *
 * @example
 * ```ts
 * import { DealRecord, Pipeline } from "@clientele/core"
 * import type { DateTime } from "effect"
 *
 * declare const deal: DealRecord.DealRecord
 * declare const now: DateTime.Utc
 * const pipeline = Pipeline.defaultPipeline
 * DealRecord.moveToStage(deal, { stage: "closed_won" }, { now, pipeline })
 * // Result.succeed: probability 100, closed now
 * DealRecord.moveToStage(deal, { stage: "won" }, { now, pipeline })
 * // Result.fail(InvalidStage)
 * ```
 */
export const moveToStage = (
  current: DealRecord,
  change: StageChange,
  { now, pipeline }: Pick<Surroundings, "now" | "pipeline">
): Result.Result<DealRecord, InvalidStage | ValidationError> =>
  Result.gen(function* () {
    const stage = yield* stageOf(pipeline, change.stage)
    const before = typeOf(pipeline, current.stage)
    const manualProbability = yield* manual(current.fields.manualProbability, change.probability, stage)
    // Whatever is not lost any more was not lost for that reason.
    const kept = before === "lost" && stage.type !== "lost" ? null : current.fields.lostReason
    const lostReason = change.lostReason === undefined ? kept : Text.trimToNull(change.lostReason)
    const fields = { ...current.fields, manualProbability, lostReason }
    const closedAt = stage.type === "open" ? null : stage.type === before ? current.closedAt : now
    return revised(current, { fields, stage: stage.key, probability: probabilityIn(stage, fields), closedAt }, now)
  })

/** The deal without the texts that a person is named in. */
export const erase = (record: DealRecord, names: (text: string) => boolean): DealRecord => {
  const { company, lostReason, name } = record.fields
  const fields = {
    ...record.fields,
    name: names(name) ? erasedText : name,
    company: company !== null && names(company) ? erasedText : company,
    lostReason: lostReason !== null && names(lostReason) ? erasedText : lostReason
  }
  return Equal.equals(fields, record.fields) ? record : { ...record, fields, version: record.version + 1 }
}

// -- Views ------------------------------------------------------------------------------------------------------------

/** The list item of a deal. */
export const toDeal = (record: DealRecord, owner: Owner | null): Deal => {
  const { fields } = record
  return {
    id: record.id,
    name: fields.name,
    contactId: fields.contactId,
    company: fields.company,
    value: Money.toDecimal(fields.value),
    currency: fields.value.currency,
    stage: record.stage,
    probability: record.probability,
    expectedClose: fields.expectedClose,
    owner,
    products: fields.products,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt
  }
}

/** Whether a deal has the probability of its stage; a closed one always does. */
export const probabilitySource = ({ closedAt, fields }: DealRecord): ProbabilitySource =>
  closedAt === null && fields.manualProbability !== null ? "manual" : "stage"

/** The detail view of a deal, with what belongs to it. */
export const toDetail = (
  record: DealRecord,
  owner: Owner | null,
  { notes, stageHistory }: Pick<DealDetail, "notes" | "stageHistory">
): DealDetail => ({
  ...toDeal(record, owner),
  externalId: record.fields.externalId,
  version: record.version,
  probabilitySource: probabilitySource(record),
  closedAt: record.closedAt,
  lostReason: record.fields.lostReason,
  notes,
  stageHistory
})

/** The fields in which `after` differs, the stage included, with their values before, as they look outside. */
export const previous = (before: DealRecord, after: DealRecord): { readonly [field: string]: Schema.Json } => {
  const now = encodeFields(after)
  return Object.fromEntries(
    Object.entries(encodeFields(before)).filter(([field, value]) => !Equal.equals(value, now[field]))
  )
}

// internal

const nothing: Omit<DealFields, "company" | "value"> = {
  externalId: null,
  name: "",
  contactId: null,
  manualProbability: null,
  expectedClose: null,
  ownerId: null,
  products: [],
  lostReason: null
}

const encodeDecimal = Schema.encodeSync(Money.Decimal)
const encodeProducts = Schema.encodeSync(Schema.Array(DealProducts.DealProduct))

const encodeFields = ({ fields, probability, stage }: DealRecord): { readonly [field: string]: Schema.Json } => ({
  external_id: fields.externalId,
  name: fields.name,
  contact_id: fields.contactId,
  company: fields.company,
  value: encodeDecimal(Money.toDecimal(fields.value)),
  currency: fields.value.currency,
  stage,
  probability,
  expected_close: fields.expectedClose,
  owner_id: fields.ownerId,
  products: encodeProducts(fields.products).map((product) => ({ ...product })),
  lost_reason: fields.lostReason
})

/** The record with changes, one version on; the very same when they change nothing. */
const revised = (
  current: DealRecord,
  changes: Partial<Pick<DealRecord, "closedAt" | "fields" | "probability" | "stage">>,
  now: DateTime.Utc
): DealRecord => {
  const next = { ...current, ...changes }
  return Equal.equals(next, current)
    ? current
    : // Clocks of several processes differ, and what came later is to be later.
      { ...next, version: current.version + 1, updatedAt: DateTime.max(now, current.updatedAt) }
}

const probabilityIn = (stage: Stage, { manualProbability }: Pick<DealFields, "manualProbability">): number =>
  stage.type === "open" ? (manualProbability ?? stage.probability) : closedProbability[stage.type]

const closedProbability = { won: 100, lost: 0 }

const refuse = (...issues: ReadonlyArray<Issue>) => Result.fail(new ValidationError({ issues }))

/** The probability that somebody gave, after they may have given another; a closed deal takes none but its own. */
const manual = (
  current: number | null,
  given: number | null | undefined,
  stage: Stage
): Result.Result<number | null, ValidationError> => {
  if (given === undefined) return Result.succeed(current)
  if (given === null || stage.type === "open") return Result.succeed(given)
  const forced = closedProbability[stage.type]
  return given === forced
    ? Result.succeed(current)
    : refuse({ path: "probability", message: `Expected ${forced}, which every deal in ${stage.key} has` })
}

type Changes = Pick<DealUpdate, Exclude<keyof DealFields, "manualProbability"> | "currency" | "probability">

interface ChangeSurroundings extends Surroundings {
  readonly stage: Stage
  /** The currency of deals that name none. */
  readonly currency: Money.Currency
}

const change = (
  fields: DealFields,
  changes: Changes,
  { catalog, currency: defaultCurrency, stage }: ChangeSurroundings
): Result.Result<DealFields, ValidationError> =>
  Result.gen(function* () {
    const replaced = <A>(value: A | undefined, current: A): A => (value === undefined ? current : value)
    const text = (value: string | null | undefined, current: string | null) =>
      value === undefined ? current : Text.trimToNull(value) === null ? null : value
    const currency = replaced(changes.currency, fields.value.currency) ?? defaultCurrency
    const products = yield* changeProducts(fields, changes, catalog, currency)
    return {
      externalId: replaced(changes.externalId, fields.externalId),
      name: changes.name?.trim() ?? fields.name,
      contactId: replaced(changes.contactId, fields.contactId),
      company: text(changes.company, fields.company),
      value: yield* changeValue(fields, changes, products, currency),
      manualProbability: yield* manual(fields.manualProbability, changes.probability, stage),
      expectedClose: replaced(changes.expectedClose, fields.expectedClose),
      ownerId: replaced(changes.ownerId, fields.ownerId),
      products,
      lostReason: text(changes.lostReason, fields.lostReason)
    }
  })

/** Lines that stay are read again in another currency, which may have fewer decimals. */
const changeProducts = (
  fields: DealFields,
  { products }: Changes,
  catalog: DealProducts.Catalog,
  currency: Money.Currency
): Result.Result<ReadonlyArray<DealProducts.DealProduct>, ValidationError> =>
  products === undefined && currency === fields.value.currency
    ? Result.succeed(fields.products)
    : orRefuse(DealProducts.resolve(products === undefined ? fields.products : (products ?? []), catalog, currency))

const changeValue = (
  fields: DealFields,
  { value }: Changes,
  products: ReadonlyArray<DealProducts.DealProduct>,
  currency: Money.Currency
): Result.Result<Money.Money, ValidationError> =>
  Result.gen(function* () {
    if (value === null) {
      const minor = yield* orRefuse(DealProducts.valueOf(products, currency))
      return yield* inRange({ currency, minor }, "products")
    }
    const amount = value ?? Money.toDecimal(fields.value)
    const money = yield* Result.mapError(
      Money.fromDecimal(amount, currency),
      ({ message }) => new ValidationError({ issues: [{ path: "value", message }] })
    )
    return yield* inRange(money, "value")
  })

const inRange = (money: Money.Money, path: string): Result.Result<Money.Money, ValidationError> =>
  money.minor >= 0n && money.minor <= maxMinor
    ? Result.succeed(money)
    : refuse({
        path,
        message: `Expected an amount from 0 to ${BigDecimal.format(Money.toDecimal({ ...money, minor: maxMinor }))}`
      })

const orRefuse = <A>(result: Result.Result<A, ReadonlyArray<Issue>>): Result.Result<A, ValidationError> =>
  Result.mapError(result, (issues) => new ValidationError({ issues }))
