/**
 * Finds the delimiter from the first characters of a file.
 *
 * Guarantees: the same sample gives the same answer; quotes are respected, so a delimiter inside a quoted cell counts
 * for nothing. Never fails: a sample that no delimiter splits is a file of one column, for which a comma does.
 */
import type { Delimiter, Row } from "../CsvReader.ts"
import { Parser } from "./parser.ts"

// In the order in which they win a tie.
const delimiters: ReadonlyArray<Delimiter> = [",", ";", "\t", "|"]

/** Characters of a file that are looked at. */
export const sampleLength = 65_536

// The columns of the header, as far as the records agree with them: a decimal comma or a list inside a cell may cut the
// header as well, but into fewer pieces or into pieces that the records do not have. A candidate that meets a syntax
// error is worth half, since a mistake in the file meets every candidate.
const score = (sample: string, complete: boolean, delimiter: Delimiter, maxRecordLength: number): number => {
  const rows: Array<Row> = []
  const parser = new Parser(delimiter, maxRecordLength)
  parser.feed(sample, rows)
  if (complete) parser.end(rows)
  const agreeing = rows.reduce((n, row) => (row.ragged ? n : n + 1), 1)
  return (((parser.columns - 1) * agreeing) / (rows.length + 1)) * (parser.failure === undefined ? 1 : 0.5)
}

/** The delimiter of a sample; `complete` when the sample is the whole file. */
export const detect = (sample: string, complete: boolean, maxRecordLength: number): Delimiter => {
  let best: Delimiter = ","
  let most = 0
  for (const delimiter of delimiters) {
    const points = score(sample, complete, delimiter, maxRecordLength)
    if (points > most) {
      best = delimiter
      most = points
    }
  }
  return best
}
