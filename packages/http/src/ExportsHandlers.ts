/**
 * Handlers of the export endpoints. What can be refused is refused before the first byte; once the answer has begun, a
 * failure cuts the connection, so that nobody takes a part for the whole. A reader that is slow slows the reading of the
 * database, and one that goes away ends it.
 */
import type { CrmApi } from "@clientele/api/CrmApi"
import * as Problems from "@clientele/api/Problems"
import { Exports } from "@clientele/core/services/Exports"
import * as ExportWriter from "@clientele/csv/ExportWriter"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { atEdge } from "./AtEdge.ts"
import { toContactQuery } from "./ContactsHandlers.ts"
import { toDealQuery } from "./DealsHandlers.ts"

export const layer = (api: CrmApi) =>
  HttpApiBuilder.group(
    api,
    "exports",
    Effect.fn(function* (handlers) {
      const exports = yield* Exports
      return handlers.handleAll({
        contacts: ({ query: { format, ...query } }) => {
          const filter = toContactQuery(query)
          return answer("contacts", format, {
            csv: Effect.map(exports.contactTable(filter), ExportWriter.csv),
            ndjson: Effect.map(exports.contacts(filter), ExportWriter.ndjson)
          }).pipe(Effect.catchTags({ StorageError, ValidationError }))
        },
        deals: ({ query: { format, ...query } }) => {
          const filter = toDealQuery(query)
          return answer("deals", format, {
            csv: Effect.map(exports.dealTable(filter), ExportWriter.csv),
            ndjson: Effect.map(exports.deals(filter), ExportWriter.ndjson)
          }).pipe(Effect.catchTags({ InvalidStage, StorageError, ValidationError }))
        }
      })
    })
  )

// internal

const { InvalidStage, StorageError, ValidationError } = atEdge

type Writers<E, E2, R> = {
  readonly [format in ExportWriter.Format]: Effect.Effect<Stream.Stream<Uint8Array, E2>, E, R>
}

const answer = Effect.fnUntraced(function* <E, E2, R>(
  name: string,
  asked: ExportWriter.Format | undefined,
  writers: Writers<E, E2, R>
) {
  const request = yield* HttpServerRequest.HttpServerRequest
  const format = asked ?? acceptable(request.headers["accept"])
  if (format === undefined) {
    return yield* new Problems.NotAcceptable({ detail: "An export is text/csv or application/x-ndjson" })
  }
  const bytes = yield* writers[format]
  return HttpServerResponse.stream(
    Stream.tapError(bytes, (error) => Effect.logError("An export broke off", error)),
    {
      contentType: ExportWriter.contentTypes[format],
      headers: {
        "content-disposition": `attachment; filename="${name}.${format}"`,
        "cache-control": "private, no-store"
      }
    }
  )
})

const formats: { readonly [type: string]: ExportWriter.Format } = {
  "text/csv": "csv",
  "text/*": "csv",
  "*/*": "csv",
  "application/x-ndjson": "ndjson",
  "application/ndjson": "ndjson",
  "application/jsonl": "ndjson",
  "application/*": "ndjson"
}

/** The first format of those accepted, the most wanted first; CSV where nothing is said. */
const acceptable = (accept: string | undefined): ExportWriter.Format | undefined => {
  if (accept === undefined || accept.trim() === "") return "csv"
  const ranges = accept.split(",").map((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase())
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2)
    return { format: Object.hasOwn(formats, type) ? formats[type] : undefined, weight: Number(weight ?? 1) }
  })
  const wanted = ranges.filter(({ format, weight }) => format !== undefined && weight > 0)
  return wanted.sort((one, other) => other.weight - one.weight)[0]?.format
}
