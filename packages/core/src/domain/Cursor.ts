/**
 * Cursors: where a walk through a list stands. A cursor holds the sort, the sort key and id of the last row shown, a
 * hash of the filter it belongs to, and the total that was counted when the walk began. It is opaque to callers, but no
 * secret: it names nothing that the page before it did not show.
 */
import * as Base64Url from "effect/encoding/Base64Url"
import * as Hash from "effect/Hash"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { ValidationError } from "./Errors.ts"
import * as Text from "./Text.ts"
import * as Time from "./Time.ts"

/** The sort key of a row: null sorts last. */
export const SortKey = Schema.NullOr(Schema.Union([Schema.String, Schema.Finite]))
export type SortKey = typeof SortKey.Type

/** The keys that each sort of a list has: anybody can make up a cursor, and no store is to be asked with any other. */
export type Keys<S extends string> = { readonly [sort in S]: Schema.Codec<SortKey, unknown> }

export const timeKey = Schema.toType(Time.InstantText)
export const textKey = Schema.String.check(Text.isStorable)
export const countKey = Schema.Int.check(Schema.isBetween({ minimum: -0x8000_0000, maximum: 0x7fff_ffff }))

/** The place just behind a row. */
export interface Position {
  readonly key: SortKey
  readonly id: string
}

export interface Cursor<S extends string = string> {
  readonly sort: S
  readonly position: Position
  /** Null: the walk does not count. */
  readonly total: number | null
}

const Encoded = Schema.fromJsonString(
  Schema.Tuple([
    Schema.String,
    SortKey,
    Text.filled(200),
    Schema.Int,
    Schema.NullOr(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)))
  ])
)
const encodeTuple = Schema.encodeSync(Encoded)
const decodeTuple = Schema.decodeUnknownResult(Encoded)

/** The cursor as text; `filter` is whatever decides which rows the walk visits. */
export const encode = (cursor: Cursor, filter: object): string =>
  Base64Url.encode(
    encodeTuple([cursor.sort, cursor.position.key, cursor.position.id, filterHash(filter), cursor.total])
  )

/** Reads a cursor back; fails when it is not one, or belongs to another filter or sort. */
export const decode = <S extends string>(
  text: string,
  filter: object,
  keys: Keys<S>,
  sort?: NoInfer<S>
): Result.Result<Cursor<S>, ValidationError> => {
  const tuple = Result.flatMap(Base64Url.decodeString(text), decodeTuple)
  if (Result.isFailure(tuple)) return refuse("Expected the next_cursor of a page")
  const [cursorSort, key, id, hash, total] = tuple.success
  if (!isSort(keys, cursorSort) || !Schema.is(keys[cursorSort])(key))
    return refuse("Expected the next_cursor of a page")
  return hash !== filterHash(filter) || (sort !== undefined && sort !== cursorSort)
    ? refuse("This cursor belongs to a list with another filter or sort")
    : Result.succeed({ sort: cursorSort, position: { key, id }, total })
}

// internal

const isSort = <S extends string>(keys: Keys<S>, sort: string): sort is S => Object.hasOwn(keys, sort)

const filterHash = (filter: object): number =>
  Hash.string(JSON.stringify(Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1))))

const refuse = (message: string): Result.Result<never, ValidationError> =>
  Result.fail(new ValidationError({ issues: [{ path: "cursor", message }] }))
