/** Scoring rules in a table of their own, and scores in columns of contacts, written in sets. */
import { ActivityType, eventName, isActivityEvent } from "@clientele/core/domain/Activity"
import { describing, partsOf } from "@clientele/core/domain/Enrichment"
import { ContactId, JobId, TenantId, UserId } from "@clientele/core/domain/Ids"
import { type KeptScore, Notify } from "@clientele/core/domain/LeadScore"
import { RuleSet, type ScoredEvent } from "@clientele/core/domain/Scoring"
import { enrichmentFacts } from "@clientele/core/domain/ScoringFacts"
import { BaseCurrency } from "@clientele/core/domain/Money"
import { ScoreStore, type StoredRules } from "@clientele/core/ports/ScoreStore"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import * as Struct from "effect/Struct"
import { Dialect } from "./Dialect.ts"
import { EnrichedText } from "./internal/contactEnrichment.ts"
import { contactRows, scoreColumns } from "./internal/contactRows.ts"
import { columnsFor, scoringRows } from "./internal/scoringRows.ts"
import { decodeRows, toStorageError } from "./internal/storage.ts"
import { type Columns, TablePrefix, tables } from "./Table.ts"
import { json, timestamp } from "./internal/columns.ts"

export const layer: Layer.Layer<ScoreStore, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  ScoreStore,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const { activities, contactEnrichment, contactEvents, contacts, jobs, scoringRules } = tables(yield* TablePrefix)
    const currency = yield* BaseCurrency
    const rows = contactRows(currency)
    const { decodeScorables } = scoringRows(currency)
    const rulesSelection = sql.literal(
      `version, ${dialect.read("rule_set", "json")} AS rule_set, notify, ` +
        `${dialect.read("updated_at", "timestamp")} AS updated_at, updated_by, job_id`
    )
    const ofTenant = (tenantId: TenantId) => sql`${sql(scoringRules.name)} WHERE tenant_id = ${tenantId}`

    const version = Effect.fn("ScoreStore.version")(
      (tenantId: TenantId) =>
        Effect.map(decodeVersions(sql`SELECT version FROM ${ofTenant(tenantId)}`), ([row]) => row?.version ?? 0),
      Effect.mapError(toStorageError("ScoreStore.version"))
    )

    const rules = Effect.fn("ScoreStore.rules")(
      (tenantId: TenantId) =>
        Effect.map(decodeRules(sql`SELECT ${rulesSelection} FROM ${ofTenant(tenantId)}`), (found) =>
          Arr.head(found.map(toRules))
        ),
      Effect.mapError(toStorageError("ScoreStore.rules"))
    )

    const replaceRules = Effect.fn("ScoreStore.replaceRules")(
      function* (tenantId: TenantId, { jobId, notify, ruleSet, updatedAt, updatedBy, version }: StoredRules) {
        const row = {
          tenant_id: tenantId,
          version,
          rule_set: JSON.stringify(yield* encodeRuleSet(ruleSet)),
          notify,
          updated_at: DateTime.formatIso(updatedAt),
          updated_by: updatedBy,
          job_id: jobId
        }
        const replaced = Object.keys(Struct.omit(row, ["tenant_id"])).map((column) => `${column} = excluded.${column}`)
        const written = yield* dialect.insert(
          scoringRules,
          [row],
          `ON CONFLICT (tenant_id) DO UPDATE SET ${replaced.join(", ")}
          WHERE ${scoringRules.name}.version = excluded.version - 1 RETURNING version`
        )
        return written.length > 0
      },
      Effect.mapError(toStorageError("ScoreStore.replaceRules"))
    )

    const linkJob = Effect.fn("ScoreStore.linkJob")(
      (tenantId: TenantId, jobId: JobId) =>
        Effect.asVoid(sql`UPDATE ${sql(scoringRules.name)} SET job_id = ${jobId} WHERE tenant_id = ${tenantId}`),
      Effect.mapError(toStorageError("ScoreStore.linkJob"))
    )

    const eventsSelection = sql.literal(`contact_id, id, ${dialect.read("occurred_at", "timestamp")} AS occurred_at`)
    const trackedEvents = (ofContacts: Fragment, names: ReadonlyArray<string>) =>
      names.length === 0
        ? Effect.succeed([])
        : decodeEvents(sql`
            SELECT ${eventsSelection}, event FROM ${sql(contactEvents.name)}
            WHERE ${ofContacts} AND event ${dialect.among(names)}`)

    /** All of the contacts' are read: a condition on the type makes SQLite read all of the tenant's that have it. */
    const activityEvents = Effect.fnUntraced(function* (ofContacts: Fragment, names: ReadonlyArray<string>) {
      if (names.length === 0) return []
      const rows = yield* decodeActivities(
        sql`SELECT ${eventsSelection}, type FROM ${sql(activities.name)} WHERE ${ofContacts}`
      )
      return rows
        .map(({ type, ...row }) => ({ ...row, event: eventName(type) }))
        .filter(({ event }) => names.includes(event))
    })

    const events = Effect.fn("ScoreStore.events")(
      function* (tenantId: TenantId, contactIds: ReadonlyArray<ContactId>, names: ReadonlyArray<string>) {
        const found = new Map<ContactId, Array<ScoredEvent>>()
        if (contactIds.length === 0 || names.length === 0) return found
        const ofContacts = sql`tenant_id = ${tenantId} AND contact_id ${dialect.among(contactIds)}`
        const happened = [
          ...(yield* trackedEvents(
            ofContacts,
            names.filter((name) => !isActivityEvent(name))
          )),
          ...(yield* activityEvents(ofContacts, names.filter(isActivityEvent)))
        ]
        for (const { contact_id, event, id, occurred_at } of happened) {
          const scored = { id, name: event, at: occurred_at }
          const before = found.get(contact_id)
          if (before === undefined) found.set(contact_id, [scored])
          else before.push(scored)
        }
        return found
      },
      Effect.mapError(toStorageError("ScoreStore.events"))
    )

    const columnsOfContacts: Columns = contacts.columns
    const selectionOf = (columns: ReadonlyArray<string>) =>
      columns.map((column) => `${dialect.read(column, columnsOfContacts[column] ?? "text")} AS ${column}`).join(", ")
    const enrichedSelection = sql.literal(
      `contact.id, contact.email, contact.phone, contact.phone_e164, ${dialect.read("found.enriched", "json")} AS enriched`
    )
    /** What enrichment found that is true of contacts as they are; of most there is nothing to read. */
    const enrichmentOf = Effect.fnUntraced(function* (tenantId: TenantId, contactIds: ReadonlyArray<ContactId>) {
      const found = yield* decodeEnriched(sql`
        SELECT ${enrichedSelection} FROM ${sql(contactEnrichment.name)} AS found
        JOIN ${sql(contacts.name)} AS contact ON contact.tenant_id = found.tenant_id AND contact.id = found.contact_id
        WHERE found.tenant_id = ${tenantId} AND found.contact_id ${dialect.among(contactIds)}`)
      return new Map(found.map((row) => [row.id, toEnrichmentFacts(row)]))
    })
    const lock = Effect.fn("ScoreStore.lock")(
      function* (tenantId: TenantId, contactIds: ReadonlyArray<ContactId>, names: ReadonlySet<string>) {
        const locked = yield* decodeScorables(sql`
          SELECT ${sql.literal(selectionOf(columnsFor(names)))} FROM ${sql(contacts.name)}
          WHERE tenant_id = ${tenantId} AND id ${dialect.among(contactIds)} ORDER BY id ${dialect.forUpdate}`)
        if (names.size === 0) return locked
        const found = yield* enrichmentOf(tenantId, contactIds)
        return found.size === 0
          ? locked
          : locked.map((one) => ({ ...one, fields: new Map([...one.fields, ...(found.get(one.id) ?? [])]) }))
      },
      Effect.mapError(toStorageError("ScoreStore.lock"))
    )

    const assignments = sql.literal(scoreColumns.map((column) => `${column} = given.${column}`).join(", "))
    const givenColumns = Struct.pick(contacts.columns, ["tenant_id", "id", ...scoreColumns])
    const write = Effect.fn("ScoreStore.write")(
      function* (tenantId: TenantId, scores: ReadonlyArray<KeptScore>) {
        if (scores.length === 0) return
        const given = dialect.given(
          givenColumns,
          scores.map((score) => ({ tenant_id: tenantId, id: score.id, ...rows.toScoreRow(score) }))
        )
        yield* sql`
          UPDATE ${sql(contacts.name)} SET ${assignments} FROM ${given} AS given
          WHERE ${sql(contacts.name)}.tenant_id = given.tenant_id AND ${sql(contacts.name)}.id = given.id`
      },
      Effect.mapError(toStorageError("ScoreStore.write"))
    )

    const outdated = Effect.fn("ScoreStore.outdated")(
      (tenantId: TenantId, version: number, limit: number) =>
        Effect.map(
          decodeIds(sql`
            SELECT id FROM ${sql(contacts.name)} WHERE tenant_id = ${tenantId} AND score_rules_version < ${version}
            ORDER BY score_rules_version, id LIMIT ${limit}`),
          (found) => found.map(({ id }) => id)
        ),
      Effect.mapError(toStorageError("ScoreStore.outdated"))
    )

    const due = Effect.fn("ScoreStore.due")(
      function* (now: DateTime.Utc, limit: number) {
        const expired = yield* decodeDue(sql`
          SELECT tenant_id, id FROM ${sql(contacts.name)}
          WHERE score_valid_until <= ${dialect.value("timestamp", DateTime.formatIso(now))}
          ORDER BY score_valid_until LIMIT ${limit}`)
        const passedOver = yield* decodeDue(sql`
          SELECT contact.tenant_id, contact.id FROM ${sql(scoringRules.name)} AS rules
          JOIN ${sql(contacts.name)} AS contact
            ON contact.tenant_id = rules.tenant_id AND contact.score_rules_version < rules.version
          WHERE NOT EXISTS (
            SELECT 1 FROM ${sql(jobs.name)} AS job
            WHERE job.tenant_id = rules.tenant_id AND job.id = rules.job_id AND job.finished_at IS NULL
          ) LIMIT ${limit}`)
        return [...expired, ...passedOver].map(({ id, tenant_id }) => ({ tenantId: tenant_id, contactId: id }))
      },
      Effect.mapError(toStorageError("ScoreStore.due"))
    )

    return ScoreStore.of({ version, rules, replaceRules, linkJob, events, lock, write, outdated, due })
  })
)

// internal

const decodeVersions = decodeRows(Schema.Struct({ version: Schema.Int }))

const RulesRow = Schema.Struct({
  version: Schema.Int,
  rule_set: json(RuleSet),
  notify: Notify,
  updated_at: timestamp,
  updated_by: UserId,
  job_id: Schema.NullOr(JobId)
})
const decodeRules = decodeRows(RulesRow)

const toRules = (row: typeof RulesRow.Type): StoredRules => ({
  ruleSet: row.rule_set,
  version: row.version,
  notify: row.notify,
  updatedAt: row.updated_at,
  updatedBy: row.updated_by,
  jobId: row.job_id
})

const encodeRuleSet = Schema.encodeEffect(RuleSet)

const happenedFields = { contact_id: ContactId, id: Schema.String, occurred_at: timestamp }
const decodeEvents = decodeRows(Schema.Struct({ ...happenedFields, event: Schema.String }))
const decodeActivities = decodeRows(Schema.Struct({ ...happenedFields, type: ActivityType }))

const EnrichedRow = Schema.Struct({
  id: ContactId,
  email: Schema.NullOr(Schema.String),
  phone: Schema.NullOr(Schema.String),
  phone_e164: Schema.NullOr(Schema.String),
  enriched: EnrichedText
})
const decodeEnriched = decodeRows(EnrichedRow)

const toEnrichmentFacts = ({ email, enriched, phone, phone_e164 }: typeof EnrichedRow.Type) => {
  const addresses = { email, phone: phone === null ? null : { raw: phone, e164: phone_e164 } }
  return enrichmentFacts(partsOf(describing(enriched, addresses)))
}

const decodeIds = decodeRows(Schema.Struct({ id: ContactId }))
const decodeDue = decodeRows(Schema.Struct({ tenant_id: TenantId, id: ContactId }))
