/**
 * Keeps a spreadsheet from running a cell as a formula.
 *
 * A cell of someone's making that starts with `=`, `+`, `-`, `@`, tab or CR is evaluated when the exported file is
 * opened, and can fetch, send or start things from there. A leading apostrophe makes it text. Plain numbers and phone
 * numbers are left alone: they evaluate to themselves, and other programs read them too.
 *
 * Guarantees: `unguard(guard(cell)) === cell` for every cell, also for one with apostrophes of its own; a guarded
 * cell starts with one of those characters only if it is a plain number or a phone number. Never fails.
 */

// Apostrophes before one of the characters count too: otherwise a cell that was guarded and one that came that way
// could not be told apart on the way back.
const dangerous = /^'*[=+\-@\t\r]/
const guarded = /^'+[=+\-@\t\r]/
const plainNumber = /^-?\d+(\.\d+)?$/
const phone = /^\+\d{6,15}$/

/**
 * The cell with one apostrophe in front if a spreadsheet could evaluate it, else the cell itself.
 *
 * **Example**
 *
 * ```ts
 * import { FormulaGuard } from "@clientele/csv"
 *
 * FormulaGuard.guard("=1+1") // "'=1+1"
 * FormulaGuard.guard("'=1+1") // "''=1+1"
 * FormulaGuard.guard("-12.5") // "-12.5"
 * FormulaGuard.guard("+442079460018") // "+442079460018"
 * ```
 */
export const guard = (cell: string): string =>
  dangerous.test(cell) && !plainNumber.test(cell) && !phone.test(cell) ? `'${cell}` : cell

/**
 * Takes off the apostrophe that {@link guard} put in front.
 *
 * For files that are known to come from {@link guard}: in any other file the apostrophe is part of the value.
 */
export const unguard = (cell: string): string => (guarded.test(cell) ? cell.slice(1) : cell)
