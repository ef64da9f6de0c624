/** Handlers of the job endpoints. */
import type { CrmApi } from "@clientele/api/CrmApi"
import { CurrentActor } from "@clientele/core/ports/CurrentActor"
import { type FailedRows, Imports } from "@clientele/core/services/Imports"
import { Jobs } from "@clientele/core/services/Jobs"
import { errorColumns } from "@clientele/core/domain/ContactImport"
import * as CsvWriter from "@clientele/csv/CsvWriter"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { HttpApiBuilder } from "effect/http-api"
import { atEdge } from "./AtEdge.ts"
import { jobIdOf } from "./Params.ts"
import { sendUnstored } from "./Responses.ts"
import { Stopping } from "./Stopping.ts"

export const layer = (api: CrmApi) =>
  HttpApiBuilder.group(
    api,
    "jobs",
    Effect.fn(function* (handlers) {
      const imports = yield* Imports
      const jobs = yield* Jobs
      const stopping = yield* Stopping
      return handlers.handleAll({
        list: ({ query }) => jobs.list(query).pipe(Effect.catchTags({ StorageError, ValidationError })),
        get: ({ params }) =>
          jobIdOf(params).pipe(Effect.flatMap(jobs.get), Effect.catchTags({ JobNotFound, StorageError })),
        events: ({ params }) =>
          jobIdOf(params).pipe(
            Effect.tap(jobs.get),
            Effect.flatMap((id) => follow(jobs.watch(id), stopping)),
            Effect.tap(sendUnstored),
            Effect.catchTags({ JobNotFound, StorageError })
          ),
        errors: ({ params }) =>
          jobIdOf(params).pipe(
            Effect.flatMap(imports.failedRows),
            Effect.flatMap(errorsCsv),
            Effect.tap(sendUnstored),
            Effect.catchTags({ JobNotFound, StorageError, ValidationError })
          ),
        revert: ({ params }) =>
          jobIdOf(params).pipe(
            Effect.flatMap(imports.revert),
            Effect.catchTags({ JobNotFound, Refused, StorageError, ValidationError })
          ),
        cancel: ({ params }) =>
          jobIdOf(params).pipe(Effect.flatMap(jobs.cancel), Effect.catchTags({ JobNotFound, StorageError }))
      })
    })
  )

// internal

/** Once the answer has begun nothing else can be answered: what goes wrong ends it, and whoever follows asks again. */
const follow = <A, E>(changes: Stream.Stream<A, E, CurrentActor>, stopping: Effect.Effect<void>) =>
  Effect.map(CurrentActor, (actor) =>
    changes.pipe(
      Stream.provideService(CurrentActor, actor),
      Stream.interruptWhen(stopping),
      Stream.catchCause((cause) =>
        Stream.drain(Stream.fromEffect(Effect.logWarning("A job is followed no more", cause)))
      )
    )
  )

/**
 * Rows as they were, behind why they failed: what is wrong stands in front, so that also rows with too many cells are in
 * their columns. The cells are not guarded against formulas: they are to be imported again as they are.
 */
const errorsCsv = ({ header, rows }: FailedRows) =>
  Effect.map(CurrentActor, (actor) => {
    const kept = header.flatMap((name, index) => (errorColumns.includes(name) ? [] : [index]))
    const own = (cells: ReadonlyArray<string>) => [
      ...kept.flatMap((index) => cells[index] ?? []),
      ...cells.slice(header.length)
    ]
    return rows.pipe(
      Stream.map(({ cells, errors }) => [
        [...new Set(errors.map(({ code }) => code))].join("; "),
        errors.map(({ column, message }) => (column === null ? message : `${column}: ${message}`)).join("; "),
        ...own(cells)
      ]),
      CsvWriter.write({ header: [...errorColumns, ...own(header)] }),
      Stream.provideService(CurrentActor, actor),
      // A file that breaks off must not look like a whole one: the connection breaks with it.
      Stream.orDie
    )
  })

const { JobNotFound, Refused, StorageError, ValidationError } = atEdge
