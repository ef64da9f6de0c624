/** Activities in a table of their own, read latest first along the index of whatever is asked for. */
import type { ActivityId, TenantId } from "@clientele/core/domain/Ids"
import type { Activity } from "@clientele/core/domain/Activity"
import { type ActivityCriteria, ActivityStore, type ListRange } from "@clientele/core/ports/ActivityStore"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import { Dialect } from "./Dialect.ts"
import { ActivityRow, fromActivity, toActivity } from "./internal/activityRows.ts"
import { decodeRows, type Rows, selectionOf, toStorageError, totalOf } from "./internal/storage.ts"
import { TablePrefix, tables } from "./Table.ts"

export const layer: Layer.Layer<ActivityStore, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  ActivityStore,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const { activities } = tables(yield* TablePrefix)
    const table = sql(activities.name)
    const occurredAt = sql.literal(`${activities.name}.occurred_at`)
    const selection = sql.literal(selectionOf(dialect, activities, Object.keys(ActivityRow.fields)))
    const instant = (time: string) => dialect.value("timestamp", time)

    const matching = (tenantId: TenantId, { contactId, dealId, from, to, type }: ActivityCriteria) => {
      const conditions: Array<Fragment> = [sql`tenant_id = ${tenantId}`]
      if (contactId !== undefined) conditions.push(sql`contact_id = ${contactId}`)
      if (dealId !== undefined) conditions.push(sql`deal_id = ${dealId}`)
      if (type !== undefined) conditions.push(sql`type = ${type}`)
      if (from !== undefined) conditions.push(sql`${occurredAt} >= ${instant(DateTime.formatIso(from))}`)
      if (to !== undefined) conditions.push(sql`${occurredAt} <= ${instant(DateTime.formatIso(to))}`)
      return conditions
    }

    const insert = Effect.fn("ActivityStore.insert")(
      (tenantId: TenantId, added: ReadonlyArray<Activity>) =>
        dialect.insert(
          activities,
          added.map((activity) => fromActivity(tenantId, activity))
        ),
      Effect.asVoid,
      Effect.mapError(toStorageError("ActivityStore.insert"))
    )

    const find = Effect.fn("ActivityStore.find")(
      (tenantId: TenantId, id: ActivityId) =>
        Effect.map(
          decodeActivities(sql`SELECT ${selection} FROM ${table} WHERE tenant_id = ${tenantId} AND id = ${id}`),
          Arr.head
        ),
      Effect.mapError(toStorageError("ActivityStore.find"))
    )

    const remove = Effect.fn("ActivityStore.remove")(
      (tenantId: TenantId, id: ActivityId) =>
        Effect.map(
          sql`DELETE FROM ${table} WHERE tenant_id = ${tenantId} AND id = ${id} RETURNING id`,
          (removed) => removed.length > 0
        ),
      Effect.mapError(toStorageError("ActivityStore.remove"))
    )

    const list = Effect.fn("ActivityStore.list")(
      (tenantId: TenantId, criteria: ActivityCriteria, { after, limit, offset = 0 }: ListRange) => {
        const conditions = matching(tenantId, criteria)
        if (typeof after?.key === "string") {
          conditions.push(sql`(${occurredAt}, id) < (${instant(after.key)}, ${after.id})`)
        }
        return decodeActivities(sql`
          SELECT ${selection} FROM ${table} WHERE ${sql.and(conditions)}
          ORDER BY ${occurredAt} DESC, id DESC LIMIT ${limit} OFFSET ${offset}`)
      },
      Effect.mapError(toStorageError("ActivityStore.list"))
    )

    const count = Effect.fn("ActivityStore.count")(
      (tenantId: TenantId, criteria: ActivityCriteria) =>
        totalOf(sql`
          SELECT CAST(count(*) AS TEXT) AS total FROM ${table} WHERE ${sql.and(matching(tenantId, criteria))}`),
      Effect.mapError(toStorageError("ActivityStore.count"))
    )

    return ActivityStore.of({ insert, find, remove, list, count })
  })
)

// internal

const decodeActivityRows = decodeRows(ActivityRow)

const decodeActivities = (rows: Rows) => Effect.map(decodeActivityRows(rows), Arr.map(toActivity))
