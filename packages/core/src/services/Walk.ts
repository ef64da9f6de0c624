/** Pages of what belongs to one thing, newest first: the part of walking by cursor that such lists share. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Cursor from "../domain/Cursor.ts"
import type { ValidationError } from "../domain/Errors.ts"
import * as Query from "../domain/Query.ts"
import { validator } from "../domain/Validation.ts"

export type WalkQuery = Pick<Query.PageRequest, "cursor" | "limit">

/** Reads a page with one row more than shown, to know whether there is a next one; counts once per walk. */
export const page = Effect.fnUntraced(function* <A, E, R>(options: {
  readonly query: WalkQuery
  /** What the walk is through: a cursor belongs to one walk only. */
  readonly scope: object
  readonly read: (limit: number, after?: Cursor.Position) => Effect.Effect<ReadonlyArray<A>, E, R>
  readonly count: Effect.Effect<number, E, R>
  readonly positionOf: (row: A) => Cursor.Position
}): Effect.fn.Return<Query.Page<A>, E | ValidationError, R> {
  const { count, positionOf, query, read, scope } = options
  const { cursor, limit = Query.defaultLimit } = yield* Effect.fromResult(validateQuery(query))
  const walk = cursor === undefined ? undefined : yield* Effect.fromResult(Cursor.decode(cursor, scope, keys))
  const rows = yield* read(limit + 1, walk?.position)
  const total = walk === undefined ? yield* count : walk.total
  const data = rows.slice(0, limit)
  const last = data.at(-1)
  const nextCursor =
    rows.length > limit && last !== undefined
      ? Cursor.encode({ sort: newestFirst, position: positionOf(last), total }, scope)
      : null
  return { data, pagination: { limit, ...(total !== null && { total }), nextCursor } }
})

// internal

const newestFirst = "newest"

const keys = { [newestFirst]: Cursor.timeKey }

const validateQuery = validator(
  Schema.Struct({ cursor: Query.PageRequest.fields.cursor, limit: Query.PageRequest.fields.limit })
)
