/**
 * All that differs between databases. Every store is written once against this; an adapter package provides one.
 */
import type { TenantId } from "@clientele/core/domain/Ids"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { ColumnKind, Columns, RowOf, Table } from "./Table.ts"

/** What the search index is asked for. */
export interface Lookup {
  /** Undefined where the index is not asked for the tenant, because most contacts are the tenant's. */
  readonly tenantId: TenantId | undefined
  /** What the texts have to hold, each of them: three characters of a word and more. */
  readonly parts: ReadonlyArray<string>
}

export class Dialect extends Context.Service<
  Dialect,
  {
    readonly name: "pg" | "sqlite"
    /** The statement that opens a transaction of reads that all see one state and wait for no writer. */
    readonly beginSnapshot: string
    /** SQL that reads a column in the plain form of its kind. */
    readonly read: (column: string, kind: ColumnKind) => string
    /** Appended to a SELECT whose rows the transaction is going to change. */
    readonly forUpdate: Fragment
    /** Appended to a SELECT that takes rows to change, and leaves those out that another transaction has locked. */
    readonly forUpdateSkipLocked: Fragment
    /** The right side of a membership test against any number of texts, in one statement shape. */
    readonly among: (values: ReadonlyArray<string>) => Fragment
    /** A row source: any number of rows in plain form, in one statement shape. */
    readonly given: <C extends Columns>(columns: C, rows: ReadonlyArray<RowOf<C>>) => Fragment
    /** A parameter that takes the plain form of a kind. */
    readonly value: (kind: ColumnKind, value: number | string) => Fragment
    /** A parameter that is compared as a floating-point number. */
    readonly number: (value: number) => Fragment
    /** A row source of the items that a JSON object has, as a list, under a key; to be named `item`. */
    readonly items: (json: Fragment, key: string) => Fragment
    /** A row source of the members of a JSON object, to be named: each one's `key`, and the JSON `type` of its value. */
    readonly members: (json: Fragment) => Fragment
    /** A member of the row `item`. */
    readonly member: (key: string, kind: "integer" | "number" | "text") => Fragment
    /**
     * Inserts rows, however many, in as few statements as the database likes. `suffix` is SQL of our own: what to do
     * about conflicts, and what to answer.
     */
    readonly insert: <C extends Columns>(
      table: Table<C>,
      rows: ReadonlyArray<RowOf<C>>,
      suffix?: string
    ) => Effect.Effect<ReadonlyArray<unknown>, SqlError>
    /**
     * Runs reads none of whose statements may take longer than `limit`: one that does fails as a statement's time-out,
     * and leaves a transaction that is open as it was. The reads put the condition they are given among their own.
     */
    readonly within: <A, E, R>(
      limit: Duration.Duration,
      reads: (inTime: Fragment) => Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | SqlError, R>
    /** Runs a snapshot of reads that may be long where it does not hold up others. */
    readonly aside: <A, E, R>(snapshot: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
    readonly search: {
      /**
       * The rows of contacts in whose searched text the index finds every part, and perhaps a few others, of other
       * tenants too; to be named. A part costs time for every contact that has it, and so does the tenant.
       */
      readonly matching: (lookup: Lookup) => Fragment
      /** About how many contacts the index has, of all tenants. */
      readonly size: Fragment
      /** A condition: a text holds another, found by reading it. */
      readonly contains: (text: Fragment, part: Fragment) => Fragment
      /** Puts contacts into the index, as the contacts table says them now; called after they were written. */
      readonly add: (tenantId: string, contactIds: ReadonlyArray<string>) => Effect.Effect<void, SqlError>
      /** Takes contacts out of the index; called before they change in, or leave, the contacts table. */
      readonly remove: (tenantId: string, contactIds: ReadonlyArray<string>) => Effect.Effect<void, SqlError>
    }
    /** The order of the outbox, in which whatever is committed later comes later. */
    readonly outbox: {
      /** SQL that reads the place behind a row as text. */
      readonly position: string
      /** What to order rows by. */
      readonly order: string
      /** A condition: a row stands behind a place, or not behind it. */
      readonly behind: (position: string) => Fragment
      readonly upTo: (position: string) => Fragment
      /** A condition: nothing that could come before the row can be committed any more. */
      readonly settled: Fragment
      /** The place behind all rows for which that holds, as text. */
      readonly end: Fragment
    }
    /**
     * Removes what the database itself still has of rows that were erased: in its index structures, its log, its files.
     * Run after the commit, outside of transactions; answers what is left for an operator to do.
     */
    readonly afterErase: Effect.Effect<ReadonlyArray<string>, SqlError>
    /** Held until the transaction ends, so that of several processes that migrate one does and the others wait. */
    readonly lockMigrations: Effect.Effect<void, SqlError>
  }
>()("@clientele/sql/Dialect") {}
