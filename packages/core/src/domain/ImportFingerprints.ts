/**
 * Recognising rows that have neither an external id nor an e-mail address: by an equal row of an earlier import. Of equal
 * rows of one table the first is recognised by the first of that one, the second by the second, and so on; what is left
 * over is new. So the same table twice changes nothing, and one with two equal rows makes two records, once.
 */
import * as Option from "effect/Option"
import type { JobId } from "./Ids.ts"
import { rowError } from "./ImportColumns.ts"
import type { Fingerprint, RowError } from "./Importing.ts"

/** A row to remember, by what it says. */
export interface Entry extends Pick<Fingerprint, "importId" | "ordinal" | "recordId"> {
  readonly text: string
}

/** The rows of an import, beside those of earlier ones that say the same. */
export const make = (known: ReadonlyMap<string, ReadonlyArray<Fingerprint>>, importId: JobId) => {
  const current = new Map([...known].map(([text, found]) => [text, found.toSorted((a, b) => a.ordinal - b.ordinal)]))
  const changed = new Map<string, Entry>()

  return {
    /**
     * The record that a row has become already; none when the row is new, and then it becomes the given one, as does a row
     * whose record is gone.
     */
    recognise: (text: string, recordId: string): Option.Option<string> => {
      const equal = current.get(text) ?? []
      const index = equal.findIndex((one) => one.importId !== importId)
      const earlier = equal[index]
      const isKnown = earlier?.live ?? false
      const next = {
        ordinal: earlier?.ordinal ?? (equal.at(-1)?.ordinal ?? 0) + 1,
        importId,
        recordId: isKnown && earlier !== undefined ? earlier.recordId : recordId,
        live: true
      }
      current.set(text, earlier === undefined ? [...equal, next] : equal.with(index, next))
      changed.set(`${next.ordinal} ${text}`, { text, ordinal: next.ordinal, importId, recordId: next.recordId })
      return isKnown ? Option.some(next.recordId) : Option.none()
    },
    /** What is to be remembered now. */
    entries: (): ReadonlyArray<Entry> => [...changed.values()]
  }
}

/** A row that an earlier import has had. */
export const alreadyImported = (row: number): RowError =>
  rowError(row, "already_imported", "An earlier import had this row already")
