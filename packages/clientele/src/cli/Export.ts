/** `clientele export`: all contacts or deals that match, into a file or to standard output. */
import { ContactExportQuery, DealExportQuery } from "@clientele/api/ExportsApi"
import { ImportKind } from "@clientele/core/domain/Importing"
import { Contacts } from "@clientele/core/services/Contacts"
import { Deals } from "@clientele/core/services/Deals"
import { Exports } from "@clientele/core/services/Exports"
import * as ExportWriter from "@clientele/csv/ExportWriter"
import { toContactQuery } from "@clientele/http/ContactsHandlers"
import { toDealQuery } from "@clientele/http/DealsHandlers"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { isPlatformError } from "effect/PlatformError"
import { Stdio } from "effect/Stdio"
import * as Stream from "effect/Stream"
import { Command, Flag } from "effect/cli"
import { strictly, valid } from "./Given.ts"
import { progress } from "./Progress.ts"
import { inTenant, tenant } from "./Tenant.ts"

export const exportCommand = Command.make(
  "export",
  {
    kind: Flag.Literals("kind", ImportKind.literals).pipe(
      Flag.withDescription("What to export"),
      Flag.withDefault("contacts")
    ),
    format: Flag.Literals("format", ExportWriter.Format.literals).pipe(
      Flag.withDescription("A table, or lines of JSON"),
      Flag.withDefault("csv")
    ),
    filter: Flag.KeyValuePair("filter").pipe(
      Flag.withDescription("Only what matches: a filter of the list, such as status=active"),
      Flag.withDefault({})
    ),
    output: Flag.String("output").pipe(
      Flag.withAlias("o"),
      Flag.withDescription("The file to write; standard output unless given"),
      Flag.optional
    ),
    tenant
  },
  ({ filter, format, kind, output, tenant }) =>
    inTenant(
      tenant,
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const stdio = yield* Stdio
        const bytes = yield* kind === "contacts" ? contacts(filter, format) : deals(filter, format)
        const sink = Option.match(output, {
          onNone: () => stdio.stdout({ endOnDone: false }),
          onSome: (path) => files.sink(path)
        })
        yield* Effect.catchIf(Stream.run(bytes, sink), isClosedPipe, () => Effect.void)
      })
    )
).pipe(Command.withDescription("Export contacts or deals."))

// internal

/** Whoever reads standard output has seen enough, as `head` has. */
const isClosedPipe = (error: unknown): boolean =>
  isPlatformError(error) &&
  error.reason.cause instanceof Error &&
  "code" in error.reason.cause &&
  error.reason.cause.code === "EPIPE"

type Given = Readonly<Record<string, string>>

const contacts = Effect.fnUntraced(function* (given: Given, format: ExportWriter.Format) {
  const filter = toContactQuery(yield* valid(decodeContactFilter(given)))
  const { pagination } = yield* (yield* Contacts).listEncoded({ ...filter, limit: 1 })
  const exports = yield* Exports
  return yield* written(format, pagination.total, exports.contactTable(filter), exports.contacts(filter))
})

const deals = Effect.fnUntraced(function* (given: Given, format: ExportWriter.Format) {
  const filter = toDealQuery(yield* valid(decodeDealFilter(given)))
  const { pagination } = yield* (yield* Deals).listEncoded({ ...filter, limit: 1 })
  const exports = yield* Exports
  return yield* written(format, pagination.total, exports.dealTable(filter), exports.deals(filter))
})

interface Table<Row, E> {
  readonly header: ReadonlyArray<string>
  readonly rows: Stream.Stream<Row, E>
}

/** The bytes of one of two forms, which show how far they are while they are read. */
const written = Effect.fnUntraced(function* <Row, E, R, E2, R2, E3, E4>(
  format: ExportWriter.Format,
  total = 0,
  table: Effect.Effect<Table<ReadonlyArray<string>, E3>, E, R>,
  rows: Effect.Effect<Stream.Stream<Row, E4>, E2, R2>
) {
  const show = yield* progress
  let done = 0
  const counted = <A, F>(rows: Stream.Stream<A, F>) =>
    Stream.mapArrayEffect(rows, (page) => {
      done += page.length
      return Effect.as(show(done, total), page)
    })
  if (format === "ndjson") return ExportWriter.ndjson(counted(yield* rows))
  const { header, rows: cells } = yield* table
  return ExportWriter.csv({ header, rows: counted(cells) })
})

const decodeContactFilter = Schema.decodeUnknownEffect(ContactExportQuery, strictly)
const decodeDealFilter = Schema.decodeUnknownEffect(DealExportQuery, strictly)
