/**
 * Reads CSV from a stream of bytes: RFC 4180, with what real files do besides.
 *
 * Guarantees: rows come in file order with the line they start at; memory is bounded by `maxRecordLength` and the size
 * of one block, whatever the size of the file; the result does not depend on how the bytes were cut into blocks; every
 * read of the same bytes with the same options gives the same rows, so a file that `scan` has accepted is read to its
 * end.
 *
 * Accepts: a byte order mark; CRLF, LF and CR line ends, also mixed; quoted line breaks; doubled quotes; lines without
 * any character, which are skipped; comma, semicolon, tab or bar as delimiter, detected unless given; UTF-8, UTF-16 and
 * Windows-1252, detected unless given. Cells are kept as written, spaces included.
 *
 * Fails with {@link InvalidCsv} for what makes the rest of the file unreadable. A row with more or fewer cells than the
 * header is not that: it is marked `ragged` and the rows after it are read.
 */
import { Array as Arr, Cause, Effect, Pull, Schema, Stream } from "effect"
import type { Scope } from "effect"
import { unguard } from "./FormulaGuard.ts"
import { Decoder } from "./internal/decoder.ts"
import { detect, sampleLength } from "./internal/dialect.ts"
import type { Header } from "./internal/parser.ts"
import { Parser } from "./internal/parser.ts"

/** The character between cells. */
export const Delimiter = Schema.Literals([",", ";", "\t", "|"])
export type Delimiter = typeof Delimiter.Type

/**
 * How the bytes are read. A byte order mark decides; without one, the zero bytes of UTF-16 in the first 4,096 bytes do;
 * else the first character beyond ASCII tells UTF-8 from Windows-1252.
 */
export const Encoding = Schema.Literals(["utf-8", "utf-16le", "utf-16be", "windows-1252"])
export type Encoding = typeof Encoding.Type

/**
 * Why a file is refused.
 *
 * - `empty`: no line with a character in it, so not even a header.
 * - `encoding`: bytes that are none in the encoding of the file.
 * - `nul`: the character U+0000, the mark of a binary file.
 * - `unclosed_quote`: the file ends inside a quoted cell; the place is that of the opening quote.
 * - `stray_quote`: a quote inside an unquoted cell, or text between a closing quote and the next delimiter.
 * - `record_too_large`: a record longer than `maxRecordLength`; the place is the cell that went beyond it, which for a
 *   quote that is never closed is the one that it opened.
 * - `duplicate_header`: two columns of one name, apart from surrounding spaces; nameless columns are let through.
 * - `missing_header`: a column that was asked for is not there. Never raised by this module, which does not know the
 *   mapping, but part of the same refusal.
 */
export const InvalidCsvReason = Schema.Literals([
  "empty",
  "encoding",
  "nul",
  "unclosed_quote",
  "stray_quote",
  "record_too_large",
  "duplicate_header",
  "missing_header"
])
export type InvalidCsvReason = typeof InvalidCsvReason.Type

const position = Schema.Int.check(Schema.isGreaterThan(0))

const invalidCsvFields = Schema.Struct({
  line: position,
  column: position,
  reason: InvalidCsvReason,
  header: Schema.optionalKey(Schema.String)
})

/** What an {@link InvalidCsv} is made of. */
export type InvalidCsvFields = typeof invalidCsvFields.Type

const explain = (error: InvalidCsvFields): string => {
  switch (error.reason) {
    case "empty":
      return "the file has no header"
    case "encoding":
      return "undecodable bytes: the file must be UTF-8, UTF-16 or Windows-1252 from beginning to end"
    case "nul":
      return "a NUL character: this is not a text file"
    case "unclosed_quote":
      return "the quote that opens this cell is never closed"
    case "stray_quote":
      return "a quote inside a cell: quote the whole cell and double the quotes in it"
    case "record_too_large":
      return "the record is too long; a quote before this place may not be closed"
    case "duplicate_header":
      return `a second column with the header ${JSON.stringify(error.header ?? "")}`
    case "missing_header":
      return `no column with the header ${JSON.stringify(error.header ?? "")}`
  }
}

/**
 * The file cannot be read as CSV.
 *
 * `line` is the line of the file, from 1, where the mistake is; `column` the cell of its record, from 1; `header` the
 * name that `duplicate_header` and `missing_header` are about.
 */
export class InvalidCsv extends Schema.TaggedError<InvalidCsv>("@clientele/csv/InvalidCsv")(
  "InvalidCsv",
  invalidCsvFields.fields
) {
  override get message(): string {
    return `Invalid CSV at line ${this.line}, column ${this.column}: ${explain(this)}`
  }
}

/** A record after the header. */
export interface Row {
  /** The line of the file, from 1, where the record starts. */
  readonly line: number
  /** The number of the row, from 1; the header and skipped lines do not count. */
  readonly row: number
  /**
   * The cells as written. A cell may share memory with the block it was read from: what outlives the batch should be
   * derived from the cell (a hash, a parsed value), or the block stays with it.
   */
  readonly cells: ReadonlyArray<string>
  /** The row has more or fewer cells than the header. */
  readonly ragged: boolean
}

/** How to read. */
export interface Options {
  /** The character between cells; detected from the first 65,536 characters when absent. */
  readonly delimiter?: Delimiter | undefined
  /** How the bytes are read; detected when absent. */
  readonly encoding?: Encoding | undefined
  /**
   * Told the header, says whether the cells below it were guarded against formulas, as those of our own exports are: then
   * the guard is taken off. Default: they were not.
   */
  readonly isGuarded?: ((header: ReadonlyArray<string>) => boolean) | undefined
  /**
   * The longest record accepted, and so the longest cell, in UTF-16 code units, quotes and delimiters included and its
   * line end excluded. Default 1,048,576.
   */
  readonly maxRecordLength?: number | undefined
}

/** What is known of a file once its header is read. */
export interface Dialect {
  readonly header: ReadonlyArray<string>
  /** The line of the file, from 1, where the header starts. */
  readonly headerLine: number
  readonly delimiter: Delimiter
  readonly encoding: Encoding
}

/** A file that is being read. */
export interface Table<E = never> extends Dialect {
  /** The rows after the header. They continue one read of the bytes, so they can be run once. */
  readonly rows: Stream.Stream<Row, E | InvalidCsv>
}

/** What a whole file holds. */
export interface Scan extends Dialect {
  /** Rows after the header, ragged ones included. */
  readonly rows: number
  readonly ragged: number
  readonly bytes: number
}

const defaultMaxRecordLength = 1_048_576

// Bytes parsed at a time. A larger block of the source is cut, so that the rows of one step stay few however large the
// blocks are.
const stepLength = 65_536

// The state of one read: bytes in, rows out, until `done` or `failure`.
class Reader {
  bytes = 0
  delimiter: Delimiter
  done = false

  private readonly decoder: Decoder
  private readonly maxRecordLength: number
  private parser: Parser | undefined
  // The start of the file, kept until it is enough to detect the delimiter.
  private head = ""
  private blocks: ReadonlyArray<Uint8Array> = []
  private index = 0
  private offset = 0

  constructor(options: Options | undefined) {
    this.decoder = new Decoder(options?.encoding)
    this.maxRecordLength = options?.maxRecordLength ?? defaultMaxRecordLength
    this.delimiter = options?.delimiter ?? ","
    this.parser = options?.delimiter === undefined ? undefined : new Parser(this.delimiter, this.maxRecordLength)
  }

  get encoding(): Encoding {
    return this.decoder.encoding
  }

  get failure(): InvalidCsvFields | undefined {
    return this.parser?.failure
  }

  get header(): Header | undefined {
    return this.parser?.header
  }

  /** Hands over the next blocks, once `step` has used up the last ones. */
  offer(blocks: ReadonlyArray<Uint8Array>): void {
    this.blocks = blocks
    this.index = 0
  }

  /** Parses a piece of the blocks at hand; false when there is none left or no use in going on. */
  step(out: Array<Row>): boolean {
    const block = this.blocks[this.index]
    if (block === undefined || this.failure !== undefined) return false
    const end = Math.min(this.offset + stepLength, block.length)
    this.bytes += end - this.offset
    this.text(this.decoder.feed(block.subarray(this.offset, end)), out)
    this.offset = end
    if (end === block.length) {
      this.index++
      this.offset = 0
    }
    return true
  }

  end(out: Array<Row>): void {
    this.done = true
    this.text(this.decoder.end(), out)
    this.start(out).end(out)
  }

  private text(text: string, out: Array<Row>): void {
    if (this.parser !== undefined) {
      this.parser.feed(text, out)
    } else {
      this.head += text
      if (this.head.length >= sampleLength) this.start(out)
    }
    if (this.decoder.failed) this.start(out).fail("encoding")
  }

  private start(out: Array<Row>): Parser {
    if (this.parser !== undefined) return this.parser
    const head = this.head
    this.head = ""
    this.delimiter = detect(head.slice(0, sampleLength), head.length < sampleLength, this.maxRecordLength)
    this.parser = new Parser(this.delimiter, this.maxRecordLength)
    this.parser.feed(head, out)
    return this.parser
  }
}

/**
 * Opens a file: reads up to its header and gives the rest as a stream.
 *
 * The rows arrive as arrays of some hundreds, so `Stream.runForEachArray` and its kin handle a million of them without
 * a step of the runtime for each. The bytes are released with the scope.
 *
 * **Errors**
 *
 * {@link InvalidCsv}, from the effect for the header and from `rows` for what follows it; the rows before the mistake
 * are emitted first. Errors of `bytes` pass through.
 *
 * **Example** (Reading a file)
 *
 * ```ts
 * import { CsvReader } from "@clientele/csv"
 * import { Effect, Stream } from "effect"
 *
 * const bytes = Stream.succeed(new TextEncoder().encode("name;city\r\nAda;London\r\n"))
 *
 * const program = Effect.scoped(Effect.gen(function*() {
 *   const table = yield* CsvReader.open(bytes)
 *   const rows = yield* Stream.runCollect(table.rows)
 *   return { header: table.header, rows }
 *   // { header: ["name", "city"], rows: [{ line: 2, row: 1, cells: ["Ada", "London"], ragged: false }] }
 * }))
 * ```
 */
export const open = <E, R>(
  bytes: Stream.Stream<Uint8Array, E, R>,
  options?: Options
): Effect.Effect<Table<E>, E | InvalidCsv, R | Scope.Scope> =>
  Effect.map(openReader(bytes, options), ({ dialect, rows }) => ({ ...dialect, rows }))

/**
 * The rows of a file, without its header: {@link open} for those who know it from a {@link scan}.
 *
 * Every run reads the bytes anew.
 */
export const rows = <E, R>(
  bytes: Stream.Stream<Uint8Array, E, R>,
  options?: Options
): Stream.Stream<Row, E | InvalidCsv, R> => Stream.unwrap(Effect.map(open(bytes, options), (table) => table.rows))

/**
 * Reads a whole file and keeps none of its rows: proves that {@link rows} with the same options will not fail.
 *
 * **Errors**
 *
 * {@link InvalidCsv} at the first mistake. Errors of `bytes` pass through.
 */
export const scan = <E, R>(
  bytes: Stream.Stream<Uint8Array, E, R>,
  options?: Options
): Effect.Effect<Scan, E | InvalidCsv, R> =>
  Effect.scoped(
    Effect.flatMap(openReader(bytes, options), ({ dialect, reader, rows }) => {
      let count = 0
      let ragged = 0
      const counting = Stream.runForEachArray(rows, (batch) =>
        Effect.sync(() => {
          count += batch.length
          for (const row of batch) if (row.ragged) ragged++
        })
      )
      return Effect.map(counting, () => ({ ...dialect, rows: count, ragged, bytes: reader.bytes }))
    })
  )

// internal

interface Opened<E> {
  readonly dialect: Dialect
  readonly reader: Reader
  readonly rows: Stream.Stream<Row, E | InvalidCsv>
}

const openReader = <E, R>(
  bytes: Stream.Stream<Uint8Array, E, R>,
  options: Options | undefined
): Effect.Effect<Opened<E>, E | InvalidCsv, R | Scope.Scope> =>
  Effect.flatMap(Stream.toPull(bytes), (upstream) => {
    const reader = new Reader(options)
    let pending: Array<Row> = []

    const advance = Pull.matchEffect(upstream, {
      onSuccess: (blocks) => Effect.sync(() => reader.offer(blocks)),
      onFailure: Effect.failCause,
      onDone: () => Effect.sync(() => reader.end(pending))
    })

    // Reads on until `ready`, the end of the file or its first mistake. What precedes a mistake was already parsed into
    // `pending`, so a caller that waits for rows gets those first.
    const fill = (ready: () => boolean): Effect.Effect<void, E | InvalidCsv> =>
      Effect.suspend(() => {
        let running = true
        while (running && !ready()) running = reader.step(pending)
        if (running) return Effect.void
        if (reader.failure !== undefined) return Effect.fail(new InvalidCsv(reader.failure))
        return reader.done ? Effect.void : Effect.flatMap(advance, () => fill(ready))
      })

    const pull = Effect.flatMap(
      fill(() => pending.length > 0),
      () => {
        const batch = pending
        pending = []
        return Arr.isArrayNonEmpty(batch) ? Effect.succeed(batch) : Cause.done()
      }
    )

    return Effect.flatMap(
      fill(() => reader.header !== undefined),
      () => {
        const header = reader.header
        if (header === undefined) return Effect.fail(new InvalidCsv({ line: 1, column: 1, reason: "empty" }))
        const rows = Stream.fromPull(Effect.succeed(pull))
        return Effect.succeed({
          dialect: {
            header: header.cells,
            headerLine: header.line,
            delimiter: reader.delimiter,
            encoding: reader.encoding
          },
          reader,
          rows: options?.isGuarded?.(header.cells) === true ? Stream.map(rows, unguardRow) : rows
        })
      }
    )
  })

const unguardRow = (row: Row): Row => ({ ...row, cells: row.cells.map(unguard) })
