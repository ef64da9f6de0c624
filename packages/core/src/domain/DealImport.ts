/**
 * Reading rows of a table as deals: from the cells to what creates one, whom it is for, and when it began and ended. Stages
 * are read by the table's own names for them, then by the pipeline's keys and labels; amounts with or without separators of
 * thousands; dates by the format that the options say.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { DealCreate } from "./Deal.ts"
import * as DateFormat from "./DateFormat.ts"
import * as Email from "./Email.ts"
import { InvalidStage, ValidationError } from "./Errors.ts"
import {
  type Cell,
  cellError,
  columnsOf,
  fingerprintOf,
  parseTarget,
  readerOf,
  type RowReader as TableReader,
  type Targets
} from "./ImportColumns.ts"
import type { Accepts } from "./ImportGuessing.ts"
import type { DealImportOptions, Mapping, RowError } from "./Importing.ts"
import { type Pipeline, typeOf } from "./Pipeline.ts"
import * as Text from "./Text.ts"
import * as Time from "./Time.ts"
import { issuesOf } from "./Validation.ts"

/** A row that could be read. */
export interface ReadDeal {
  readonly row: number
  readonly input: DealCreate
  /** Members of the input that no cell says, but the options. */
  readonly implied: ReadonlyArray<"ownerId">
  /** Whom the deal is for: an id, ours or that of another system, or the key of an e-mail address. */
  readonly contact: { readonly kind: "email" | "id"; readonly value: string } | null
  readonly createdAt: DateTime.Utc | null
  readonly closedAt: DateTime.Utc | null
  readonly cells: ReadonlyArray<Cell>
  /** What is wrong with cells that were left out. */
  readonly left: ReadonlyArray<RowError>
}

/** What stages there are, and where days begin. */
export interface Surroundings {
  readonly pipeline: Pipeline
  readonly zone: DateTime.TimeZone
}

export type RowReader = TableReader<ReadDeal>

/** Prepares reading: fails when the mapping or an option names what there is not. See `ContactImport.rowReader`. */
export const rowReader = (
  header: ReadonlyArray<string>,
  options: DealImportOptions,
  mapping: Mapping,
  surroundings: Surroundings,
  guessed = false
): Result.Result<RowReader, ValidationError> =>
  Result.gen(function* () {
    const columns = yield* columnsOf(targets, mapping, header)
    const values = yield* valueReaders(options, surroundings)
    return readerOf(header, mapping, columns, guessed, (row, cells, left) =>
      readRow({ row, cells, left }, values, options)
    )
  })

/** What a row says under which an equal row of another table is recognised. */
export const fingerprint = ({ cells }: ReadDeal): string => fingerprintOf(cells)

/** The error of a row at the cell of a target. */
export const errorAt = (
  { cells, row }: Pick<ReadDeal, "cells" | "row">,
  target: string,
  code: RowError["code"],
  message: string
): RowError =>
  cellError(
    row,
    cells.find((cell) => cell.target === target),
    code,
    message
  )

/** Whether a cell can be read as what a target holds. */
export const accepts =
  (options: DealImportOptions, surroundings: Surroundings): Accepts =>
  (target) => {
    const reader = rowReader([target], options, { [target]: target }, surroundings)
    return Result.match(reader, {
      onFailure: () => () => false,
      onSuccess:
        ({ read }) =>
        (cell) =>
          Result.match(read({ row: 1, cells: [cell] }), {
            onSuccess: () => true,
            onFailure: (errors) => errors.every(({ column }) => column === null)
          })
    })
  }

// internal

const plainTargets = new Set([
  "name",
  "value",
  "currency",
  "stage",
  "probability",
  "expected_close",
  "created_at",
  "closed_at",
  "contact_email",
  "contact_id",
  "external_id",
  "company",
  "owner_id",
  "notes",
  "lost_reason"
])

const targets: Targets = {
  isTarget: ({ key, target }) => key === "" && plainTargets.has(target),
  many: new Set(),
  of: "a deal"
}

/** Whether a mapping may name it: something a deal has. */
export const isTarget = (name: string): boolean => targets.isTarget(parseTarget(name))

// -- Values -----------------------------------------------------------------------------------------------------------

/** What is wrong with a cell, where it is not what its target holds. */
type Read<A> = Result.Result<A, { readonly code: RowError["code"]; readonly message: string }>

interface ValueReaders extends Surroundings {
  readonly stage: (cell: string) => Read<string>
  readonly date: DateFormat.DateReader
  readonly dateExpected: string
}

const misfit = (message: string, code: RowError["code"] = "validation_error") => Result.fail({ code, message })

const valueReaders = (
  { dateFormat, stageMap = {} }: DealImportOptions,
  { pipeline, zone }: Surroundings
): Result.Result<ValueReaders, ValidationError> => {
  const date = dateFormat === undefined ? Option.some(DateFormat.iso) : DateFormat.make(dateFormat)
  const unknown = Object.entries(stageMap).filter(([, key]) => typeOf(pipeline, key) === undefined)
  const issues = [
    ...(Option.isSome(date)
      ? []
      : [{ path: "options.date_format", message: "Expected year, month and day, such as DD.MM.YYYY" }]),
    ...unknown.map(([name, stage]) => ({
      path: `options.stage_map.${name}`,
      message: invalidStage(stage, pipeline).message
    }))
  ]
  if (Option.isNone(date) || issues.length > 0) return Result.fail(new ValidationError({ issues }))
  const stages = new Map([
    ...pipeline.stages.map(({ key, label }) => [Text.fold(label), key] as const),
    ...pipeline.stages.map(({ key }) => [Text.fold(key), key] as const),
    ...Object.entries(stageMap).map(([name, key]) => [Text.fold(name), key] as const)
  ])
  return Result.succeed({
    pipeline,
    zone,
    stage: (cell) => {
      const key = stages.get(Text.fold(cell))
      return key === undefined
        ? misfit(invalidStage(cell.trim(), pipeline).message, "invalid_stage")
        : Result.succeed(key)
    },
    date: date.value,
    dateExpected: dateFormat === undefined ? "Expected a date in ISO 8601" : `Expected a date as ${dateFormat}`
  })
}

const invalidStage = (stage: string, { stages }: Pipeline): InvalidStage =>
  new InvalidStage({ stage: stage.slice(0, 100), stages: stages.map(({ key }) => key) })

/** An amount in digits, perhaps in groups of three, perhaps after the sign of a currency. */
const amount = (cell: string): Read<number> => {
  const text = /^\p{Sc}?\s*(\d+|\d{1,3}(?:,\d{3})+)(\.\d+)?$/u.exec(cell.trim())
  return text === null
    ? misfit("Expected an amount, such as 12500.50")
    : Result.succeed(Number(`${text[1]?.replaceAll(",", "")}${text[2] ?? ""}`))
}

const percent = (cell: string): Read<number> => {
  const text = /^(\d{1,3})(?:\.0+)?\s*%?$/.exec(cell.trim())
  return text === null ? misfit("Expected a whole number from 0 to 100") : Result.succeed(Number(text[1]))
}

// -- Rows -------------------------------------------------------------------------------------------------------------

const decodeInput = Schema.decodeUnknownResult(DealCreate, { errors: "all" })

const readRow = (
  { cells, left, row }: Pick<ReadDeal, "cells" | "left" | "row">,
  { date, dateExpected, pipeline, stage, zone }: ValueReaders,
  options: DealImportOptions
): Result.Result<ReadDeal, ReadonlyArray<RowError>> => {
  const errors: Array<RowError> = []
  const cellOf = (target: string) => cells.find((cell) => cell.target === target)
  const text = (target: string) => cellOf(target)?.cell
  const value = <A>(target: string, read: (cell: string) => Read<A>): A | undefined => {
    const cell = cellOf(target)
    if (cell === undefined) return undefined
    const result = read(cell.cell)
    if (Result.isSuccess(result)) return result.success
    errors.push(cellError(row, cell, result.failure.code, result.failure.message))
    return undefined
  }
  const dated = (cell: string): Read<string> =>
    Option.match(date(cell), { onNone: () => misfit(dateExpected), onSome: Result.succeed })
  const instant = (target: string) => {
    const found = value(target, dated)
    return found === undefined ? null : Time.firstMoment(found, zone)
  }
  const address = (cell: string): Read<string> => {
    const key = Email.key(cell)
    return key === undefined ? misfit("Expected an e-mail address") : Result.succeed(key)
  }

  const reached = value("stage", stage)
  const isClosed = reached !== undefined && typeOf(pipeline, reached) !== "open"
  const createdAt = instant("created_at")
  // A date of an open deal is one of closing that is still to come: that is what `expected_close` says.
  const closedAt = isClosed ? instant("closed_at") : null
  if (createdAt !== null && closedAt !== null && DateTime.isLessThan(closedAt, createdAt)) {
    errors.push(cellError(row, cellOf("closed_at"), "validation_error", "Expected a time after that of creation"))
  }
  const draft = {
    name: text("name"),
    value: value("value", amount),
    currency: text("currency")?.trim().toUpperCase(),
    stage: reached,
    // A closed deal has the probability of its stage, whatever it had before.
    probability: isClosed ? undefined : value("probability", percent),
    expected_close: value("expected_close", dated)?.slice(0, 10),
    external_id: text("external_id")?.trim(),
    company: text("company"),
    owner_id: text("owner_id")?.trim() ?? options.ownerId,
    notes: text("notes"),
    lost_reason: text("lost_reason")
  }
  const email = value("contact_email", address)
  const id = text("contact_id")?.trim()
  const input = decodeInput(Object.fromEntries(Object.entries(draft).filter(([, member]) => member !== undefined)))
  if (Result.isFailure(input)) {
    for (const { message, path } of issuesOf(input.failure)) {
      const isMissing = path === "name" && message === "Missing key"
      errors.push(errorAt({ cells, row }, path, "validation_error", isMissing ? "No name" : message))
    }
  }
  if (Result.isFailure(input) || errors.length > 0) return Result.fail(errors)
  return Result.succeed({
    row,
    input: input.success,
    implied: text("owner_id") === undefined ? ["ownerId"] : [],
    contact:
      id !== undefined ? { kind: "id", value: id } : email !== undefined ? { kind: "email", value: email } : null,
    createdAt,
    closedAt,
    cells,
    left
  })
}
