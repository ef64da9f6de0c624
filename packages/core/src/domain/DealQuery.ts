/** Questions to lists of deals: filters and sorts. Pages, cursors and totals are those of `Query`. */
import * as Schema from "effect/Schema"
import * as Cursor from "./Cursor.ts"
import { Deal } from "./Deal.ts"
import { ContactId, ExternalId, UserId } from "./Ids.ts"
import * as Money from "./Money.ts"
import { PipelineSummary, totalsFields, totalsKeys } from "./PipelineSummary.ts"
import { PageRequest, Pagination } from "./Query.ts"
import * as Time from "./Time.ts"

/** Which deals of the tenant; every condition that is present must hold. */
export const DealFilter = Schema.Struct({
  stage: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(100))),
  ownerId: Schema.optionalKey(UserId),
  contactId: Schema.optionalKey(ContactId),
  externalId: Schema.optionalKey(ExternalId),
  /** Amounts are compared as they are, each in its own currency. */
  minValue: Schema.optionalKey(Money.Amount),
  maxValue: Schema.optionalKey(Money.Amount),
  /** The day that a deal is expected to close. */
  closeDate: Schema.optionalKey(Time.CalendarDate),
  /** From that day on, the day included. */
  closeAfter: Schema.optionalKey(Time.CalendarDate),
  /** Up to that day, the day included. */
  closeBefore: Schema.optionalKey(Time.CalendarDate)
})
export interface DealFilter extends Schema.Schema.Type<typeof DealFilter> {}

/** What deals can be sorted by; the id breaks ties and null comes last. `name` sorts by its folded form. */
export const sortFields = ["created_at", "updated_at", "name", "value", "expected_close"] as const
export type SortField = (typeof sortFields)[number]

/** A sort field, with `-` for descending. */
export const Sort = Schema.Literals([
  "created_at",
  "-created_at",
  "updated_at",
  "-updated_at",
  "name",
  "-name",
  "value",
  "-value",
  "expected_close",
  "-expected_close"
])
export type Sort = typeof Sort.Type

export const sortField = (sort: Sort): SortField =>
  sortFields.find((field) => sort === field || sort === `-${field}`) ?? "created_at"

const amountKey = Schema.String.check(Schema.isPattern(/^\d{1,18}$/))

/** The keys that cursors of each sort hold. */
export const sortKeys: Cursor.Keys<Sort> = {
  created_at: Cursor.timeKey,
  "-created_at": Cursor.timeKey,
  updated_at: Cursor.timeKey,
  "-updated_at": Cursor.timeKey,
  name: Cursor.textKey,
  "-name": Cursor.textKey,
  value: amountKey,
  "-value": amountKey,
  expected_close: Schema.NullOr(Time.CalendarDate),
  "-expected_close": Schema.NullOr(Time.CalendarDate)
}

export const defaultSort: Sort = "-created_at"

const { cursor, limit, page, total } = PageRequest.fields

/** A page of deals by number, or the one behind a cursor. */
export const DealPageRequest = Schema.Struct({ cursor, limit, page, total, sort: Schema.optionalKey(Sort) })
export interface DealPageRequest extends Schema.Schema.Type<typeof DealPageRequest> {}

const summaryFields = { pipelineSummary: PipelineSummary, ...totalsFields }
const summaryKeys = { pipelineSummary: "pipeline_summary", ...totalsKeys } as const

/** The summary of all deals that match, beside a page of them. */
export const Summary = Schema.Struct(summaryFields).pipe(Schema.encodeKeys(summaryKeys))

/** A page of deals. */
export const DealPage = Schema.Struct({ data: Schema.Array(Deal), ...summaryFields, pagination: Pagination })
  .pipe(Schema.encodeKeys(summaryKeys))
  .annotate({ identifier: "DealPage" })
export interface DealPage extends Schema.Schema.Type<typeof DealPage> {}
export type DealPageEncoded = typeof DealPage.Encoded

/** Amounts of all currencies on one scale, in ten thousandths of a unit: no currency has more decimals. */
export const amountScale = 4
