/** Migration 8: webhooks with their deliveries; who reads the outbox, and what they ask it for. */
import type { Migration } from "../Migrations.ts"
import type { Tables } from "../Table.ts"

export const webhooks: Migration = {
  id: 8,
  name: "webhooks",
  statements: {
    sqlite: (tables) =>
      statements(tables, { key: "TEXT", json: "TEXT", timestamp: "TEXT", order: "seq", suffix: " STRICT" }),
    pg: (tables) =>
      statements(tables, {
        key: `text COLLATE "C"`,
        json: "jsonb",
        timestamp: "timestamptz",
        order: "xid, seq",
        suffix: ""
      })
  }
}

// internal

interface Types {
  readonly key: string
  readonly json: string
  readonly timestamp: string
  readonly order: string
  readonly suffix: string
}

const statements = (
  { eventConsumers, outbox, webhookDeliveries: deliveries, webhooks: { name } }: Tables,
  { json, key, order, suffix, timestamp }: Types
): ReadonlyArray<string> => [
  `ALTER TABLE ${outbox.name} ADD COLUMN cause ${key} NOT NULL DEFAULT 'api'`,
  `UPDATE ${outbox.name} SET cause = body ->> 'cause'`,
  `CREATE INDEX ${outbox.name}_of_tenant ON ${outbox.name} (tenant_id, ${order})`,
  `CREATE TABLE ${eventConsumers.name} (
    tenant_id ${key} NOT NULL,
    name ${key} NOT NULL,
    position ${key} NOT NULL,
    CONSTRAINT ${eventConsumers.name}_name PRIMARY KEY (tenant_id, name)
  )${suffix}`,
  `CREATE TABLE ${name} (
    tenant_id ${key} NOT NULL,
    id ${key} NOT NULL,
    url ${key} NOT NULL,
    events ${json} NOT NULL,
    include_imports INTEGER NOT NULL,
    status ${key} NOT NULL,
    secret ${key} NOT NULL,
    previous_secret ${key},
    previous_until ${timestamp},
    proven INTEGER NOT NULL,
    failing_since ${timestamp},
    active_since ${timestamp} NOT NULL,
    created_at ${timestamp} NOT NULL,
    due_at ${timestamp},
    lease ${key},
    lease_until ${timestamp},
    CONSTRAINT ${name}_id PRIMARY KEY (tenant_id, id)
  )${suffix}`,
  // Dispatchers ask for all tenants at once, and whether there is anybody at all.
  `CREATE INDEX ${name}_due ON ${name} (due_at) WHERE due_at IS NOT NULL`,
  `CREATE INDEX ${name}_active ON ${name} (status)`,
  `CREATE TABLE ${deliveries.name} (
    tenant_id ${key} NOT NULL,
    id ${key} NOT NULL,
    webhook_id ${key} NOT NULL,
    event_id ${key} NOT NULL,
    type ${key} NOT NULL,
    status ${key} NOT NULL,
    attempts ${json} NOT NULL,
    tries INTEGER NOT NULL,
    due_at ${timestamp},
    created_at ${timestamp} NOT NULL,
    body ${key},
    CONSTRAINT ${deliveries.name}_id PRIMARY KEY (tenant_id, id)
  )${suffix}`,
  `CREATE UNIQUE INDEX ${deliveries.name}_event ON ${deliveries.name} (tenant_id, event_id, webhook_id)`,
  `CREATE INDEX ${deliveries.name}_newest ON ${deliveries.name} (tenant_id, webhook_id, created_at DESC, id DESC)`,
  `CREATE INDEX ${deliveries.name}_due ON ${deliveries.name} (tenant_id, webhook_id, due_at, id) WHERE due_at IS NOT NULL`,
  // Purging asks for all tenants, too.
  `CREATE INDEX ${deliveries.name}_ended ON ${deliveries.name} (created_at) WHERE due_at IS NULL`
]
