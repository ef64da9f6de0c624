/** Uploads of tables: from the parts of a form to an import that is done, or that is accepted. */
import { missingHeaders } from "@clientele/core/domain/ImportColumns"
import type { Mapping } from "@clientele/core/domain/Importing"
import type { ImportTable } from "@clientele/core/services/Imports"
import * as CsvReader from "@clientele/csv/CsvReader"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Stream from "effect/Stream"
import type { Multipart } from "effect/http"

export interface ImportParts<Options> {
  readonly file: Multipart.PersistedFile
  readonly mapping?: Mapping
  readonly options?: Options & { readonly async?: boolean }
}

/** What to do with a table: answer when it is done, or when it is accepted. */
export interface Ways<Options, Done, Accepted, E, R> {
  readonly now: (table: ImportTable<CsvReader.InvalidCsv, never, Options>) => Effect.Effect<Done, E, R>
  readonly later: (table: ImportTable<CsvReader.InvalidCsv, never, Options>) => Effect.Effect<Accepted, E, R>
}

/** Reads the file once, from its header on; what is wrong with it is found before anything is imported. */
export const importUpload = Effect.fnUntraced(function* <Options, Done, Accepted, E, R>(
  files: FileSystem.FileSystem,
  { file, mapping, options: given }: ImportParts<Options>,
  ways: Ways<Omit<Options, "async">, Done, Accepted, E, R>
) {
  // Our own spooled file: failing to read it is no fault of the request.
  const { header, headerLine: line, rows } = yield* CsvReader.open(Stream.orDie(files.stream(file.path)))
  const [missing] = missingHeaders(mapping ?? {}, header)
  if (missing !== undefined) {
    return yield* new CsvReader.InvalidCsv({ line, column: 1, reason: "missing_header", header: missing })
  }
  if (given === undefined) return yield* ways.now({ header, rows, mapping })
  const { async, ...options } = given
  return yield* async === true
    ? ways.later({ header, rows, mapping, options })
    : ways.now({ header, rows, mapping, options })
}, Effect.scoped)
