/**
 * Exports as bytes: a table as CSV whose cells no spreadsheet runs, rows as newline-delimited JSON. One block for each
 * page that is read, so memory stays as flat as the source. Fails as the source does.
 */
import { Schema, Stream } from "effect"
import { write } from "./CsvWriter.ts"

/** What an export can be written as. */
export const Format = Schema.Literals(["csv", "ndjson"])
export type Format = typeof Format.Type

/** The media type of each format. */
export const contentTypes = { csv: "text/csv; charset=utf-8", ndjson: "application/x-ndjson" } as const

/** A table as CSV; `CsvReader` takes its guard off again when it is told whose header it is. */
export const csv = <E, R>(table: {
  readonly header: ReadonlyArray<string>
  readonly rows: Stream.Stream<ReadonlyArray<string>, E, R>
}): Stream.Stream<Uint8Array, E, R> => write({ header: table.header, guardFormulas: true })(table.rows)

/**
 * Rows as lines of JSON.
 *
 * **Example** (Two lines)
 *
 * ```ts
 * import { ExportWriter } from "@clientele/csv"
 * import { Stream } from "effect"
 *
 * const lines = ExportWriter.ndjson(Stream.make({ id: 1 }, { id: 2 }))
 * // {"id":1}␊{"id":2}␊
 * ```
 */
export const ndjson = <A, E, R>(rows: Stream.Stream<A, E, R>): Stream.Stream<Uint8Array, E, R> =>
  Stream.encodeText(Stream.mapArray(rows, (page) => [page.map((row) => `${JSON.stringify(row)}\n`).join("")] as const))
