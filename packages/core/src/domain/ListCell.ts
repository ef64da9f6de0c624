/**
 * Lists of text in one cell of a table. Written with `;` between the items, as people write them; as a JSON array where
 * that would not read back as it was. Read either way.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/**
 * The cell of a list.
 *
 * @example
 * ```ts
 * import { ListCell } from "@clientele/core"
 *
 * ListCell.write(["vip", "new customer"]) // "vip;new customer"
 * ListCell.write(["a;b", "c"]) // `["a;b","c"]`
 * ```
 */
export const write = (items: ReadonlyArray<string>): string =>
  items.length === 0 || items.some(isAmbiguous) ? JSON.stringify(items) : items.join(";")

/** The items of a cell, which are separated by `;` unless told otherwise. A cell that is blank has none. */
export const read = (cell: string, separators: RegExp = /;/): ReadonlyArray<string> => {
  const array = readArray(cell)
  if (Result.isSuccess(array)) return array.success
  return cell
    .split(separators)
    .map((item) => item.trim())
    .filter((item) => item !== "")
}

// internal

const isAmbiguous = (item: string): boolean => item.trim() !== item || item === "" || /^\[|[;,]|:::/.test(item)

const decodeArray = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Array(Schema.String)))

const readArray = (cell: string) => (cell.trimStart().startsWith("[") ? decodeArray(cell) : Result.fail(undefined))
