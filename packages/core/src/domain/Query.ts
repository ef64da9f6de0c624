/** Questions to lists: filters, pages and totals. One shape for HTTP, in-process callers and exports. */
import * as Schema from "effect/Schema"
import { ContactType } from "./Contact.ts"
import { ExternalId, UserId } from "./Ids.ts"
import * as Text from "./Text.ts"

export const maxLimit = 100
export const defaultLimit = 20

/** The words that the list filter `status` takes: two match the status, two the type. */
export const StatusFilter = Schema.Literals(["active", "inactive", "lead", "customer"])

/** Which contacts of the tenant; every condition that is present must hold. */
export const ContactFilter = Schema.Struct({
  status: Schema.optionalKey(StatusFilter),
  type: Schema.optionalKey(ContactType),
  source: Schema.optionalKey(Text.text(255)),
  ownerId: Schema.optionalKey(UserId),
  externalId: Schema.optionalKey(ExternalId),
  /** Every word must occur: see `Search`. */
  search: Schema.optionalKey(Text.text(200))
})
export interface ContactFilter extends Schema.Schema.Type<typeof ContactFilter> {}

/** A page by number, from 1. Newest first. */
export const PageRequest = Schema.Struct({
  page: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000_000 }))),
  limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: maxLimit })))
})
export interface PageRequest extends Schema.Schema.Type<typeof PageRequest> {}

/** Where a page stands in its list. */
export const Pagination = Schema.Struct({
  page: Schema.Int,
  limit: Schema.Int,
  total: Schema.Int
})
export interface Pagination extends Schema.Schema.Type<typeof Pagination> {}

/** A page of a list. */
export interface Page<A> {
  readonly data: ReadonlyArray<A>
  readonly pagination: Pagination
}
