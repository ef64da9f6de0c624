/** The jobs that imports are: what they are given, how far they are, and what comes of them. */
import * as Schema from "effect/Schema"
import * as ImportGuessing from "../domain/ImportGuessing.ts"
import * as Importing from "../domain/Importing.ts"
import type { JobId } from "../domain/Ids.ts"
import * as JobHandler from "./JobHandler.ts"

/** How a table is read. */
export interface Plan<Options> {
  readonly header: ReadonlyArray<string>
  readonly mapping: Importing.Mapping
  readonly guessed: boolean
  readonly unmapped: ReadonlyArray<string>
  readonly warnings: ReadonlyArray<string>
  readonly options: Options
}

export interface Params<Options> extends Plan<Options> {
  readonly chunks: number
}

/** The position is the number of the next chunk. */
export type ImportType<Options> = JobHandler.JobType<Params<Options>, number, Importing.ImportReport>

const typeOf = <Options>(kind: Importing.ImportKind, options: Schema.ConstraintCodec<Options, unknown>) =>
  JobHandler.type({
    kind: `import_${kind}`,
    params: Schema.Struct({ ...sharedParams, options }),
    position: Schema.Int,
    result: Importing.ImportReport
  })

const sharedParams = {
  header: Schema.Array(Schema.String),
  mapping: Importing.Mapping,
  guessed: Schema.Boolean,
  unmapped: Schema.Array(Schema.String),
  warnings: Schema.Array(Schema.String),
  chunks: Schema.Int
}

export const contacts = typeOf("contacts", Importing.ImportOptions)
export const deals = typeOf("deals", Importing.DealImportOptions)

/** What a job of this kind imports; undefined when it imports nothing. */
export const kindOf = ({ kind }: { readonly kind: string }): Importing.ImportKind | undefined =>
  kind === contacts.kind ? "contacts" : kind === deals.kind ? "deals" : undefined

/** Takes back what an import has created. The position is the number of the last chunk that was looked at. */
export const revert = JobHandler.type({
  kind: "revert_import",
  params: Importing.RevertParams,
  position: Schema.Int,
  result: Importing.RevertReport
})

/** What a plan takes from the mapping in force, and from the guess that it may be. */
export const planOf = (
  { mapping, unmapped }: Pick<Plan<unknown>, "mapping" | "unmapped">,
  guess: ImportGuessing.Guess | undefined
) => ({
  mapping,
  unmapped,
  guessed: guess !== undefined,
  warnings: (guess?.left ?? []).map(ImportGuessing.explain).slice(0, Importing.maxErrors)
})

/** The report of an import of which nothing is done yet. */
export const emptyReport = (
  id: JobId,
  { mapping, unmapped, warnings }: Pick<Plan<unknown>, "mapping" | "unmapped" | "warnings">
): Importing.ImportReport => ({
  jobId: id,
  status: "running",
  rows: 0,
  imported: 0,
  updated: 0,
  skipped: 0,
  failed: 0,
  mapping,
  unmapped,
  warnings,
  errors: []
})

export const decodeParams = Schema.decodeUnknownEffect(Schema.Struct({ ...sharedParams, options: Schema.Unknown }))
export const decodeReport = Schema.decodeUnknownEffect(Schema.toCodecJson(Importing.ImportReport))
export const decodeRevert = Schema.decodeUnknownEffect(Schema.toCodecJson(Importing.RevertReport))
