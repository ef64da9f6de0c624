/**
 * Calls inside a transaction that the host has open on a connection of its own. A client of Effect's stands for all such
 * connections; which one it is, each call says.
 */
import { StorageError, StorageUnavailable } from "@clientele/core/domain/Errors"
import { type Queryable, over as overPg } from "@clientele/sql-pg/HostConnection"
import { over as overSqlite } from "@clientele/sql-sqlite-node/HostConnection"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import { isSqlError } from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"
import { DatabaseSync } from "node:sqlite"
import { type Around, inTurn } from "./transactions.ts"

/** A connection of the host: of `node:sqlite`, or a `Client` or `PoolClient` of `pg`. */
export type Handle = DatabaseSync | Queryable

/** The client, whose outermost transactions are savepoints of whatever transaction the host has open. */
export const layerClient = (dialect: "pg" | "sqlite"): Layer.Layer<SqlClient.SqlClient> =>
  Layer.effect(
    SqlClient.SqlClient,
    Effect.gen(function* () {
      const client = yield* SqlClient.make({
        acquirer: current,
        compiler: dialect === "sqlite" ? Statement.makeCompilerSqlite() : PgClient.makeCompiler(),
        driver: "host",
        spanAttributes: []
      })
      const withTransaction = SqlClient.makeWithTransaction({
        transactionService: client.transactionService,
        spanAttributes: [],
        acquireConnection: () => current,
        begin: (connection) => control(connection, `SAVEPOINT ${outermost}`),
        commit: (connection) => control(connection, `RELEASE SAVEPOINT ${outermost}`),
        rollback: (connection) =>
          Effect.andThen(
            control(connection, `ROLLBACK TO SAVEPOINT ${outermost}`),
            control(connection, `RELEASE SAVEPOINT ${outermost}`)
          ),
        savepoint: (connection, id) => control(connection, `SAVEPOINT ${nested(id)}`),
        releaseSavepoint: (connection, id) => control(connection, `RELEASE SAVEPOINT ${nested(id)}`),
        rollbackSavepoint: (connection, id) => control(connection, `ROLLBACK TO SAVEPOINT ${nested(id)}`)
      })
      return Object.assign(client, { withTransaction })
    })
  ).pipe(Layer.provide(Reactivity.layer))

/**
 * What puts a call of that client into the transaction of a handle. It lasts as long as the handle, so that the calls of
 * two callers with one handle are one after the other, too.
 */
export const makeJoin = (dialect: "pg" | "sqlite", client: SqlClient.SqlClient): ((handle: Handle) => Around) => {
  const known = new WeakMap<Handle, Around>()
  return (handle) => {
    const found = known.get(handle)
    if (found !== undefined) return found
    const connection = connect(dialect, handle)
    const turn = inTurn()
    const join: Around = (call) =>
      turn(client.withTransaction(call)).pipe(
        Effect.provideService(HostConnection, connection),
        Effect.catchIf(isSqlError, (cause) =>
          Effect.fail(new StorageError({ operation: "within", reason: new StorageUnavailable({ cause }) }))
        )
      )
    known.set(handle, join)
    return join
  }
}

// internal

const HostConnection = Context.Reference<Connection | undefined>("clientele/HostConnection", {
  defaultValue: () => undefined
})

const current = Effect.flatMap(HostConnection, (connection) =>
  connection === undefined ? Effect.die(new Error("There is no connection of the host")) : Effect.succeed(connection)
)

const connect = (dialect: "pg" | "sqlite", handle: Handle): Connection => {
  if (handle instanceof DatabaseSync !== (dialect === "sqlite")) {
    const expected = dialect === "sqlite" ? "a DatabaseSync of node:sqlite" : "a Client or a PoolClient of pg"
    throw new TypeError(`Expected ${expected}: the database of this CRM is of that kind`)
  }
  if (handle instanceof DatabaseSync) return overSqlite(handle)
  // Its statements would each be on another connection, and in no transaction at all.
  if ("idleCount" in handle) throw new TypeError("Expected a client out of the pool, on which a transaction is open")
  return overPg(handle)
}

const outermost = "clientele"
const nested = (id: number) => `${outermost}_${id}`

const control = (connection: Connection, statement: string) =>
  Effect.asVoid(connection.executeUnprepared(statement, [], undefined))
