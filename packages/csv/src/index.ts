/**
 * Reading and writing CSV for import and export.
 */

/** Reads CSV from a stream of bytes. */
export * as CsvReader from "./CsvReader.ts"

/** Writes rows as CSV. */
export * as CsvWriter from "./CsvWriter.ts"

/** Exports as bytes. */
export * as ExportWriter from "./ExportWriter.ts"

/** Keeps a spreadsheet from running a cell as a formula. */
export * as FormulaGuard from "./FormulaGuard.ts"
