/** Columns of a table to import: from a mapping to the cells of a row by their targets, and from a cell to its error. */
import * as Result from "effect/Result"
import { type Issue, ValidationError } from "./Errors.ts"
import type { ImportRow, Mapping, RowError } from "./Importing.ts"
import * as Text from "./Text.ts"

const types = ["number", "boolean", "list", "json"] as const

export interface Target {
  /** The plain target, or the group that `key` belongs to. */
  readonly target: string
  readonly key: string
  readonly type: (typeof types)[number] | "text"
}

export interface Column extends Target {
  readonly column: string
  readonly index: number
}

/** A cell that is not blank, and what it is of. */
export interface Cell extends Target {
  readonly column: string
  readonly cell: string
}

/** What can be imported of a kind of record. */
export interface Targets {
  readonly isTarget: (target: Target) => boolean
  /** Targets that take several columns. */
  readonly many: ReadonlySet<string>
  /** What has them, with its article. */
  readonly of: string
}

/** Headers that a mapping names and the table lacks. */
export const missingHeaders = (mapping: Mapping, header: ReadonlyArray<string>): ReadonlyArray<string> =>
  Object.values(mapping)
    .flat()
    .filter((name) => !header.includes(name))

/** The type that the end of a header, or of a target, gives to its column. */
export const suffixOf = (text: string) => types.find((type) => text.endsWith(`:${type}`))

export const parseTarget = (name: string, column = ""): Target => {
  const suffix = suffixOf(name)
  const bare = suffix === undefined ? name : name.slice(0, -suffix.length - 1)
  const dot = bare.indexOf(".")
  const type = suffix ?? suffixOf(column) ?? "text"
  return dot < 0 ? { target: bare, key: "", type } : { target: bare.slice(0, dot), key: bare.slice(dot + 1), type }
}

/** The columns of a mapping; fails when it names an unknown target, or a header that the table lacks. */
export const columnsOf = (
  targets: Targets,
  mapping: Mapping,
  header: ReadonlyArray<string>
): Result.Result<ReadonlyArray<Column>, ValidationError> => {
  const issues = mappingIssues(targets, mapping, header)
  return issues.length > 0
    ? Result.fail(new ValidationError({ issues }))
    : Result.succeed(
        Object.entries(mapping).flatMap(([name, headers]) =>
          [headers].flat().map((column) => ({ ...parseTarget(name, column), column, index: header.indexOf(column) }))
        )
      )
}

/** Reads rows of one table. */
export interface RowReader<Row> {
  /** The mapping in force. */
  readonly mapping: Mapping
  /** Headers of columns that nothing is read from. */
  readonly unmapped: ReadonlyArray<string>
  readonly read: (row: ImportRow) => Result.Result<Row, ReadonlyArray<RowError>>
}

/** How the cells of a row are read; `left` is what was wrong with cells that are not among them any more. */
export type ReadCells<Row> = (
  row: number,
  cells: ReadonlyArray<Cell>,
  left: ReadonlyArray<RowError>
) => Result.Result<Row, ReadonlyArray<RowError>>

/** The reader of a table. With a mapping that was guessed, cells that cannot be read are left out of their rows. */
export const readerOf = <Row>(
  header: ReadonlyArray<string>,
  mapping: Mapping,
  columns: ReadonlyArray<Column>,
  guessed: boolean,
  readCells: ReadCells<Row>
): RowReader<Row> => {
  const used = new Set(columns.map(({ column }) => column))
  return {
    mapping,
    unmapped: header.filter((name) => !used.has(name)),
    read: (row) => {
      if (row.cells.length !== header.length) return Result.fail([raggedRow(row, header.length)])
      const cells = cellsOf(columns, row)
      const read = readCells(row.row, cells, [])
      if (!guessed || Result.isSuccess(read)) return read
      const left = read.failure.filter(({ column }) => column !== null)
      const misfits = new Set(left.map(({ column }) => column))
      const fitting = cells.filter(({ column }) => !misfits.has(column))
      return readCells(row.row, fitting, left)
    }
  }
}

/** Cells by what they say alone, in whichever order and under whichever headers they stand. */
export const fingerprintOf = (cells: ReadonlyArray<Cell>): string =>
  JSON.stringify(cells.map(({ cell, key, target, type }) => [target, key, type, cell.trim()].join("\u0001")).sort())

/** What is wrong with a row as a whole. */
export const rowError = (row: number, code: RowError["code"], message: string): RowError => ({
  row,
  column: null,
  value: null,
  code,
  message
})

/** What is wrong with a cell, or with the whole row where no cell is at fault. Of a long cell its beginning is shown. */
export const cellError = (row: number, cell: Cell | undefined, code: RowError["code"], message: string): RowError => ({
  row,
  column: cell?.column ?? null,
  value: cell === undefined ? null : Text.storable(cell.cell.slice(0, shownLength)),
  code,
  message
})

// internal

const shownLength = 1_000

const mappingIssues = (
  { isTarget, many, of }: Targets,
  mapping: Mapping,
  header: ReadonlyArray<string>
): ReadonlyArray<Issue> => {
  const issues = Object.entries(mapping).flatMap(([target, columns]): ReadonlyArray<Issue> => {
    const path = `mapping.${target}`
    if (!isTarget(parseTarget(target))) return [{ path, message: `Expected the name of something ${of} has` }]
    if (Array.isArray(columns) && columns.length > 1 && !many.has(target)) {
      const several = many.size === 0 ? "" : `; only ${[...many].join(" and ")} take several`
      return [{ path, message: `Expected one column${several}` }]
    }
    return missingHeaders({ [target]: columns }, header).map((name) => ({
      path,
      message: `No column has the header ${JSON.stringify(name)}`
    }))
  })
  return issues.length === 0 && Object.keys(mapping).length === 0
    ? [{ path: "mapping", message: `Expected at least one column that is something ${of} has` }]
    : issues
}

/** The cells of a row that are not blank, by column. */
const cellsOf = (columns: ReadonlyArray<Column>, { cells }: ImportRow): ReadonlyArray<Cell> => {
  const filled: Array<Cell> = []
  for (const { column, index, key, target, type } of columns) {
    const cell = cells[index] ?? ""
    if (cell.trim() !== "") filled.push({ target, key, type, column, cell })
  }
  return filled
}

/** A row fails alone that has more or fewer cells than the header. */
const raggedRow = ({ cells, row }: ImportRow, expected: number): RowError => ({
  row,
  column: null,
  value: null,
  code: "ragged_row",
  message: `Expected ${expected} cells, found ${cells.length}`
})
