/**
 * Walks along a sort key and the id: the parts of a statement that reads on behind a row, alike at any depth. Null sort
 * keys come last whatever the direction, so they are a walk of their own behind the others.
 */
import type { Position, SortKey } from "@clientele/core/domain/Cursor"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import type { Dialect } from "../Dialect.ts"
import type { ColumnKind } from "../Table.ts"

/** The column that a list is sorted by. */
export interface Order {
  readonly column: string
  readonly kind: ColumnKind
  readonly nullable: boolean
  readonly ascending: boolean
}

/** The columns by which a walk is ordered. */
export interface Place {
  readonly key: string
  readonly id: string
}

/** A part of a walk: the rows with a key, or those without. */
export interface WalkPart {
  readonly nulls: boolean
  readonly after?: Position | undefined
  readonly offset?: number
  readonly limit: number
}

export const inOrder = (sql: SqlClient, { nulls }: WalkPart, { ascending }: Order, { id, key }: Place): Fragment => {
  const direction = ascending ? "ASC" : "DESC"
  return sql.literal(`ORDER BY ${nulls ? "" : `${key} ${direction}, `}${id} ${direction}`)
}

/** Which of the walk's rows are of this part. */
export const within = (
  sql: SqlClient,
  dialect: Dialect["Service"],
  part: WalkPart,
  order: Order,
  place: Place
): ReadonlyArray<Fragment> => {
  const [key, id] = [sql.literal(place.key), sql.literal(place.id)]
  const further = sql.literal(order.ascending ? ">" : "<")
  const { after, nulls } = part
  return [
    ...(order.nullable ? [sql`${key} IS ${sql.literal(nulls ? "" : "NOT")} NULL`] : []),
    ...(after === undefined
      ? []
      : after.key === null
        ? [sql`${id} ${further} ${after.id}`]
        : [sql`(${key}, ${id}) ${further} (${dialect.value(order.kind, after.key)}, ${after.id})`])
  ]
}

/** What is shown of rows of which one more than wanted was read, and the place to go on from when there are more. */
export const pageOf = <Row extends { readonly id: string }>(
  found: ReadonlyArray<{ readonly row: Row; readonly sortKey: SortKey }>,
  limit: number
): { readonly rows: ReadonlyArray<Row>; readonly next: Position | null } => {
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  return {
    rows: shown.map(({ row }) => row),
    next: found.length > limit && last !== undefined ? { key: last.sortKey, id: last.row.id } : null
  }
}
