/**
 * Guesses which column of a table is what, where nobody says: from the headers, and from a sample of the rows. Pure: the
 * same columns and values give the same guess, in whatever order the columns stand.
 *
 * A guess is careful. A column becomes a target only if at least 95 in 100 of its filled cells can be read as one; two
 * columns never become a target that holds one value; and an address is taken from columns that belong together, the
 * business ones or the private ones. Never fails: a header that means nothing is left.
 */
import * as Result from "effect/Result"
import * as ContactImport from "./ContactImport.ts"
import type { Mapping } from "./Importing.ts"
import { contactNames, dealNames, families, fillers, type Names } from "./ImportGuessingNames.ts"
import * as Text from "./Text.ts"

/** Tells, for a target, whether a cell that is not blank can be read as what it holds. */
export type Accepts = (target: string) => (cell: string) => boolean

/** A column whose header means something and that was left all the same. */
export interface LeftColumn {
  readonly column: string
  /** What it could have been. */
  readonly target: string
  /** Its values are something else; another column is the better one; it is part of another address. */
  readonly reason: "values" | "taken" | "other_address"
}

/** What the columns of a table are taken for. */
export interface Guess {
  readonly mapping: Mapping
  readonly left: ReadonlyArray<LeftColumn>
}

/** Rows of a table as text, of which the first thousand are looked at. */
export type Sample = ReadonlyArray<ReadonlyArray<string>>

/**
 * Guesses the columns of a table of contacts.
 *
 * @example
 * ```ts
 * import { ImportGuessing } from "@clientele/core"
 *
 * const header = ["Vorname", "Nachname", "E-Mail-Adresse", "Status"]
 * const { left, mapping } = ImportGuessing.contacts(header, [["Ada", "Lovelace", "ada@example.com", "neu"]])
 * // mapping: { first_name: "Vorname", last_name: "Nachname", email: "E-Mail-Adresse" }
 * // left: [{ column: "Status", target: "status", reason: "values" }]
 * ```
 */
export const contacts = (header: ReadonlyArray<string>, sample: Sample): Guess =>
  splitNames(guess(contactTable, header, sample, isContactCell), header, sample)

/** Guesses the columns of a table of deals; what their stages and dates look like, the caller knows. */
export const deals = (header: ReadonlyArray<string>, sample: Sample, accepts: Accepts): Guess =>
  guess(dealTable, header, sample, accepts)

/** Why a column was left, for people. */
export const explain = ({ column, reason, target }: LeftColumn): string => {
  const text = JSON.stringify(column)
  switch (reason) {
    case "values":
      return `Column ${text} was not taken for ${target}: its values are of another kind`
    case "taken":
      return `Column ${text} was not taken for ${target}: another column was`
    case "other_address":
      return `Column ${text} was not taken for ${target}: the address comes from other columns`
  }
}

// internal

const sampleSize = 1_000
const leastFitting = 0.95

/** What columns of one kind of table can be. */
interface Table {
  readonly targets: ReadonlyArray<string>
  readonly isTarget: (name: string) => boolean
  /** Targets that several columns may fill. */
  readonly many: ReadonlySet<string>
  /** By the normal form of a name: the targets it is a name of, each with its place among the target's names, from 1. */
  readonly meanings: ReadonlyMap<string, ReadonlyArray<{ readonly target: string; readonly rank: number }>>
}

/** A column that may be a target. Smaller `order` is better, number by number. */
interface Candidate {
  readonly column: string
  readonly target: string
  readonly order: ReadonlyArray<number>
  /** The columns of one address share it. */
  readonly address: string
  /** How often the column has each of its values, blank ones not counted. */
  readonly values: ReadonlyMap<string, number>
}

const guess = (table: Table, header: ReadonlyArray<string>, sample: Sample, accepts: Accepts): Guess => {
  const candidates = candidatesOf(table, header, sample.slice(0, sampleSize))
  const address = bestAddress(candidates)
  const mapping = new Map<string, Mapping[string]>()
  const left: Array<LeftColumn> = []
  const used = new Set<string>()
  for (const target of targetsOf(table, candidates)) {
    const own = candidates.filter((candidate) => candidate.target === target && !used.has(candidate.column))
    const leave = (reason: LeftColumn["reason"]) => (candidate: Candidate) => {
      left.push({ column: candidate.column, target, reason })
    }
    const [near, far] = partition(own, (one) => !isAddress(target) || one.address === address)
    const [fitting, unfit] = partition(near, (one) => fits(one, accepts))
    const [first, ...rest] = fitting.sort(byOrder)
    far.forEach(leave("other_address"))
    unfit.forEach(leave("values"))
    if (first === undefined) continue
    const columns = table.many.has(target) ? [first, ...rest] : [first]
    for (const { column } of columns) used.add(column)
    rest.slice(columns.length - 1).forEach(leave("taken"))
    mapping.set(target, columns.length === 1 ? first.column : [first.column, ...rest.map(({ column }) => column)])
  }
  return { mapping: Object.fromEntries(mapping), left: left.filter(({ column }) => !used.has(column)) }
}

const isAddress = (target: string): boolean => target.startsWith("address.")

const partition = <A>(all: ReadonlyArray<A>, holds: (one: A) => boolean): readonly [Array<A>, Array<A>] => [
  all.filter(holds),
  all.filter((one) => !holds(one))
]

/** The targets of a table as they choose, and then the open ones that its header names, such as custom fields. */
const targetsOf = (table: Table, candidates: ReadonlyArray<Candidate>): Iterable<string> =>
  new Set([...table.targets, ...candidates.map(({ target }) => target).sort()])

const byOrder = (one: Candidate, other: Candidate): number => {
  const at = one.order.findIndex((value, index) => value !== other.order[index])
  if (at >= 0) return (one.order[at] ?? 0) - (other.order[at] ?? 0)
  return one.column < other.column ? -1 : 1
}

const fits = ({ target, values }: Candidate, accepts: Accepts): boolean => {
  const isOne = accepts(target)
  let filled = 0
  let fitting = 0
  for (const [value, count] of values) {
    filled += count
    if (isOne(value)) fitting += count
  }
  return fitting >= filled * leastFitting
}

/** The address of which most parts are filled. */
const bestAddress = (candidates: ReadonlyArray<Candidate>): string | undefined => {
  const parts = new Map<string, Set<string>>()
  for (const { address, target, values } of candidates) {
    if (!isAddress(target)) continue
    const found = parts.get(address) ?? new Set()
    parts.set(address, values.size === 0 ? found : found.add(target))
  }
  const [best] = [...parts].sort(([one, some], [other, others]) => others.size - some.size || (one < other ? -1 : 1))
  return best?.[0]
}

// -- Reading headers --------------------------------------------------------------------------------------------------

const candidatesOf = (table: Table, header: ReadonlyArray<string>, sample: Sample): ReadonlyArray<Candidate> =>
  header.flatMap((column, index) => {
    if (column.trim() === "" || header.indexOf(column) !== index) return []
    const { family, meanings, number } = read(table, column)
    if (meanings.length === 0) return []
    const values = valuesAt(sample, index)
    return meanings.map(({ rank, target }) => ({
      column,
      target,
      order: [Math.sign(rank), values.size === 0 ? 1 : 0, family, number, rank],
      address: `${family}.${String(number).padStart(3, "0")}`,
      values
    }))
  })

const valuesAt = (sample: Sample, index: number): ReadonlyMap<string, number> => {
  const values = new Map<string, number>()
  for (const row of sample) {
    const cell = row[index] ?? ""
    if (cell.trim() !== "") values.set(cell, (values.get(cell) ?? 0) + 1)
  }
  return values
}

/** What a header may mean: as a target's own name, as it stands, without its number, without the word for its family. */
const read = (table: Table, column: string) => {
  const own = column.trim()
  if (table.isTarget(own)) return { family: 0, number: 0, meanings: [{ target: own, rank: 0 }] }
  const words = wordsOf(column)
  const whole = table.meanings.get(words.join(""))
  if (whole !== undefined) return { family: 0, number: 0, meanings: whole }
  const number = Number(/\d{1,3}/.exec(words.join(" "))?.[0] ?? 0)
  const bare = words.map((word) => word.replace(/\d+/g, ""))
  const meanings = table.meanings.get(bare.join(""))
  if (meanings !== undefined) return { family: 0, number, meanings }
  const word = bare.find((word) => familyOf.has(word)) ?? ""
  const rest = bare.filter((other) => other !== word).join("")
  return { family: familyOf.get(word) ?? 0, number, meanings: table.meanings.get(rest) ?? [] }
}

/** The words of a name, folded, without those that mean nothing by themselves. */
const wordsOf = (name: string): ReadonlyArray<string> =>
  Text.fold(name.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2"))
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => !fillerWords.has(word))

const fillerWords = new Set(["", ...fillers])

const familyOf = new Map(families.flatMap((words, index) => words.map((word) => [Text.fold(word), index + 1] as const)))

const tableOf = (names: Names, many: ReadonlyArray<string>, isTarget: (name: string) => boolean): Table => {
  const meanings = new Map<string, Array<{ readonly target: string; readonly rank: number }>>()
  for (const [target, list] of Object.entries(names)) {
    list.forEach((name, index) => {
      const rank = index + 1
      const normal = wordsOf(name).join("")
      const known = meanings.get(normal) ?? []
      if (known.every((meaning) => meaning.target !== target)) meanings.set(normal, [...known, { target, rank }])
    })
  }
  return { targets: Object.keys(names), isTarget, many: new Set(many), meanings }
}

const contactTable = tableOf(contactNames, ["email", "phone"], ContactImport.isTarget)
const dealTable = tableOf(dealNames, [], (name) => Object.hasOwn(dealNames, name))

// -- Contacts ---------------------------------------------------------------------------------------------------------

// The reader of rows itself is asked, so that the two cannot disagree. What it finds wrong elsewhere, such as a missing
// name, is not about the cell.
const isContactCell: Accepts = (target) => {
  const reader = ContactImport.rowReader([target], {}, { [target]: target })
  if (Result.isFailure(reader)) return () => false
  return (cell) =>
    Result.match(reader.success.read({ row: 1, cells: [cell] }), {
      onSuccess: () => true,
      onFailure: (errors) => errors.every(({ column }) => column === null)
    })
}

/**
 * In several languages the family name, or the given one, is just called "name". Beside a column of the other it is the
 * whole name only if its cells contain the other's.
 */
const splitNames = (found: Guess, header: ReadonlyArray<string>, sample: Sample): Guess => {
  const { first_name: first, last_name: last, name, ...others } = found.mapping
  const part = first ?? last
  if (typeof name !== "string" || typeof part !== "string" || (first !== undefined && last !== undefined)) return found
  const [nameAt, partAt] = [header.indexOf(name), header.indexOf(part)]
  const both = sample
    .slice(0, sampleSize)
    .map((row) => ({ name: Text.fold(row[nameAt] ?? ""), part: Text.fold(row[partAt] ?? "") }))
    .filter(({ name, part }) => name !== "" && part !== "")
  const whole = both.filter(({ name, part }) => name.includes(part))
  if (whole.length * 2 >= both.length) return found
  const parts = first === undefined ? { first_name: name, last_name: part } : { first_name: part, last_name: name }
  return { ...found, mapping: { ...parts, ...others } }
}
