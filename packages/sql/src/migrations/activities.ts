/** Migration 4: activities and tasks. */
import type { Migration } from "../Migrations.ts"
import type { Tables } from "../Table.ts"

export const activities: Migration = {
  id: 4,
  name: "activities",
  statements: {
    sqlite: (tables) => statements(tables, { key: "TEXT", timestamp: "TEXT", options: " STRICT" }),
    pg: (tables) => statements(tables, { key: `text COLLATE "C"`, timestamp: "timestamptz", options: "" })
  }
}

// internal

interface Types {
  /** Of columns that are compared. */
  readonly key: string
  readonly timestamp: string
  readonly options: string
}

const statements = (tables: Tables, types: Types): ReadonlyArray<string> => [
  activityTable(tables, types),
  taskTable(tables, types),
  ...activityIndexes(tables),
  ...taskIndexes(tables)
]

const ofContact = ({ contacts: { name } }: Tables, table: string): string =>
  `CONSTRAINT ${table}_contact FOREIGN KEY (tenant_id, contact_id) REFERENCES ${name} (tenant_id, id)`

const activityTable = (tables: Tables, { key, options, timestamp }: Types): string => {
  const { name } = tables.activities
  return `CREATE TABLE ${name} (
    tenant_id ${key} NOT NULL,
    id ${key} NOT NULL,
    type ${key} NOT NULL,
    contact_id ${key},
    deal_id ${key},
    former_contact_id ${key},
    subject text,
    description text,
    outcome text,
    duration_minutes integer,
    next_steps text,
    occurred_at ${timestamp} NOT NULL,
    created_by ${key} NOT NULL,
    created_at ${timestamp} NOT NULL,
    CONSTRAINT ${name}_id PRIMARY KEY (tenant_id, id),
    ${ofContact(tables, name)}
  )${options}`
}

const taskTable = (tables: Tables, { key, options, timestamp }: Types): string => {
  const { name } = tables.tasks
  return `CREATE TABLE ${name} (
    tenant_id ${key} NOT NULL,
    id ${key} NOT NULL,
    title text NOT NULL,
    description text,
    contact_id ${key},
    deal_id ${key},
    former_contact_id ${key},
    due_date ${key},
    due_at ${timestamp} NOT NULL,
    armed integer NOT NULL,
    priority ${key} NOT NULL,
    assigned_to ${key},
    completed_at ${timestamp},
    completed_by ${key},
    activity_id ${key},
    created_at ${timestamp} NOT NULL,
    updated_at ${timestamp} NOT NULL,
    CONSTRAINT ${name}_id PRIMARY KEY (tenant_id, id),
    ${ofContact(tables, name)}
  )${options}`
}

// Most name no deal, and most were never of a contact that was deleted.
const dealIndexes = (name: string, order: string): ReadonlyArray<string> => [
  `CREATE INDEX ${name}_by_deal_id ON ${name} (tenant_id, deal_id, ${order}) WHERE deal_id IS NOT NULL`,
  `CREATE INDEX ${name}_former_contact ON ${name} (tenant_id, former_contact_id) WHERE former_contact_id IS NOT NULL`
]

// Every filter of a list has an index that ends in the list's order.
const activityIndexes = ({ activities: { name } }: Tables): ReadonlyArray<string> => [
  `CREATE INDEX ${name}_newest ON ${name} (tenant_id, occurred_at DESC, id DESC)`,
  ...["contact_id", "type"].map(
    (column) => `CREATE INDEX ${name}_by_${column} ON ${name} (tenant_id, ${column}, occurred_at DESC, id DESC)`
  ),
  ...dealIndexes(name, "occurred_at DESC, id DESC")
]

// Completed tasks become the most by far, and what is asked for every day is the others.
const taskIndexes = ({ tasks: { name } }: Tables): ReadonlyArray<string> => [
  `CREATE INDEX ${name}_by_due ON ${name} (tenant_id, due_at, id)`,
  `CREATE INDEX ${name}_completed ON ${name} (tenant_id, due_at, id) WHERE completed_at IS NOT NULL`,
  `CREATE INDEX ${name}_open ON ${name} (tenant_id, due_at, id) WHERE completed_at IS NULL`,
  `CREATE INDEX ${name}_open_by_assigned_to ON ${name} (tenant_id, assigned_to, due_at, id) WHERE completed_at IS NULL`,
  ...["assigned_to", "contact_id", "priority"].map(
    (column) => `CREATE INDEX ${name}_by_${column} ON ${name} (tenant_id, ${column}, due_at, id)`
  ),
  // Announcing asks of all tenants at once.
  `CREATE INDEX ${name}_armed ON ${name} (due_at) WHERE armed = 1 AND completed_at IS NULL`,
  ...dealIndexes(name, "due_at, id")
]
