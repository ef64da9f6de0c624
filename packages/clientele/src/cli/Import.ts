/**
 * `clientele import`: a table of contacts or deals into the database. It is a job, as over HTTP: the file is read first and
 * refused as a whole if it cannot be, and should the command be stopped after that, a server on the database finishes it.
 */
import { isOwnHeader } from "@clientele/core/domain/Exporting"
import * as Importing from "@clientele/core/domain/Importing"
import type { Job } from "@clientele/core/domain/Job"
import { Imports } from "@clientele/core/services/Imports"
import * as JobRunner from "@clientele/core/services/JobRunner"
import { Jobs } from "@clientele/core/services/Jobs"
import * as CsvReader from "@clientele/csv/CsvReader"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Stdio } from "effect/Stdio"
import * as Stream from "effect/Stream"
import { Argument, Command, Flag } from "effect/cli"
import { strictly, valid } from "./Given.ts"
import { progress } from "./Progress.ts"
import { inTenant, tenant } from "./Tenant.ts"
import { amount, lines } from "./Text.ts"

export const importCommand = Command.make(
  "import",
  {
    file: Argument.String("file").pipe(Argument.withDescription("The table, as CSV")),
    kind: Flag.Literals("kind", Importing.ImportKind.literals).pipe(
      Flag.withDescription("What the table is of"),
      Flag.withDefault("contacts")
    ),
    mapping: Flag.String("mapping").pipe(
      Flag.withDescription("Which column is what, as JSON; guessed unless given"),
      Flag.withSchema(Schema.fromJsonString(Importing.Mapping)),
      Flag.optional
    ),
    options: Flag.String("options").pipe(
      Flag.withDescription("Options as JSON, by the names that they have over HTTP"),
      Flag.withDefault("{}")
    ),
    tenant
  },
  ({ file, kind, mapping, options, tenant }) =>
    inTenant(
      tenant,
      Effect.gen(function* () {
        const job = yield* accept(kind, file, Option.getOrUndefined(mapping), options)
        const report = yield* Effect.orDie(decodeReport((yield* finish(job)).result))
        yield* print(report)
        if (report.failed > 0) return yield* new RowsFailed({ failed: report.failed, rows: report.rows })
      })
    )
).pipe(Command.withDescription("Import contacts or deals from CSV. Exits with 1 when a row failed."))

/** The table on a terminal: the figures, and what is to be said about columns and rows. */
export const draw = (report: Importing.ImportReport): string => {
  const { errors, failed, imported, rows, skipped, updated, warnings } = report
  const figures = Object.entries({ imported, updated, skipped, failed }).map(([what, n]) => `${amount(n)} ${what}`)
  return lines([
    `${amount(rows)} rows: ${figures.join(", ")}`,
    ...warnings,
    ...errors.map(({ column, message, row }) => `Row ${row}${column === null ? "" : `, ${column}`}: ${message}`)
  ])
}

// internal

class RowsFailed extends Schema.TaggedError<RowsFailed>("clientele/RowsFailed")("RowsFailed", {
  failed: Schema.Int,
  rows: Schema.Int
}) {
  override get message(): string {
    return `${amount(this.failed)} of ${amount(this.rows)} rows failed`
  }
}

/** Reads the file; what is wrong with it is found before anything is imported. */
const accept = Effect.fnUntraced(function* (
  kind: Importing.ImportKind,
  file: string,
  mapping: Importing.Mapping | undefined,
  options: string
) {
  const files = yield* FileSystem.FileSystem
  const imports = yield* Imports
  const required = Object.values(mapping ?? {}).flat()
  const table = yield* CsvReader.open(files.stream(file), { isGuarded: isOwnHeader, required })
  return kind === "contacts"
    ? yield* imports.startContacts({ ...table, mapping, options: yield* valid(contactOptions(options)) })
    : yield* imports.startDeals({ ...table, mapping, options: yield* valid(dealOptions(options)) })
}, Effect.scoped)

/** Works on the job until it has ended, and shows how far it is. */
const finish = Effect.fnUntraced(function* ({ id }: Job) {
  const jobs = yield* Jobs
  const show = yield* progress
  const showing = Stream.runForEach(jobs.watch(id), ({ done, total }) => show(done, total ?? done))
  yield* Effect.forkScoped(showing)
  const ended = yield* JobRunner.runToEnd(id)
  yield* show(ended.done, ended.done)
  return ended
}, Effect.scoped)

const print = Effect.fnUntraced(function* (report: Importing.ImportReport) {
  const { stdoutIsTerminal } = yield* Stdio
  yield* Console.log((yield* stdoutIsTerminal) ? draw(report) : JSON.stringify(encodeReport(report)))
})

const contactOptions = Schema.decodeUnknownEffect(Schema.fromJsonString(Importing.ImportOptions), strictly)
const dealOptions = Schema.decodeUnknownEffect(Schema.fromJsonString(Importing.DealImportOptions), strictly)
const decodeReport = Schema.decodeUnknownEffect(Schema.toCodecJson(Importing.ImportReport))
const encodeReport = Schema.encodeSync(Importing.ImportReport)
