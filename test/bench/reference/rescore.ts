/** The least that writes the six columns of a score by id: transactions of 200, values ready, nothing looked at. */
import { PgClient } from "@effect/sql-pg"
import { Effect, Redacted } from "effect"
import { timed } from "../measuring.ts"
import { names } from "./rows.ts"
import { open } from "./sqlite.ts"

const table = names.contacts.name
const rules = names.scoringRules.name

/** In a transaction, as many as in ours. */
const batch = 200

const breakdown = '{"engagement":0,"profile_completeness":10,"recent_activity":0,"fit_score":5}'

// As new rules do, so that the index of versions has as much to do.
const version = 1_000_000

// What a sweep would otherwise find to do.
const putBack = `UPDATE ${table} SET score_rules_version = (SELECT max(version) FROM ${rules})`

/** How many contacts a second are written. */
export const rescoreSqlite = (filename: string): Effect.Effect<number> =>
  Effect.sync(() => {
    const database = open(filename)
    const contacts = database.prepare(`SELECT tenant_id, id, score FROM ${table} ORDER BY id`).all()
    const update = database.prepare(
      `UPDATE ${table} SET score = ?, score_breakdown = ?, score_grade = ?, scored_at = ?, score_valid_until = ?,
      score_rules_version = ? WHERE tenant_id = ? AND id = ?`
    )
    const at = new Date().toISOString()
    const started = performance.now()
    for (let from = 0; from < contacts.length; from += batch) {
      database.exec("BEGIN IMMEDIATE")
      for (const { id = null, score = null, tenant_id = null } of contacts.slice(from, from + batch)) {
        // Another score, as new rules give most contacts.
        update.run((Number(score) + 3) % 101, breakdown, "F", at, null, version, tenant_id, id)
      }
      database.exec("COMMIT")
    }
    const seconds = (performance.now() - started) / 1000
    database.exec(putBack)
    database.close()
    return contacts.length / seconds
  })

/** The same on Postgres, a batch in one statement. */
export const rescorePostgres = (url: string): Effect.Effect<number> =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const contacts = yield* sql<{ id: string; score: number }>`SELECT id, score FROM ${sql(table)} ORDER BY id`
    const at = new Date().toISOString()
    const write = (from: number) => {
      const values = contacts
        .slice(from, from + batch)

        .map(({ id, score }) => [id, (score + 3) % 101, JSON.parse(breakdown), "F", at, null, version])
      return sql.unsafe(
        `UPDATE ${table} SET score = (given.value ->> 1)::int, score_breakdown = given.value -> 2,
        score_grade = given.value ->> 3, scored_at = (given.value ->> 4)::timestamptz,
        score_valid_until = (given.value ->> 5)::timestamptz, score_rules_version = (given.value ->> 6)::int
        FROM jsonb_array_elements($1::jsonb) AS given (value) WHERE id = given.value ->> 0 AND tenant_id = $2`,
        [JSON.stringify(values), "demo"]
      )
    }
    const millis = yield* timed(
      Effect.gen(function* () {
        for (let from = 0; from < contacts.length; from += batch) yield* write(from)
      })
    )
    yield* sql.unsafe(putBack)
    return (contacts.length * 1000) / millis
  }).pipe(Effect.provide(PgClient.layer({ url: Redacted.make(url), maxConnections: 1 })), Effect.orDie)
