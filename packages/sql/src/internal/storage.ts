/** What every store shares: queries whose rows are decoded, and failures in the words of the ports. */
import { StorageBusy, StorageCorrupt, StorageError, StorageUnavailable } from "@clientele/core/domain/Errors"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as SqlError from "effect/sql/SqlError"
import type { Dialect } from "../Dialect.ts"
import type { Table } from "../Table.ts"

// A unique violation too: every write of something unique looks first, so one that still collides lost a race.
const passing = new Set([
  "UniqueViolation",
  "ConnectionError",
  "AuthenticationError",
  "DeadlockError",
  "SerializationError",
  "StatementTimeoutError"
])

/** Whether, and how soon, repeating the call can help is the difference between the reasons. */
export const toStorageError =
  (operation: string) =>
  (cause: Schema.SchemaError | SqlError.SqlError): StorageError =>
    new StorageError({ operation, reason: reasonOf(cause) })

const reasonOf = (cause: Schema.SchemaError | SqlError.SqlError) => {
  if (!SqlError.isSqlError(cause)) return new StorageCorrupt({ cause })
  const tag = cause.reason._tag
  if (tag === "LockTimeoutError") return new StorageBusy({ cause })
  return passing.has(tag) || isAway(cause.reason.cause)
    ? new StorageUnavailable({ cause })
    : new StorageCorrupt({ cause })
}

/**
 * Whether a server that speaks Postgres' codes is out of something (53: connections, memory, room), or starts, stops or
 * recovers (57P): drivers have no reason of their own for it.
 */
export const isAway = (cause: unknown): boolean =>
  Predicate.hasProperty(cause, "code") && typeof cause.code === "string" && /^(53|57P)/.test(cause.code)

/** A statement's answer, not yet checked. */
export type Rows = Effect.Effect<ReadonlyArray<unknown>, SqlError.SqlError>

/** Runs a statement and decodes its rows; a row that does not decode is a corrupt store, never an answer. */
export const decodeRows = <S extends Schema.ConstraintDecoder<unknown>>(schema: S) => {
  const decode = Schema.decodeUnknownEffect(Schema.Array(schema))
  return (rows: Rows) => Effect.flatMap(rows, (found) => decode(found))
}

const decodeTotal = decodeRows(Schema.Struct({ total: Schema.FiniteFromString }))

/** The number that a statement answers as text under the name `total`. */
export const totalOf = (rows: Rows) => Effect.map(decodeTotal(rows), ([row]) => row?.total ?? 0)

/** SQL that reads columns of a table in their plain form, under their names. */
export const selectionOf = (
  { read }: Dialect["Service"],
  { columns, name }: Table,
  wanted: ReadonlyArray<string> = Object.keys(columns)
): string => wanted.map((column) => `${read(`${name}.${column}`, columns[column] ?? "text")} AS ${column}`).join(", ")

/** Someone was quicker, and what we go by is no more: the transaction only has to run again. */
export const lostRace = (message: string) =>
  Effect.fail(
    new SqlError.SqlError({
      reason: new SqlError.SerializationError({ message, operation: "lock", cause: undefined })
    })
  )
