import {
  Contacts,
  type ContactStore,
  Crm,
  CurrentActor,
  type IdGenerator,
  PhoneNormalizer,
  Segments,
  StorageError,
  TenantId,
  TimeOrderedIds,
  type UnitOfWork,
  UserId
} from "@clientele/core"
import { SegmentTimeout, Storage } from "@clientele/sql"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql/SqlClient"
import { insertContacts } from "../support/contacts.ts"
import { type Database, databases } from "./databases.ts"

const actor = CurrentActor.of({
  tenantId: TenantId.make("acme"),
  userId: UserId.make("user_1"),
  userName: null,
  roles: []
})

/** Too many contacts to read through in a millisecond. */
const many = 5_000

const fill = Effect.gen(function* () {
  yield* insertContacts(actor.tenantId, many, (n) => ({ name: `Contact ${n}`, customFields: { size: `${n}` } }))
  yield* Effect.flatMap(Segments, (segments) =>
    segments.create({
      key: "nobody",
      name: "Nobody",
      predicate: { field: "custom_fields.size", operator: "contains", value: "none of them" }
    })
  )
})

const total = Effect.flatMap(Contacts, (contacts) => contacts.list({})).pipe(
  Effect.map(({ pagination }) => pagination.total)
)

const nobody = Effect.flatMap(Contacts, (contacts) => contacts.list({ segment: "nobody" }))

const givenUp = Effect.map(Effect.flip(nobody), (error) => {
  if (!(error instanceof StorageError)) return assert.fail(error.message)
  assert.strictEqual(error.reason._tag, "StorageUnavailable")
})

/** What the database itself allows a statement inside the current transaction; SQLite has no such setting. */
const allowed = Effect.flatMap(SqlClient, (sql) =>
  sql.onDialectOrElse({
    pg: () => Effect.map(sql`SELECT current_setting('statement_timeout')`.values, (rows) => String(rows[0]?.[0])),
    orElse: () => Effect.succeed("7s")
  })
)

const allow = (time: "1ms" | "7s") =>
  Effect.flatMap(SqlClient, (sql) =>
    sql.onDialectOrElse({
      pg: () => Effect.asVoid(sql`SELECT set_config('statement_timeout', ${time}, true)`),
      orElse: () => Effect.void
    })
  )

describe.each(databases)("segments on $name", ({ dialect, fresh }: Database) => {
  const within = (limit: Duration.Input) =>
    Layer.fresh(
      Crm.layer.pipe(
        Layer.provideMerge([
          Storage.layer,
          TimeOrderedIds.layer,
          Layer.succeed(PhoneNormalizer, { toE164: () => null })
        ]),
        Layer.provide(dialect),
        Layer.provide(Layer.succeed(SegmentTimeout, Duration.fromInputUnsafe(limit)))
      )
    )
  const test = <E>(
    name: string,
    body: Effect.Effect<
      void,
      E,
      ContactStore | Contacts | CurrentActor | IdGenerator | Segments | SqlClient | UnitOfWork
    >,
    limit: Duration.Input
  ) =>
    it.live(name, () =>
      Effect.flatMap(fresh, (client) =>
        Effect.andThen(fill, body).pipe(
          Effect.provideService(CurrentActor, actor),
          Effect.provide(within(limit).pipe(Layer.provideMerge(client)))
        )
      )
    )

  test(
    "that take longer than they may are given up as unavailable, as often as they are asked for, and other calls go on",
    Effect.gen(function* () {
      yield* Effect.all(
        Array.from({ length: 8 }, () => givenUp),
        { concurrency: "unbounded" }
      )
      const contacts = yield* Contacts
      yield* contacts.create({ name: "Ann" })
      assert.strictEqual(yield* total, many + 1)
      assert.lengthOf((yield* contacts.list({ search: "ann" })).data, 1)
    }),
    "1 millis"
  )

  test(
    "that are given up take nothing of a host's transaction with them, and leave its own limit as it was",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const contacts = yield* Contacts
      yield* sql.withTransaction(
        Effect.gen(function* () {
          yield* allow("7s")
          yield* contacts.create({ name: "Ann" })
          yield* givenUp
          assert.strictEqual(yield* allowed, "7s")
          yield* contacts.create({ name: "Ben" })
        })
      )
      assert.strictEqual(yield* total, many + 2)
    }),
    "1 millis"
  )

  test(
    "that answer in time leave a host's own limit as it was, and do not lengthen it",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      yield* sql.withTransaction(
        Effect.gen(function* () {
          yield* allow("7s")
          assert.strictEqual((yield* nobody).pagination.total, 0)
          assert.strictEqual(yield* allowed, "7s")
        })
      )
      yield* sql.onDialectOrElse({
        pg: () => sql.withTransaction(Effect.andThen(allow("1ms"), givenUp)),
        orElse: () => Effect.void
      })
    }),
    "1 minute"
  )
})
