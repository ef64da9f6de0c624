/** Pages of lists in one order of their own: the part of walking by cursor, and leafing by number, that they share. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import * as Cursor from "../domain/Cursor.ts"
import { ValidationError } from "../domain/Errors.ts"
import * as Query from "../domain/Query.ts"
import { validator } from "../domain/Validation.ts"

export type WalkQuery = Pick<Query.PageRequest, "cursor" | "limit">

/** Of a list that has pages by number, too. */
export type LeafQuery = Pick<Query.PageRequest, "cursor" | "limit" | "page">

/** The members of a {@link LeafQuery}, for lists that have filters beside them. */
export const leafFields = Struct.pick(Query.PageRequest.fields, ["cursor", "limit", "page"])

interface Options<A, E, R> {
  /** What the walk is through: a cursor belongs to one walk only. */
  readonly scope: object
  readonly read: (
    limit: number,
    after: Cursor.Position | undefined,
    offset: number
  ) => Effect.Effect<ReadonlyArray<A>, E, R>
  readonly count: Effect.Effect<number, E, R>
  readonly positionOf: (row: A) => Cursor.Position
}

/** Reads a page of a list that is only walked. */
export const page = <A, E, R>(options: Options<A, E, R> & { readonly query: WalkQuery }) => readPage(options)

/** Reads a page of a list that can be leafed through: one that is not behind a cursor says its number. */
export const numberedPage = Effect.fnUntraced(function* <A, E, R>(
  options: Options<A, E, R> & { readonly query: LeafQuery }
): Effect.fn.Return<Query.Page<A>, E | ValidationError, R> {
  const { cursor, page: number = 1 } = options.query
  if (cursor !== undefined && options.query.page !== undefined) return yield* Query.pageBehindCursor
  const { data, pagination } = yield* readPage(options)
  return { data, pagination: { ...(cursor === undefined && { page: number }), ...pagination } }
})

// internal

/** Reads one row more than shown, to know whether there is a next page; counts once per walk. */
const readPage = Effect.fnUntraced(function* <A, E, R>(
  options: Options<A, E, R> & { readonly query: LeafQuery }
): Effect.fn.Return<Query.Page<A>, E | ValidationError, R> {
  const { count, positionOf, query, read, scope } = options
  const {
    cursor,
    limit = Query.defaultLimit,
    page: number = 1
  } = yield* Effect.fromResult(validateQuery(Struct.pick(query, ["cursor", "limit", "page"])))
  const walk = cursor === undefined ? undefined : yield* Effect.fromResult(Cursor.decode(cursor, scope, keys))
  const rows = yield* read(limit + 1, walk?.position, (number - 1) * limit)
  const total = walk === undefined ? yield* count : walk.total
  const data = rows.slice(0, limit)
  const last = data.at(-1)
  const nextCursor =
    rows.length > limit && last !== undefined
      ? Cursor.encode({ sort: inOrder, position: positionOf(last), total }, scope)
      : null
  return { data, pagination: { limit, ...(total !== null && { total }), nextCursor } }
})

/** Lists of this kind have one order each, which their scope tells apart. */
const inOrder = "newest"

const keys = { [inOrder]: Cursor.timeKey }

const validateQuery = validator(Schema.Struct(leafFields))
