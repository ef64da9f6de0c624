/** The default directory of users: a table of names, fed by verified tokens and by the host. */
import type { TenantId, UserId } from "@clientele/core/domain/Ids"
import { Users } from "@clientele/core/ports/Users"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { Dialect } from "./Dialect.ts"
import { decodeRows, toStorageError } from "./internal/storage.ts"
import { TablePrefix, tables } from "./Table.ts"

export const layer: Layer.Layer<Users, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  Users,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const { among } = yield* Dialect
    const { users } = tables(yield* TablePrefix)

    const names = Effect.fnUntraced(
      function* (tenantId: TenantId, ids: ReadonlyArray<UserId>) {
        if (ids.length === 0) return new Map<string, string>()
        const rows = yield* decodeUsers(
          sql`SELECT id, name FROM ${sql(users.name)} WHERE tenant_id = ${tenantId} AND id ${among(ids)}`
        )
        return new Map(rows.map(({ id, name }) => [id, name]))
      },
      Effect.mapError(toStorageError("Users.names"))
    )

    const remember = Effect.fnUntraced(
      function* (tenantId: TenantId, id: UserId, name: string) {
        yield* sql`
          INSERT INTO ${sql(users.name)} (tenant_id, id, name) VALUES (${tenantId}, ${id}, ${name})
          ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name WHERE ${sql(users.name)}.name <> excluded.name`
      },
      Effect.mapError(toStorageError("Users.remember"))
    )

    return Users.of({ names, remember })
  })
)

// internal

const decodeUsers = decodeRows(Schema.Struct({ id: Schema.String, name: Schema.String }))
