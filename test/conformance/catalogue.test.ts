import { Migrations, tables } from "@clientele/sql"
import { Distribution } from "@clientele/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { SqlClient } from "effect/sql/SqlClient"
import { type Database, databases } from "./databases.ts"

/** A primary key, a unique index or a foreign key, as the database itself describes it. */
const Key = Schema.Struct({
  table: Schema.String,
  kind: Schema.Literals(["primary", "unique", "foreign"]),
  columns: Schema.fromJsonString(Schema.NonEmptyArray(Schema.NullOr(Schema.String))),
  /** Of a foreign key: what it refers to, and what becomes of it when that is deleted. */
  target: Schema.NullOr(Schema.String),
  onDelete: Schema.NullOr(Schema.String)
})
type Key = typeof Key.Type

const decodeKeys = Schema.decodeUnknownEffect(Schema.Array(Key))

const catalogues: { readonly [name in Database["name"]]: string } = {
  SQLite: `
    WITH owned AS (SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name LIKE 'crm%'),
    keys AS (
      SELECT o.name AS "table", 'primary' AS kind, c.name AS "column", c.pk AS position, '' AS key, NULL AS target, NULL AS "onDelete"
        FROM owned o, pragma_table_info(o.name) c WHERE c.pk > 0
      UNION ALL
      SELECT o.name, 'unique', c.name, c.seqno, i.name, NULL, NULL
        FROM owned o, pragma_index_list(o.name) i, pragma_index_info(i.name) c WHERE i."unique" = 1
      UNION ALL
      SELECT o.name, 'foreign', f."from", f.seq, f.id, f."table" || '.' || f."to", f.on_delete
        FROM owned o, pragma_foreign_key_list(o.name) f
    )
    SELECT "table", kind, json_group_array("column" ORDER BY position) AS columns,
      json_extract(json_group_array(target ORDER BY position), '$[0]') AS target, max("onDelete") AS "onDelete"
      FROM keys GROUP BY "table", kind, key`,
  Postgres: `
    SELECT c.conrelid::regclass::text AS "table", 'foreign' AS kind,
        (SELECT json_agg(a.attname ORDER BY k.position) FROM unnest(c.conkey) WITH ORDINALITY k (number, position)
          JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number)::text AS columns,
        c.confrelid::regclass::text || '.' || (SELECT attname FROM pg_attribute WHERE attrelid = c.confrelid AND attnum = c.confkey[1]) AS target,
        CASE c.confdeltype WHEN 'a' THEN 'NO ACTION' ELSE c.confdeltype::text END AS "onDelete"
      FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid::regclass::text LIKE 'crm%'
    UNION ALL
    SELECT i.indrelid::regclass::text, CASE WHEN i.indisprimary THEN 'primary' ELSE 'unique' END,
        (SELECT json_agg(a.attname ORDER BY k.position) FROM unnest(i.indkey::int[]) WITH ORDINALITY k (number, position)
          LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number)::text, NULL, NULL
      FROM pg_index i WHERE i.indisunique AND i.indrelid::regclass::text LIKE 'crm%'`
}

/** Keys that need no tenant: the ledger belongs to none, and SQLite keeps rows under an integer anyway. */
const exempt = new Set([
  "crm_migrations(id)",
  "crm_contacts(row_key)",
  "crm_outbox(seq)",
  "crm_deal_deltas(seq)",
  "crm_pipeline_deltas(seq)"
])

const describeKey = ({ columns, table }: Key): string => `${table}(${columns.join(", ")})`

const ledger = tables("crm_").migrations

/** Tables of the library that both databases have. */
const shared = Object.values(tables("crm_")).flatMap((table) => (typeof table === "string" ? [] : [table.name]))

for (const { fresh, name } of databases) {
  describe(`The catalogue of ${name}`, () => {
    const keys = Effect.gen(function* () {
      const client = yield* fresh
      return yield* Effect.gen(function* () {
        const sql = yield* SqlClient
        yield* Migrations.run
        return yield* decodeKeys(yield* sql.unsafe(catalogues[name]))
      }).pipe(Effect.provide(client))
    })

    it.live("begins every primary key, unique index and foreign key with the tenant", () =>
      Effect.gen(function* () {
        const found = yield* keys
        const astray = found.filter((key) => key.columns[0] !== "tenant_id" && !exempt.has(describeKey(key)))
        assert.deepStrictEqual(astray.map(describeKey), [])
        const targets = found.flatMap(({ target }) => (target === null ? [] : [target]))
        assert.isNotEmpty(targets)
        for (const target of targets) assert.match(target, /\.tenant_id$/)
      })
    )

    it.live("has a key that holds the tenant on every table", () =>
      Effect.gen(function* () {
        const found = yield* keys
        const keyed = new Set(
          found
            .filter(({ columns, kind }) => kind !== "foreign" && columns[0] === "tenant_id")
            .map(({ table }) => table)
        )
        for (const table of [...shared, ...found.map(({ table }) => table)]) {
          if (table !== ledger) assert.isTrue(keyed.has(table), table)
        }
      })
    )

    it.live("leaves deleting and clearing to the commands", () =>
      Effect.gen(function* () {
        for (const { kind, onDelete } of yield* keys) if (kind === "foreign") assert.strictEqual(onDelete, "NO ACTION")
      })
    )
  })
}

describe("the script that distributes tables by tenant", () => {
  const distributed = Distribution.script().flatMap((statement) => {
    const [, name] = /create_distributed_table\('(\w+)', 'tenant_id'/.exec(statement) ?? []
    return name === undefined ? [] : [name]
  })

  it("names every table of a tenant once", () => {
    assert.sameMembers([...distributed], shared)
    assert.strictEqual(new Set(distributed).size, distributed.length)
  })

  for (const { fresh, name } of databases.filter(({ name }) => name === "Postgres")) {
    it.live(`names a table after those that its foreign keys name, on ${name}`, () =>
      Effect.gen(function* () {
        const client = yield* fresh
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient
          yield* Migrations.run
          const keys = yield* decodeKeys(yield* sql.unsafe(catalogues[name]))
          const foreign = keys.filter(({ kind }) => kind === "foreign")
          assert.isNotEmpty(foreign)
          for (const { table, target } of foreign) {
            const named = (target ?? "").replace(".tenant_id", "")
            assert.isBelow(distributed.indexOf(named), distributed.indexOf(table), `${table} names ${named}`)
          }
        }).pipe(Effect.provide(client))
      })
    )
  }
})
