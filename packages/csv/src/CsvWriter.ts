/**
 * Writes CSV as RFC 4180 has it: CRLF line ends, quotes only around the cells that need them.
 *
 * Guarantees: what is written reads back as it was, given the same delimiter, for every cell without NUL and unpaired
 * surrogates; one block of output for each array of rows, so memory stays as flat as the source. Never fails by itself;
 * errors of the rows pass through. A row without cells is an empty line, which readers skip.
 */
import { Stream } from "effect"
import { Csv } from "effect/encoding"
import type { Delimiter } from "./CsvReader.ts"
import { guard } from "./FormulaGuard.ts"

/** How to write. */
export interface Options {
  /** The first record. None is written when absent. */
  readonly header?: ReadonlyArray<string> | undefined
  /** Default `,`. */
  readonly delimiter?: Delimiter | undefined
  /**
   * Passes every cell, the header's too, through `FormulaGuard.guard`. For files that people open in a spreadsheet.
   * Default `false`: cells are written as they are.
   */
  readonly guardFormulas?: boolean | undefined
  /** Starts with a byte order mark, by which Excel tells UTF-8 from the local encoding. Default `false`. */
  readonly bom?: boolean | undefined
}

/**
 * Rows of cells to UTF-8 bytes.
 *
 * **Example** (Writing a guarded file)
 *
 * ```ts
 * import { CsvWriter } from "@clientele/csv"
 * import { Stream } from "effect"
 *
 * const bytes = Stream.make(["Ada", "Analyst, chief"], ["Eve", "=cmd()"]).pipe(
 *   CsvWriter.write({ header: ["name", "title"], guardFormulas: true })
 * )
 * // name,title␍␊Ada,"Analyst, chief"␍␊Eve,'=cmd()␍␊
 * ```
 */
export const write =
  (options?: Options) =>
  <E, R>(rows: Stream.Stream<ReadonlyArray<string>, E, R>): Stream.Stream<Uint8Array, E, R> => {
    const body = prepare(rows, options).pipe(Stream.pipeThroughChannel(Csv.encode({ delimiter: options?.delimiter })))
    return options?.bom === true ? Stream.concat(Stream.succeed(new Uint8Array([0xef, 0xbb, 0xbf])), body) : body
  }

/** Rows of cells to text, one string for each record: {@link write} without the bytes. */
export const writeText =
  (options?: Options) =>
  <E, R>(rows: Stream.Stream<ReadonlyArray<string>, E, R>): Stream.Stream<string, E, R> => {
    const body = prepare(rows, options).pipe(
      Stream.pipeThroughChannel(Csv.encodeString({ delimiter: options?.delimiter }))
    )
    return options?.bom === true ? Stream.concat(Stream.succeed("\uFEFF"), body) : body
  }

// internal

const prepare = <E, R>(
  rows: Stream.Stream<ReadonlyArray<string>, E, R>,
  options: Options | undefined
): Stream.Stream<ReadonlyArray<string>, E, R> => {
  const header = options?.header
  const all = header === undefined ? rows : Stream.concat(Stream.succeed(header), rows)
  return options?.guardFormulas === true ? Stream.map(all, (cells) => cells.map(guard)) : all
}
