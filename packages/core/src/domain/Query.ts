/** Questions to lists: filters, sorts, pages and totals. One shape for HTTP, in-process callers and exports. */
import * as Schema from "effect/Schema"
import { ContactType } from "./Contact.ts"
import * as Cursor from "./Cursor.ts"
import { ValidationError } from "./Errors.ts"
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
  /** A built-in segment (`is:hot`), the key of a saved one, or a tag. */
  segment: Schema.optionalKey(Text.filled(100)),
  /** A tag, ignoring case. */
  tag: Schema.optionalKey(Text.filled(100)),
  ownerId: Schema.optionalKey(UserId),
  externalId: Schema.optionalKey(ExternalId),
  /** Every word must occur: see `Search`. */
  search: Schema.optionalKey(Text.text(200))
})
export interface ContactFilter extends Schema.Schema.Type<typeof ContactFilter> {}

/** What contacts can be sorted by; the id breaks ties and null comes last. `name` sorts by its folded form. */
export const sortFields = ["created_at", "updated_at", "name", "score", "last_interaction"] as const
export type SortField = (typeof sortFields)[number]

/** A sort field, with `-` for descending. */
export const Sort = Schema.Literals([
  "created_at",
  "-created_at",
  "updated_at",
  "-updated_at",
  "name",
  "-name",
  "score",
  "-score",
  "last_interaction",
  "-last_interaction"
])
export type Sort = typeof Sort.Type

export const sortField = (sort: Sort): SortField =>
  sortFields.find((field) => sort === field || sort === `-${field}`) ?? "created_at"

/** The keys that cursors of each sort hold. */
export const sortKeys: Cursor.Keys<Sort> = {
  created_at: Cursor.timeKey,
  "-created_at": Cursor.timeKey,
  updated_at: Cursor.timeKey,
  "-updated_at": Cursor.timeKey,
  name: Cursor.textKey,
  "-name": Cursor.textKey,
  score: Cursor.countKey,
  "-score": Cursor.countKey,
  last_interaction: Schema.NullOr(Cursor.timeKey),
  "-last_interaction": Schema.NullOr(Cursor.timeKey)
}

export const defaultSort: Sort = "-created_at"

/**
 * A page by number, from 1, or the one behind a cursor. Pages by number are for leafing; a walk through everything goes
 * by cursor, which costs the same at any depth and visits each contact once, also while others come and go.
 */
export const PageRequest = Schema.Struct({
  page: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000_000 }))),
  limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: maxLimit }))),
  cursor: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(4_000))),
  sort: Schema.optionalKey(Sort),
  /** False leaves the total out. */
  total: Schema.optionalKey(Schema.Boolean)
})
export interface PageRequest extends Schema.Schema.Type<typeof PageRequest> {}

/** Where a page stands in its list. `page` is absent behind a cursor, `total` when it was not asked for. */
export const Pagination = Schema.Struct({
  page: Schema.optionalKey(Schema.Int),
  limit: Schema.Int,
  total: Schema.optionalKey(Schema.Int),
  nextCursor: Schema.NullOr(Schema.String)
}).pipe(Schema.encodeKeys({ nextCursor: "next_cursor" }))
export interface Pagination extends Schema.Schema.Type<typeof Pagination> {}
export type PaginationEncoded = typeof Pagination.Encoded

/** Why a page by number cannot be had behind a cursor. */
export const pageBehindCursor = new ValidationError({
  issues: [{ path: "page", message: "A cursor has its own place; leave the page out" }]
})

/** A page of a list. */
export interface Page<A, P = Pagination> {
  readonly data: ReadonlyArray<A>
  readonly pagination: P
}
