/**
 * The record parser: text in, rows out, synchronous and resumable at any character.
 *
 * Guarantees: the rows and the failure depend on the text alone, never on how it was cut into blocks; at most one
 * record is held besides the rows handed out. Fails by setting `failure` once and ignoring everything after it; the
 * rows before it are still handed out.
 *
 * `effect/encoding` Csv reads the same grammar (the tests hold the two against each other) but reports neither the
 * line of a record nor where inside it an error lies, so the importer could not point at either.
 */
import type { Delimiter, InvalidCsvFields, Row } from "../CsvReader.ts"

const QUOTE = 34
const CR = 13
const LF = 10
const BOM = 0xfeff

// What the next character belongs to. AFTER_QUOTE follows a quote inside a quoted cell, which either ends the cell or
// starts a doubled quote.
const CELL_START = 0
const UNQUOTED = 1
const QUOTED = 2
const AFTER_QUOTE = 3

/** The header: the first record of the file. */
export interface Header {
  readonly line: number
  readonly cells: ReadonlyArray<string>
}

export class Parser {
  header: Header | undefined = undefined
  failure: InvalidCsvFields | undefined = undefined

  private readonly delimiter: number
  private readonly maxRecordLength: number
  // No character above this one ends an unquoted cell: one comparison decides for nearly all of them.
  private readonly ceiling: number

  private state = CELL_START
  private cell = ""
  private cells: Array<string> = []
  private width = 0
  private rows = 0
  // Positions count UTF-16 code units from the start of the file; `base` is that of the block at hand.
  private base = 0
  private recordStart = 0
  private line = 1
  private recordLine = 1
  private quoteLine = 1
  // A CR ended the last record, so an LF that follows belongs to the same line end.
  private skipLF = false
  // The same for a CR inside a quoted cell, where it only matters for counting lines.
  private quotedCR = false

  constructor(delimiter: Delimiter, maxRecordLength: number) {
    this.delimiter = delimiter.charCodeAt(0)
    this.maxRecordLength = maxRecordLength
    this.ceiling = Math.max(this.delimiter, QUOTE)
  }

  /** Cells of the header, or of as much of it as was read. */
  get columns(): number {
    return this.width === 0 ? this.cells.length + 1 : this.width
  }

  /** Stops with a reason found outside of the grammar, at the place reached so far. */
  fail(reason: InvalidCsvFields["reason"], line = this.line): void {
    this.failure ??= { line, column: this.cells.length + 1, reason }
  }

  /** Reads a block and appends its rows to `out`. */
  feed(text: string, out: Array<Row>): void {
    // A NUL never belongs in text: everything before it is read first, so that an earlier mistake is the one reported.
    const nul = text.indexOf("\0")
    this.read(nul === -1 ? text : text.slice(0, nul), out)
    if (nul !== -1) this.fail("nul")
  }

  /** Ends the file: the last record needs no line end. */
  end(out: Array<Row>): void {
    if (this.failure !== undefined) return
    if (this.state === QUOTED) return this.fail("unclosed_quote", this.quoteLine)
    if (this.base > this.recordStart) {
      this.cells.push(this.cell)
      this.endRecord(this.base - this.recordStart, out)
    }
  }

  private tooLarge(position: number): boolean {
    if (position - this.recordStart <= this.maxRecordLength) return false
    this.fail("record_too_large", this.state === QUOTED || this.state === AFTER_QUOTE ? this.quoteLine : this.line)
    return true
  }

  private endRecord(size: number, out: Array<Row>): void {
    const cells = this.cells
    this.cells = []
    if (size === 0) return
    if (this.header !== undefined) {
      out.push({ line: this.recordLine, row: ++this.rows, cells, ragged: cells.length !== this.width })
      return
    }
    this.width = cells.length
    const seen = new Set<string>()
    for (const [i, cell] of cells.entries()) {
      const name = cell.trim()
      // Spreadsheets leave nameless columns behind; nothing can be mapped to them, so they cannot clash.
      if (name === "") continue
      if (seen.has(name)) {
        this.failure = { line: this.recordLine, column: i + 1, reason: "duplicate_header", header: name }
        return
      }
      seen.add(name)
    }
    this.header = { line: this.recordLine, cells }
  }

  private countLines(text: string, start: number, end: number): void {
    let afterCR = this.quotedCR
    let line = this.line
    for (let i = start; i < end; i++) {
      const c = text.charCodeAt(i)
      if (c > CR) {
        afterCR = false
        continue
      }
      if (c === CR) line++
      else if (c === LF && !afterCR) line++
      afterCR = c === CR
    }
    this.quotedCR = afterCR
    this.line = line
  }

  private read(text: string, out: Array<Row>): void {
    const length = text.length
    if (length === 0 || this.failure !== undefined) return
    const { base, ceiling, delimiter } = this
    let i = 0
    if (base === 0 && text.charCodeAt(0) === BOM) {
      i = 1
      this.recordStart = 1
    }
    let cell = this.cell
    while (i < length) {
      if (this.state === CELL_START) {
        const c = text.charCodeAt(i)
        if (this.skipLF) {
          this.skipLF = false
          if (c === LF) {
            this.recordStart = base + ++i
            continue
          }
        }
        if (c === QUOTE) {
          this.state = QUOTED
          this.quoteLine = this.line
          this.quotedCR = false
          i++
          continue
        }
        this.state = UNQUOTED
      }
      // Where a cell ends, and with which character.
      let end = i
      let c = 0
      if (this.state === UNQUOTED) {
        while (end < length) {
          c = text.charCodeAt(end)
          if (c <= ceiling && (c === delimiter || c === LF || c === CR || c === QUOTE)) break
          end++
        }
        if (end > i) cell = cell === "" ? text.slice(i, end) : cell + text.slice(i, end)
        if (end === length) break
        if (c === QUOTE) {
          if (!this.tooLarge(base + end)) this.fail("stray_quote")
          return
        }
      } else if (this.state === QUOTED) {
        const quote = text.indexOf('"', i)
        const stop = quote === -1 ? length : quote
        if (stop > i) {
          cell = cell === "" ? text.slice(i, stop) : cell + text.slice(i, stop)
          this.countLines(text, i, stop)
        }
        if (quote === -1) break
        this.state = AFTER_QUOTE
        i = quote + 1
        continue
      } else {
        c = text.charCodeAt(i)
        if (c === QUOTE) {
          cell += '"'
          this.state = QUOTED
          this.quotedCR = false
          i++
          continue
        }
        if (c !== delimiter && c !== CR && c !== LF) {
          if (!this.tooLarge(base + i)) this.fail("stray_quote")
          return
        }
      }
      if (base + end - this.recordStart > this.maxRecordLength && this.tooLarge(base + end)) return
      this.cells.push(cell)
      cell = ""
      this.state = CELL_START
      i = end + 1
      if (c !== delimiter) {
        this.endRecord(base + end - this.recordStart, out)
        if (this.failure !== undefined) return
        this.recordStart = base + i
        this.recordLine = ++this.line
        this.skipLF = c === CR
      }
    }
    this.cell = cell
    this.base = base + length
    this.tooLarge(this.base)
  }
}
