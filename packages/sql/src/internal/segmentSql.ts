/**
 * Segments as SQL. The tree of a predicate becomes the tree of a condition, and each test of a question one clause: on a
 * column where the contact has one of the field's kind, else on the kept facts. Nothing here is three-valued: every test
 * is made true or false before it is turned round or combined.
 */
import * as Money from "@clientele/core/domain/Money"
import {
  type FieldCondition,
  type FieldKind,
  fieldKind,
  type Moment,
  type Predicate,
  questionOf
} from "@clientele/core/domain/Segment"
import type { Span, Test } from "@clientele/core/domain/Condition"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import type { Dialect } from "../Dialect.ts"

export const segmentSql = (options: {
  readonly sql: SqlClient
  readonly dialect: Dialect["Service"]
  readonly currency: Money.Currency
}) => {
  const { currency, dialect, sql } = options
  const [always, never] = [sql.literal("1 = 1"), sql.literal("1 = 0")]
  const isTrue = (clause: Fragment): Fragment => sql`((${clause}) IS TRUE)`

  const columns: ReadonlyMap<string, Fragment> = new Map([
    ...["type", "status", "owner_id", "external_id", "score", "total_interactions", "open_deals"].map(
      (column) => [column, sql.literal(`c.${column}`)] as const
    ),
    ...["created_at", "updated_at", "last_interaction"].map((column) => [column, sql.literal(`c.${column}`)] as const),
    ["lifetime_value", sql.literal(`(CAST(c.lifetime_value AS double precision) / ${10 ** Money.exponent(currency)})`)]
  ])

  const compile = (predicate: Predicate, moment: Moment): Fragment => {
    if ("all" in predicate) {
      return predicate.all.length === 0 ? always : sql.and(predicate.all.map((part) => compile(part, moment)))
    }
    if ("any" in predicate) {
      return predicate.any.length === 0 ? never : sql.or(predicate.any.map((part) => compile(part, moment)))
    }
    if ("not" in predicate) return sql`NOT (${compile(predicate.not, moment)})`
    const { clauses, negated } = clausesOf(predicate, moment)
    const any = clauses.length === 0 ? never : sql.or(clauses.map(isTrue))
    return negated ? sql`NOT (${any})` : sql`(${any})`
  }

  const clausesOf = (condition: FieldCondition, moment: Moment) => {
    const kind = fieldKind(condition.field)
    const { negated, tests } = questionOf(condition, moment)
    return { negated, clauses: kind === undefined ? [] : tests.map((test) => clauseOf(condition.field, kind, test)) }
  }

  /**
   * The clauses that a row has to meet all of. Here unknown counts as false anyway, so that a comparison may stand bare,
   * in the form that an index answers.
   */
  const conjuncts = (predicate: Predicate, moment: Moment): ReadonlyArray<Fragment> => {
    if ("all" in predicate) return predicate.all.flatMap((part) => conjuncts(part, moment))
    if ("any" in predicate || "not" in predicate) return [compile(predicate, moment)]
    const { clauses, negated } = clausesOf(predicate, moment)
    return !negated && clauses.length === 1 ? clauses : [compile(predicate, moment)]
  }

  const clauseOf = (field: string, kind: FieldKind, test: Test): Fragment => {
    const column = columns.get(field)
    if (column !== undefined) return onColumn(column, kind, test)
    // Both names of the tags mean the same list.
    const items = dialect.items(sql.literal("c.facts"), field === "tag" ? "tags" : field)
    return sql`EXISTS (SELECT 1 FROM ${items} AS item WHERE ${onItem(test)})`
  }

  const onColumn = (column: Fragment, kind: FieldKind, test: Test): Fragment => {
    switch (test.kind) {
      case "present":
        return sql`${column} IS NOT NULL`
      case "text":
        return sql`${column} = ${kind === "id" ? test.given : test.text}`
      case "number":
        return within(column, test)
      case "instant":
        return spanning(test, (millis) => dialect.value("timestamp", new Date(millis).toISOString()), column)
    }
  }

  const onItem = (test: Test): Fragment => {
    switch (test.kind) {
      case "present":
        return always
      case "text": {
        const text = dialect.member("t", "text")
        const part = test.text.replace(/[\\%_]/g, "\\$&")
        switch (test.match) {
          case "equals":
            return sql`${text} = ${test.text}`
          case "contains":
            return sql`(${text} = ${test.text} OR (${dialect.member("l", "integer")} IS NULL AND ${like(text, `%${part}%`)}))`
          case "starts":
            return like(text, `${part}%`)
          case "ends":
            return like(text, `%${part}`)
        }
        break
      }
      case "number":
        return within(dialect.member("n", "number"), test)
      case "instant": {
        const asNumber = (millis: number) => dialect.number(millis)
        return sql.or([
          spanning(test, asNumber, dialect.member("i", "number")),
          spanning(test.day, asNumber, dialect.member("d", "number"))
        ])
      }
    }
  }

  const like = (text: Fragment, pattern: string): Fragment => sql`${text} LIKE ${pattern} ESCAPE '\\'`

  const within = (value: Fragment, { gt, gte, lt, lte }: Extract<Test, { readonly kind: "number" }>): Fragment =>
    sql.and([
      sql`${value} IS NOT NULL`,
      ...(gt === undefined ? [] : [sql`${value} > ${dialect.number(gt)}`]),
      ...(gte === undefined ? [] : [sql`${value} >= ${dialect.number(gte)}`]),
      ...(lt === undefined ? [] : [sql`${value} < ${dialect.number(lt)}`]),
      ...(lte === undefined ? [] : [sql`${value} <= ${dialect.number(lte)}`])
    ])

  const spanning = (span: Span, value: (millis: number) => Fragment, column: Fragment): Fragment =>
    sql.and([
      sql`${column} IS NOT NULL`,
      ...(span.from === undefined ? [] : [sql`${column} >= ${value(clamp(span.from))}`]),
      ...(span.until === undefined ? [] : [sql`${column} < ${value(clamp(span.until))}`])
    ])

  return conjuncts
}

// internal

// Beyond these no database keeps a time, and no contact has one.
const clamp = (millis: number): number => Math.min(Math.max(millis, -62_135_596_800_000), 253_402_300_799_999)
