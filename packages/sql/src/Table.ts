/**
 * Tables as values: names and kinds of columns, from which migrations, inserts and updates are spelled alike on every
 * database. Rows have one shape everywhere: timestamps as ISO 8601 text, JSON as text, large integers as decimal text;
 * a dialect only says how SQL reads and writes that.
 */
import * as Context from "effect/Context"

export type ColumnKind = "text" | "integer" | "bigint" | "timestamp" | "json"

export type Columns = { readonly [column: string]: ColumnKind }

type Plain<K extends ColumnKind> = K extends "integer" ? number : string

/** A row as it is written: null, or the plain form of its column's kind. */
export type RowOf<C extends Columns> = { readonly [K in keyof C]: Plain<C[K]> | null }

export interface Table<C extends Columns = Columns> {
  readonly name: string
  readonly columns: C
}

/** What the names of the library's tables begin with, so that they stand apart in a host's database. */
export const TablePrefix = Context.Reference<string>("@clientele/sql/TablePrefix", { defaultValue: () => "crm_" })

const contactColumns = {
  tenant_id: "text",
  id: "text",
  external_id: "text",
  type: "text",
  status: "text",
  name: "text",
  name_folded: "text",
  email: "text",
  secondary_emails: "json",
  phone: "text",
  phone_e164: "text",
  secondary_phones: "json",
  company: "text",
  title: "text",
  source: "text",
  address: "json",
  social: "json",
  tags: "json",
  custom_fields: "json",
  owner_id: "text",
  score: "integer",
  score_breakdown: "json",
  score_grade: "text",
  scored_at: "timestamp",
  score_valid_until: "timestamp",
  score_rules_version: "integer",
  last_interaction: "timestamp",
  total_interactions: "integer",
  lifetime_value: "bigint",
  open_deals: "integer",
  won_deals: "integer",
  version: "integer",
  created_at: "timestamp",
  updated_at: "timestamp",
  search_text: "text",
  facts: "json"
} as const satisfies Columns

const dealColumns = {
  tenant_id: "text",
  id: "text",
  external_id: "text",
  contact_id: "text",
  name: "text",
  name_folded: "text",
  company: "text",
  value: "bigint",
  currency: "text",
  amount: "bigint",
  pipeline: "text",
  stage: "text",
  probability: "integer",
  manual_probability: "integer",
  expected_close: "text",
  closed_at: "timestamp",
  owner_id: "text",
  products: "json",
  lost_reason: "text",
  version: "integer",
  created_at: "timestamp",
  updated_at: "timestamp"
} as const satisfies Columns

/** How many deals of one stage, currency and probability a tenant has, and what they are worth in minor units. */
const dealSumColumns = {
  tenant_id: "text",
  stage: "text",
  currency: "text",
  probability: "integer",
  number: "integer",
  value: "bigint"
} as const satisfies Columns

/** What the deals of a tenant add up to by day, or visits of deals to stages: `kind` says which, and what day it is. */
const pipelineSumColumns = {
  tenant_id: "text",
  pipeline: "text",
  kind: "text",
  stage: "text",
  currency: "text",
  day: "text",
  number: "integer",
  value: "bigint",
  weighted: "bigint",
  millis: "bigint"
} as const satisfies Columns

/** Every table of the library under a prefix. */
export const tables = (prefix: string) =>
  ({
    migrations: `${prefix}migrations`,
    contacts: { name: `${prefix}contacts`, columns: contactColumns },
    /** One row per address of a contact, main or secondary: its key makes the address unique in the tenant. */
    contactEmails: {
      name: `${prefix}contact_emails`,
      columns: { tenant_id: "text", email_key: "text", contact_id: "text" }
    },
    /** One row per tag, in the order of the list, so that the newest with a tag are read off an index. */
    contactTags: {
      name: `${prefix}contact_tags`,
      columns: { tenant_id: "text", tag_key: "text", created_at: "timestamp", contact_id: "text" }
    },
    /** The keys under which contacts that may be one person are found: `Duplicates.keptKeys`. */
    contactKeys: {
      name: `${prefix}contact_keys`,
      columns: { tenant_id: "text", key: "text", contact_id: "text" }
    },
    /** Numbers of contacts by what lists filter by; a number is the sum over its shards. */
    contactCounts: {
      name: `${prefix}contact_counts`,
      columns: { tenant_id: "text", counted: "text", number: "integer" }
    },
    /** Where merged contacts went; chains are kept flat. */
    mergedContacts: {
      name: `${prefix}merged_contacts`,
      columns: { tenant_id: "text", contact_id: "text", merged_into: "text" }
    },
    contactArchive: {
      name: `${prefix}contact_archive`,
      columns: {
        tenant_id: "text",
        contact_id: "text",
        deleted_at: "timestamp",
        deleted_by: "text",
        record: "json"
      }
    },
    notes: {
      name: `${prefix}notes`,
      columns: {
        tenant_id: "text",
        id: "text",
        contact_id: "text",
        deal_id: "text",
        content: "text",
        created_by: "text",
        created_at: "timestamp"
      }
    },
    deals: { name: `${prefix}deals`, columns: dealColumns },
    dealHistory: {
      name: `${prefix}deal_history`,
      columns: {
        tenant_id: "text",
        deal_id: "text",
        version: "integer",
        kind: "text",
        from_stage: "text",
        to_stage: "text",
        at: "timestamp",
        by: "text",
        value: "bigint",
        currency: "text",
        probability: "integer",
        expected_close: "text",
        owner_id: "text",
        notes: "text"
      }
    },
    dealArchive: {
      name: `${prefix}deal_archive`,
      columns: {
        tenant_id: "text",
        deal_id: "text",
        contact_id: "text",
        deleted_at: "timestamp",
        deleted_by: "text",
        record: "json"
      }
    },
    /** Sums of deals; what has changed since they were last brought up to date is in the deltas. */
    dealSums: { name: `${prefix}deal_sums`, columns: dealSumColumns },
    dealDeltas: { name: `${prefix}deal_deltas`, columns: dealSumColumns },
    /** The same by day, for reports on pipelines. */
    pipelineSums: { name: `${prefix}pipeline_sums`, columns: pipelineSumColumns },
    pipelineDeltas: { name: `${prefix}pipeline_deltas`, columns: pipelineSumColumns },
    /** Visits of deals to stages that are over, and when the deal had left the stage the time before. */
    dealVisits: {
      name: `${prefix}deal_visits`,
      columns: {
        tenant_id: "text",
        deal_id: "text",
        version: "integer",
        pipeline: "text",
        stage: "text",
        entered_at: "timestamp",
        left_at: "timestamp",
        last_left_at: "timestamp"
      }
    },
    products: {
      name: `${prefix}products`,
      columns: {
        tenant_id: "text",
        id: "text",
        name: "text",
        price: "bigint",
        currency: "text",
        created_at: "timestamp"
      }
    },
    contactEvents: {
      name: `${prefix}contact_events`,
      columns: {
        tenant_id: "text",
        id: "text",
        client_id: "text",
        contact_id: "text",
        event: "text",
        occurred_at: "timestamp",
        properties: "json"
      }
    },
    activities: {
      name: `${prefix}activities`,
      columns: {
        tenant_id: "text",
        id: "text",
        type: "text",
        contact_id: "text",
        deal_id: "text",
        /** The contact it was about until that was deleted; it stayed because it names a deal, too. */
        former_contact_id: "text",
        subject: "text",
        description: "text",
        outcome: "text",
        duration_minutes: "integer",
        next_steps: "text",
        occurred_at: "timestamp",
        created_by: "text",
        created_at: "timestamp"
      }
    },
    tasks: {
      name: `${prefix}tasks`,
      columns: {
        tenant_id: "text",
        id: "text",
        title: "text",
        description: "text",
        contact_id: "text",
        deal_id: "text",
        former_contact_id: "text",
        /** As it was given: a day, or an instant. */
        due_date: "text",
        due_at: "timestamp",
        /** Whether its due date is still to be announced: 1 or 0. */
        armed: "integer",
        priority: "text",
        assigned_to: "text",
        completed_at: "timestamp",
        completed_by: "text",
        activity_id: "text",
        created_at: "timestamp",
        updated_at: "timestamp"
      }
    },
    contactHistory: {
      name: `${prefix}contact_history`,
      columns: {
        tenant_id: "text",
        id: "text",
        contact_id: "text",
        at: "timestamp",
        actor_id: "text",
        actor_name: "text",
        cause: "text",
        changes: "json"
      }
    },
    /** The rules that a tenant has set; of one that has set none, none. */
    scoringRules: {
      name: `${prefix}scoring_rules`,
      columns: {
        tenant_id: "text",
        version: "integer",
        rule_set: "json",
        notify: "text",
        updated_at: "timestamp",
        updated_by: "text",
        job_id: "text"
      }
    },
    /** What enrichment found, by path; of most contacts nothing. */
    contactEnrichment: {
      name: `${prefix}contact_enrichment`,
      columns: { tenant_id: "text", contact_id: "text", enriched: "json" }
    },
    segments: {
      name: `${prefix}segments`,
      columns: { tenant_id: "text", key: "text", name: "text", predicate: "json" }
    },
    jobs: {
      name: `${prefix}jobs`,
      columns: {
        tenant_id: "text",
        id: "text",
        kind: "text",
        unique_key: "text",
        status: "text",
        params: "json",
        position: "json",
        total: "integer",
        done: "integer",
        result: "json",
        failure: "json",
        starter: "json",
        setbacks: "integer",
        losses: "integer",
        due_at: "timestamp",
        lease: "text",
        created_at: "timestamp",
        started_at: "timestamp",
        finished_at: "timestamp"
      }
    },
    /** Rows to import, in chunks: those that wait; of a chunk that is done those that failed, and what came of the others. */
    importChunks: {
      name: `${prefix}import_chunks`,
      columns: {
        tenant_id: "text",
        job_id: "text",
        number: "integer",
        revision: "integer",
        first_row: "integer",
        spooled_at: "timestamp",
        // JSON that no database reads, and that may hold what Postgres takes for none.
        waiting: "text",
        failed: "text",
        created: "text"
      }
    },
    /** Rows that were imported and have nothing to be recognised by, as hashes of what they say. */
    importedRows: {
      name: `${prefix}imported_rows`,
      columns: {
        tenant_id: "text",
        kind: "text",
        fingerprint: "text",
        ordinal: "integer",
        job_id: "text",
        record_id: "text"
      }
    },
    /** What dry runs that are under way have come to. */
    dryRuns: {
      name: `${prefix}dry_runs`,
      columns: { tenant_id: "text", job_id: "text", key: "text", value: "text" }
    },
    /** Keys of requests, and what was answered to them. */
    idempotencyKeys: {
      name: `${prefix}idempotency_keys`,
      columns: {
        tenant_id: "text",
        user_id: "text",
        key: "text",
        fingerprint: "text",
        claim: "text",
        claimed_at: "timestamp",
        /** Null while the request is worked on, or once its answer was erased. */
        status: "integer",
        headers: "json",
        body: "text",
        /** The contact with whom the answer was erased. */
        erased: "text"
      }
    },
    users: { name: `${prefix}users`, columns: { tenant_id: "text", id: "text", name: "text" } },
    outbox: {
      name: `${prefix}outbox`,
      columns: {
        tenant_id: "text",
        id: "text",
        /** The contact that the event tells of, until what is personal in it is erased. */
        contact_id: "text",
        /** The deal that it tells of, until then too. */
        deal_id: "text",
        type: "text",
        cause: "text",
        occurred_at: "timestamp",
        body: "json"
      }
    },
    /** How far those have come who read events of all tenants; their tenant is empty. */
    eventConsumers: {
      name: `${prefix}event_consumers`,
      columns: { tenant_id: "text", name: "text", position: "text" }
    },
    webhooks: {
      name: `${prefix}webhooks`,
      columns: {
        tenant_id: "text",
        id: "text",
        url: "text",
        events: "json",
        include_imports: "integer",
        status: "text",
        secret: "text",
        previous_secret: "text",
        previous_until: "timestamp",
        proven: "integer",
        failing_since: "timestamp",
        active_since: "timestamp",
        created_at: "timestamp",
        /** When the first of its deliveries is due, unless that is known only to who holds the lease. */
        due_at: "timestamp",
        lease: "text",
        lease_until: "timestamp"
      }
    },
    webhookDeliveries: {
      name: `${prefix}webhook_deliveries`,
      columns: {
        tenant_id: "text",
        id: "text",
        webhook_id: "text",
        event_id: "text",
        type: "text",
        status: "text",
        attempts: "json",
        tries: "integer",
        due_at: "timestamp",
        created_at: "timestamp",
        body: "text"
      }
    },
    settings: { name: `${prefix}settings`, columns: { tenant_id: "text", name: "text", value: "text" } },
    /** Keyed hashes of the addresses of erased persons. */
    erasedEmails: { name: `${prefix}erased_emails`, columns: { tenant_id: "text", email_hash: "text" } },
    /** SQLite only: the trigram index over `contacts.search_text`. */
    contactSearch: `${prefix}contact_search`
  }) as const

export type Tables = ReturnType<typeof tables>
