import { Contacts, Crm, CurrentActor, PhoneNormalizer, TenantId, TimeOrderedIds, UserId } from "@clientele/core"
import { Migrations, Storage, TablePrefix } from "@clientele/sql"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql/SqlClient"
import { type Database, databases } from "./databases.ts"

const names = Migrations.all.map(({ name }) => name)

const assertRefused = (
  error: { readonly _tag: string; readonly message: string },
  reason: Migrations.MigrationError["reason"],
  migration: string
) => {
  if (!(error instanceof Migrations.MigrationError)) return assert.fail(error.message)
  assert.deepStrictEqual([error.reason, error.migration], [reason, migration])
}

const create = Effect.flatMap(Contacts, (contacts) => contacts.create({ name: "Ann", email: "ann@example.com" }))

const totals = Effect.gen(function* () {
  const contacts = yield* Contacts
  const listed = yield* contacts.list({})
  const found = yield* contacts.list({ search: "ann" })
  return [listed.pagination.total, found.pagination.total]
})

const actor = CurrentActor.of({
  tenantId: TenantId.make("acme"),
  userId: UserId.make("user_1"),
  userName: null,
  roles: []
})

/** A CRM of its own under a prefix, migrated. */
const crmOver = (dialect: Database["dialect"]) => (prefix: string) =>
  Layer.fresh(
    Crm.layer.pipe(
      Layer.provide([Storage.layer, TimeOrderedIds.layer, Layer.succeed(PhoneNormalizer, { toE164: () => null })]),
      Layer.provide(dialect),
      Layer.provide(Layer.succeed(TablePrefix, prefix))
    )
  )

for (const { dialect, fresh, name } of databases) {
  const under = crmOver(dialect)

  describe(`Migrations on ${name}`, () => {
    it.live("bring an empty database to what this version needs, once", () =>
      Effect.gen(function* () {
        const client = yield* fresh
        yield* Effect.gen(function* () {
          const [first] = names
          assertRefused(yield* Effect.flip(Migrations.check), "pending", first ?? "")
          assert.deepStrictEqual(yield* Migrations.run, names)
          yield* Migrations.check
          assert.deepStrictEqual(yield* Migrations.run, [])
          yield* Migrations.check
        }).pipe(Effect.provide(client))
      })
    )

    it.live("are run by one of several clients that start at once, and waited for by the others", () =>
      Effect.gen(function* () {
        const client = yield* fresh
        const runs = Array.from({ length: 4 }, () => Migrations.run.pipe(Effect.provide(client)))
        const ran = yield* Effect.all(runs, { concurrency: "unbounded" })
        assert.sameDeepMembers([...ran], [names, [], [], []])
        yield* Migrations.check.pipe(Effect.provide(client))
      })
    )

    it.live("are refused by a database that ran one of them with another text", () =>
      Effect.gen(function* () {
        const client = yield* fresh
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient
          yield* Migrations.run
          yield* sql`UPDATE crm_migrations SET checksum = '0000000000000000' WHERE id = 1`
          assertRefused(yield* Effect.flip(Migrations.run), "changed", "contacts")
          assertRefused(yield* Effect.flip(Migrations.check), "changed", "contacts")
        }).pipe(Effect.provide(client))
      })
    )

    it.live("are refused by a database that is newer than this version", () =>
      Effect.gen(function* () {
        const client = yield* fresh
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient
          yield* Migrations.run
          yield* sql`INSERT INTO crm_migrations (id, name, checksum) VALUES (9999, 'from_the_future', 'x')`
          assertRefused(yield* Effect.flip(Migrations.run), "newer", "from_the_future")
          assertRefused(yield* Effect.flip(Migrations.check), "newer", "from_the_future")
        }).pipe(Effect.provide(client))
      })
    )

    it.live("leave nothing behind when one of their statements fails", () =>
      Effect.gen(function* () {
        const client = yield* fresh
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient
          yield* sql`CREATE TABLE crm_users (something_else INTEGER)`
          assert.strictEqual((yield* Effect.flip(Migrations.run))._tag, "StorageError")
          assert.strictEqual((yield* Effect.flip(sql`SELECT 1 FROM crm_contacts`))._tag, "SqlError")
          yield* sql`DROP TABLE crm_users`
          assert.deepStrictEqual(yield* Migrations.run, names)
        }).pipe(Effect.provide(client))
      })
    )

    it.live("make tables under another prefix beside the default ones, and the two know nothing of each other", () =>
      Effect.gen(function* () {
        const client = yield* fresh
        yield* Effect.gen(function* () {
          yield* create.pipe(Effect.provide(under("crm_")))
          yield* Effect.andThen(create, create.pipe(Effect.flip)).pipe(Effect.provide(under("sales_")))
          const [ours, theirs] = [
            yield* totals.pipe(Effect.provide(under("crm_"))),
            yield* totals.pipe(Effect.provide(under("sales_")))
          ]
          assert.deepStrictEqual(
            [ours, theirs],
            [
              [1, 1],
              [1, 1]
            ]
          )
          const none = yield* totals.pipe(Effect.provide(under("")))
          assert.deepStrictEqual(none, [0, 0])
        }).pipe(Effect.provideService(CurrentActor, actor), Effect.provide(client))
      })
    )
  })
}
