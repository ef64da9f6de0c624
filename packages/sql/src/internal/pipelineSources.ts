/**
 * Where reports on pipelines read from: deals as they count, and ended visits to stages. Whether it is kept sums, deals
 * or their history that is read, the columns are the same, so that one statement adds up any of them.
 */
import * as Calendar from "@clientele/core/domain/Calendar"
import type { TenantId } from "@clientele/core/domain/Ids"
import type { Pipeline } from "@clientele/core/domain/Pipeline"
import type { PipelineScope } from "@clientele/core/domain/PipelinePeriods"
import * as DateTime from "effect/DateTime"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import type { Dialect } from "../Dialect.ts"
import type { Tables } from "../Table.ts"
import type { SumKind } from "./pipelineSums.ts"
import { closedPieces, cutDays, dayOf, duePieces, partOfDay, present } from "./pipelinePieces.ts"

/** What a report is on. */
export interface Subject {
  readonly tenantId: TenantId
  readonly pipeline: Pipeline
  readonly scope: PipelineScope
}

/** The piece of deals that are expected to close on no date. */
export const undated = -1

export const pipelineSources = (options: {
  readonly sql: SqlClient
  readonly dialect: Dialect["Service"]
  readonly tables: Tables
}) => {
  const { dialect, sql } = options
  const { dealArchive, dealHistory, deals, dealVisits, pipelineDeltas, pipelineSums } = options.tables

  // -- Terms

  const instant = (at: DateTime.Utc) => dialect.value("timestamp", DateTime.formatIso(at))

  const within = (column: Fragment, { from, until }: Calendar.Instants): Fragment =>
    sql.and([
      sql`${column} IS NOT NULL`,
      ...(from === null ? [] : [sql`${column} >= ${instant(from)}`]),
      ...(until === null ? [] : [sql`${column} < ${instant(until)}`])
    ])

  const millis = (from: Fragment, to: Fragment): Fragment =>
    sql.onDialectOrElse({
      pg: () => sql`(1000 * extract(epoch FROM ${to} - ${from}))::bigint`,
      orElse: () => sql`CAST(round(1000 * (unixepoch(${to}, 'subsec') - unixepoch(${from}, 'subsec'))) AS INTEGER)`
    })

  const dayInUtc = (column: string): Fragment =>
    sql.onDialectOrElse({
      pg: () => sql.literal(`to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD')`),
      orElse: () => sql.literal(`substr(${column}, 1, 10)`)
    })

  /** The number of the piece that a value is in: how many of the borders are not after it. */
  const pieceOf = (value: Fragment, borders: ReadonlyArray<Fragment>): Fragment => {
    const number = (count: number) => sql.literal(String(count))
    if (borders.length === 0) return number(0)
    const cases = borders.map((border, count) => sql`WHEN ${value} < ${border} THEN ${number(count)}`)
    return sql`CASE ${sql.join(" ", false)(cases)} ELSE ${number(borders.length)} END`
  }

  const duePiece = (day: Fragment, scope: PipelineScope): Fragment =>
    sql`CASE WHEN ${day} = '' THEN ${sql.literal(String(undated))} ELSE ${pieceOf(
      day,
      duePieces(scope).borders.map((day) => sql`${day}`)
    )} END`

  const closedPiece = (at: Fragment, scope: PipelineScope): Fragment =>
    pieceOf(at, closedPieces(scope).borders.map(instant))

  const typeOf = (stage: Fragment, { stages }: Pipeline): Fragment => {
    const cases = stages.map(({ key, type }) => sql`WHEN ${key} THEN ${sql.literal(`'${type}'`)}`)
    return sql`CASE ${stage} ${sql.join(" ", false)(cases)} END`
  }

  const weighted = sql.literal("value * probability")
  const [closedAt, createdAt] = [sql.literal("closed_at"), sql.literal("created_at")]
  const [enteredAt, leftAt] = [sql.literal("entered_at"), sql.literal("left_at")]
  const lastLeftAt = sql.literal("last_left_at")
  const [day, noDay] = [sql.literal("day"), sql.literal("''")]

  // -- All deals, as they are now

  const ofPipeline = ({ pipeline, tenantId }: Subject) => sql`tenant_id = ${tenantId} AND pipeline = ${pipeline.key}`

  /** One row source for the part of each day, so that each is a range of an index. */
  const eachPart = (
    days: ReadonlyArray<Calendar.Day>,
    bounds: Calendar.Instants,
    rows: (part: Calendar.Instants) => Fragment
  ): Fragment =>
    sql.join(
      " ",
      false
    )(
      days.flatMap((day) => {
        const part = partOfDay(day, bounds)
        return part === null ? [] : [sql`UNION ALL ${rows(part)}`]
      })
    )

  const kept = (subject: Subject, kind: SumKind, days: Calendar.Days = endless): Fragment => {
    const condition = sql.and([
      ofPipeline(subject),
      sql`kind = ${kind}`,
      ...(days.from === null ? [] : [sql`day >= ${days.from}`]),
      ...(days.until === null ? [] : [sql`day < ${days.until}`])
    ])
    const columns = sql.literal("stage, currency, day, number, value, weighted, millis")
    return sql`(
      SELECT ${columns} FROM ${sql(pipelineSums.name)} WHERE ${condition}
      UNION ALL SELECT ${columns} FROM ${sql(pipelineDeltas.name)} WHERE ${condition}
    ) AS kept`
  }

  const keptDeals = (subject: Subject): Fragment => {
    const { scope } = subject
    const { borders } = closedPieces(scope)
    const cut = cutDays(borders)
    const closedOn = pieceOf(
      day,
      borders.map((border) => sql`${dayOf(border)}`)
    )
    return sql`(
      SELECT stage, currency, ${duePiece(day, scope)} AS piece, number, value, weighted, millis
      FROM ${kept(subject, "open")}
      UNION ALL SELECT stage, currency, ${closedOn}, number, value, weighted, millis
      FROM ${kept(subject, "closed")} WHERE NOT (day ${dialect.among(cut)})
      ${eachPart(
        cut,
        endless,
        (
          part
        ) => sql`SELECT stage, currency, ${closedPiece(closedAt, scope)}, 1, value, ${weighted}, ${millis(createdAt, closedAt)}
        FROM ${sql(deals.name)} WHERE ${ofPipeline(subject)} AND ${within(closedAt, part)}`
      )}
    )`
  }

  const keptVisits = (subject: Subject): Fragment => {
    const { measured } = subject.scope
    const { from, until } = measured
    const cut = cutDays(present([from, until]))
    const days = { from: from && dayOf(from), until: until && dayOf(until) }
    const visits = sql`FROM ${sql(dealVisits.name)} WHERE ${ofPipeline(subject)}`
    // A deal that had left the stage before, within the same time, is counted already. Those are the returns since the
    // time began, without the ones that ended after it.
    const since = { from, until: null }
    const sinceDay = { from: days.from, until: null }
    const cutSince = cutDays(present([from]))
    const ended =
      until === null
        ? sql.literal("")
        : sql`UNION ALL SELECT stage, 1, 0 ${visits}
      AND ${within(leftAt, { from: until, until: null })} AND ${within(lastLeftAt, since)}`
    return sql`(
      SELECT stage, number AS deals, millis FROM ${kept(subject, "visit", days)} WHERE NOT (day ${dialect.among(cut)})
      ${eachPart(cut, measured, (part) => sql`SELECT stage, 1, ${millis(enteredAt, leftAt)} ${visits} AND ${within(leftAt, part)}`)}
      UNION ALL SELECT stage, -number, 0 FROM ${kept(subject, "return", sinceDay)} WHERE NOT (day ${dialect.among(cutSince)})
      ${eachPart(cutSince, since, (part) => sql`SELECT stage, -1, 0 ${visits} AND ${within(lastLeftAt, part)}`)}
      ${ended}
    )`
  }

  // -- The deals of an owner, as they are now

  const ofOwner = (subject: Subject) => sql`${ofPipeline(subject)} AND owner_id = ${subject.scope.ownerId}`

  const ownedDeals = (subject: Subject): Fragment =>
    sql`(
      SELECT stage, currency, value, probability, expected_close, closed_at, created_at
      FROM ${sql(deals.name)} WHERE ${ofOwner(subject)}
    )`

  // The deals first (CROSS JOIN) and all their visits (MATERIALIZED): left alone, SQLite walks every visit of the time.
  const ownedVisits = (subject: Subject): Fragment =>
    sql`(
      WITH owned AS MATERIALIZED (
        SELECT deal_id, visit.stage, entered_at, left_at FROM ${sql(deals.name)} deal
        CROSS JOIN ${sql(dealVisits.name)} visit
        WHERE visit.tenant_id = deal.tenant_id AND visit.deal_id = deal.id
        AND deal.tenant_id = ${subject.tenantId} AND deal.pipeline = ${subject.pipeline.key}
        AND owner_id = ${subject.scope.ownerId}
      ) SELECT * FROM owned
    )`

  // -- Deals as they stood on an earlier day

  const member = (name: string): Fragment =>
    sql.onDialectOrElse({
      pg: () => sql.literal(`archived.record -> 'deal' ->> '${name}'`),
      orElse: () => sql.literal(`archived.record ->> '$.deal.${name}'`)
    })

  /** A member of a deal that is live or archived. */
  const ofEither = (name: "created_at" | "pipeline"): Fragment => {
    const column = sql.literal(`deal.${name}`)
    const isTime = name === "created_at"
    return sql.onDialectOrElse({
      pg: () => sql`coalesce(${column}, (${member(name)})${sql.literal(isTime ? "::timestamptz" : "")})`,
      orElse: () => sql`coalesce(${column}, ${member(name)})`
    })
  }

  /** Rows of the history, each with its deal, of deals in the pipeline. */
  const withDeals = ({ pipeline, tenantId }: Subject, rows: Fragment): Fragment =>
    sql`${rows} AS past
      LEFT JOIN ${sql(deals.name)} AS deal ON deal.tenant_id = ${tenantId} AND deal.id = past.deal_id
      LEFT JOIN ${sql(dealArchive.name)} AS archived
        ON archived.tenant_id = ${tenantId} AND archived.deal_id = past.deal_id
      WHERE ${ofEither("pipeline")} = ${pipeline.key}`

  const historyBefore = ({ tenantId }: Subject, before: DateTime.Utc): Fragment =>
    sql`${sql(dealHistory.name)} WHERE tenant_id = ${tenantId} AND at < ${instant(before)}`

  const pastDeals = (subject: Subject, before: DateTime.Utc): Fragment => {
    const { pipeline, scope } = subject
    const type = (stage: string) => typeOf(sql.literal(stage), pipeline)
    // Moving on from one won stage to another closes nothing anew.
    const turns = sql`kind = 'move' AND ${type("from_stage")} IS DISTINCT FROM ${type("to_stage")}`
    const rows = sql`(
      SELECT deal_id, kind, to_stage, currency, value, probability, expected_close, owner_id,
        lead(version) OVER so_far AS next_version, max(CASE WHEN ${turns} THEN at END) OVER so_far AS turned_at
      FROM ${historyBefore(subject, before)}
      WINDOW so_far AS (PARTITION BY deal_id ORDER BY version)
    )`
    return sql`(
      SELECT past.deal_id, to_stage AS stage, past.currency, past.value, past.probability, past.expected_close,
        ${ofEither("created_at")} AS created_at,
        CASE WHEN ${type("to_stage")} = 'open' THEN NULL ELSE turned_at END AS closed_at
      FROM ${withDeals(subject, rows)} AND next_version IS NULL AND kind <> 'delete'
      ${scope.ownerId === null ? sql.literal("") : sql`AND past.owner_id = ${scope.ownerId}`}
    )`
  }

  const pastVisits = (subject: Subject, before: DateTime.Utc): Fragment => {
    const rows = sql`(
      SELECT deal_id, from_stage, at, lag(at) OVER (PARTITION BY deal_id ORDER BY version) AS moved_at
      FROM ${historyBefore(subject, before)} AND kind = 'move'
    )`
    const wasThere = sql`(archived.deleted_at IS NULL OR archived.deleted_at >= ${instant(before)})`
    const owned =
      subject.scope.ownerId === null
        ? sql.literal("")
        : sql`AND past.deal_id IN (SELECT deal_id FROM ${pastDeals(subject, before)} AS owned)`
    return sql`(
      SELECT past.deal_id, from_stage AS stage, at AS left_at, moved_at AS entered_at
      FROM ${withDeals(subject, rows)} AND ${wasThere} ${owned}
    )`
  }

  // -- What statements add up

  const each = (subject: Subject, deals: Fragment): Fragment => {
    const { scope } = subject
    return sql`(
      SELECT stage, currency, 1 AS number, value, ${weighted} AS weighted,
        CASE WHEN closed_at IS NULL THEN ${duePiece(sql`coalesce(expected_close, ${noDay})`, scope)}
          ELSE ${closedPiece(closedAt, scope)} END AS piece,
        CASE WHEN closed_at IS NULL THEN 0 ELSE ${millis(createdAt, closedAt)} END AS millis
      FROM ${deals} AS deal
    )`
  }

  const byDeal = ({ scope }: Subject, visits: Fragment): Fragment =>
    sql`(
      SELECT stage, 1 AS deals, sum(${millis(enteredAt, leftAt)}) AS millis
      FROM ${visits} AS visit WHERE stage IS NOT NULL AND ${within(leftAt, scope.measured)} GROUP BY deal_id, stage
    )`

  /** A row source of counted deals: stage, currency, piece, number, value, weighted, millis; to be named. */
  const dealCounts = (subject: Subject): Fragment => {
    const { before, ownerId } = subject.scope
    if (before !== null) return each(subject, pastDeals(subject, before))
    return ownerId === null ? keptDeals(subject) : each(subject, ownedDeals(subject))
  }

  /** A row source of stages that deals left: stage, deals, millis; to be named. */
  const visitCounts = (subject: Subject): Fragment => {
    const { before, ownerId } = subject.scope
    if (before !== null) return byDeal(subject, pastVisits(subject, before))
    return ownerId === null ? keptVisits(subject) : byDeal(subject, ownedVisits(subject))
  }

  return { dayInUtc, dealCounts, millis, visitCounts }
}

// internal

const endless = { from: null, until: null }
