/** What contacts have interacted: added up as it comes, and counted anew when something is taken away. */
import { interactions as interactionTypes } from "@clientele/core/domain/Activity"
import type { ContactId, TenantId } from "@clientele/core/domain/Ids"
import type { Interactions } from "@clientele/core/ports/ContactStore"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Dialect } from "../Dialect.ts"
import type { Tables } from "../Table.ts"
import { decodeRows } from "./storage.ts"
import { timestamp } from "./columns.ts"

export const contactEngagement = (options: {
  readonly sql: SqlClient
  readonly dialect: Dialect["Service"]
  readonly tables: Tables
}) => {
  const { dialect, sql, tables } = options
  const contacts = sql(tables.contacts.name)

  const add = Effect.fnUntraced(function* (tenantId: TenantId, interactions: ReadonlyArray<Interactions>) {
    if (interactions.length === 0) return
    const given = dialect.given(
      { tenant_id: "text", id: "text", number: "integer", latest: "timestamp" },
      interactions.map(({ contactId, count, latest }) => ({
        tenant_id: tenantId,
        id: contactId,
        number: count,
        latest: DateTime.formatIso(latest)
      }))
    )
    // The tenant comes with the row, so that SQLite looks each of them up.
    yield* sql`
      UPDATE ${contacts} SET
        total_interactions = total_interactions + given.number,
        last_interaction = CASE WHEN last_interaction >= given.latest THEN last_interaction ELSE given.latest END
      FROM ${given} AS given WHERE ${contacts}.tenant_id = given.tenant_id AND ${contacts}.id = given.id`
  })

  // Within the sums, because a condition on the type makes SQLite read all of the tenant's that have it.
  const isInteraction = sql`type ${dialect.among(interactionTypes)}`

  /** Answers what was counted. */
  const recount = (tenantId: TenantId, ids: ReadonlyArray<ContactId>) => {
    const ofContact = sql`tenant_id = ${tenantId} AND contact_id = ${contacts}.id`
    const events = sql`FROM ${sql(tables.contactEvents.name)} WHERE ${ofContact}`
    const activities = sql`FROM ${sql(tables.activities.name)} WHERE ${ofContact}`
    const counted = decodeCounted(sql`
      UPDATE ${contacts} SET
        total_interactions =
          (SELECT count(*) ${events}) + (SELECT count(CASE WHEN ${isInteraction} THEN 1 END) ${activities}),
        last_interaction = (
          SELECT max(latest.at) FROM (
            SELECT max(occurred_at) AS at ${events}
            UNION ALL SELECT max(CASE WHEN ${isInteraction} THEN occurred_at END) AS at ${activities}
          ) AS latest
        )
      WHERE tenant_id = ${tenantId} AND id ${dialect.among(ids)}
      RETURNING total_interactions, ${sql.literal(dialect.read("last_interaction", "timestamp"))} AS last_interaction`)
    return Effect.map(
      counted,
      Arr.map((row) => ({ totalInteractions: row.total_interactions, lastInteraction: row.last_interaction }))
    )
  }

  return { add, recount }
}

// internal

const decodeCounted = decodeRows(
  Schema.Struct({ total_interactions: Schema.Int, last_interaction: Schema.NullOr(timestamp) })
)
